import type { TensorInfo } from '@tensorflow/tfjs'
import { foldAdd, imagesAtOnce, isPointwise, type Window2d } from './columns.ts'
import { convolutionOf } from './convolution.ts'
import { type Bench, inputsOf, view, type WasmKernel } from './kernel.ts'

/**
 * `Conv2DBackpropInput`: gradient of a convolution's input `[n, h, w, cin]` from dy `[n, oh, ow, cout]` and the filter
 * `[fh, fw, cin, cout]`; it is also the forward step of a transposed convolution.
 *
 * With stride 1 it is itself a convolution (dy padded, filter turned around and its channels swapped), which XNNPACK
 * does well. With larger strides: dy times the filter gives the gradient of the unfolded input, which is folded back.
 */
export const conv2dBackpropInput: WasmKernel = {
  name: 'Conv2DBackpropInput',
  build(bench) {
    return ({ inputs, attrs }) => {
      const { dy, filter } = inputsOf<'dy' | 'filter'>(inputs)
      const inputShape = (attrs as unknown as { inputShape: number[] }).inputShape
      const w = convolutionOf(bench.tf, inputShape, filter.shape, attrs)
      return byConvolution(bench, dy, filter, w) ?? byFolding(bench, dy, filter, w)
    }
  },
}

function byConvolution(
  bench: Bench,
  dy: TensorInfo,
  filter: TensorInfo,
  w: Window2d,
): TensorInfo | undefined {
  if (w.strideHeight !== 1 || w.strideWidth !== 1 || isPointwise(w)) return undefined
  const top = w.filterHeight - 1 - w.padInfo.top
  const left = w.filterWidth - 1 - w.padInfo.left
  const bottom = w.inHeight + w.filterHeight - 1 - w.outHeight - top
  const right = w.inWidth + w.filterWidth - 1 - w.outWidth - left
  // More padding than the filter is wide: the gradient would have to be cropped instead.
  if (top < 0 || left < 0 || bottom < 0 || right < 0) return undefined

  const paddings = [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ]
  const padded = bench.call('PadV2', { x: dy }, { paddings, constantValue: 0 })
  const turned = turn(bench, filter, w)
  const out = bench.call(
    'Conv2D',
    { x: padded, filter: turned },
    { strides: [1, 1], pad: 'valid', dataFormat: 'NHWC', dilations: [1, 1] },
  )
  bench.free(padded, turned)
  return out
}

/** The filter turned by 180 degrees with its channel axes swapped: `[fh, fw, cout, cin]`. */
function turn(bench: Bench, filter: TensorInfo, w: Window2d): TensorInfo {
  const out = bench.make([w.filterHeight, w.filterWidth, w.outChannels, w.inChannels])
  const from = bench.floats(filter)
  const to = bench.floats(out)
  const tap = w.inChannels * w.outChannels
  const taps = w.filterHeight * w.filterWidth
  for (let t = 0; t < taps; t++)
    for (let i = 0; i < w.inChannels; i++)
      for (let o = 0; o < w.outChannels; o++)
        to[(taps - 1 - t) * tap + o * w.inChannels + i] = from[t * tap + i * w.outChannels + o] as number
  return out
}

function byFolding(
  bench: Bench,
  dy: TensorInfo,
  filter: TensorInfo,
  w: Window2d & { inShape: number[] },
): TensorInfo {
  const pixels = w.outHeight * w.outWidth
  const taps = w.filterHeight * w.filterWidth * w.inChannels
  const weights = view(filter, [taps, w.outChannels])
  const product = (grads: TensorInfo) =>
    bench.call('BatchMatMul', { a: grads, b: weights }, { transposeA: false, transposeB: true })
  if (isPointwise(w)) return view(product(view(dy, [w.batchSize * pixels, w.outChannels])), w.inShape)

  const out = bench.make(w.inShape)
  bench.floats(out).fill(0)
  const step = imagesAtOnce(w)
  for (let first = 0; first < w.batchSize; first += step) {
    const count = Math.min(step, w.batchSize - first)
    const grads =
      count === w.batchSize
        ? dy
        : bench.call('Slice', { x: dy }, { begin: [first, 0, 0, 0], size: [count, ...dy.shape.slice(1)] })
    const columns = product(view(grads, [count * pixels, w.outChannels]))
    foldAdd(bench, columns, out, w, first, count)
    bench.free(columns)
    if (grads !== dy) bench.free(grads)
  }
  return out
}
