import type { TensorInfo } from '@tensorflow/tfjs'
import { imagesAtOnce, isPointwise, unfold, type Window2d } from './columns.ts'
import { convolutionOf } from './convolution.ts'
import { type Bench, inputsOf, view, type WasmKernel } from './kernel.ts'

/**
 * `Conv2DBackpropFilter`: gradient of a convolution's filter `[fh, fw, cin, cout]` from its input x `[n, h, w, cin]`
 * and the gradient dy `[n, oh, ow, cout]`.
 *
 * It is itself a convolution, which XNNPACK does well: the channels of x are its images, the images its channels, and dy
 * its filter, spread by the strides. Where that would have to crop x it is a matrix product, the unfolded input transposed
 * times dy, taken a few images at a time so that the unfolded part stays small.
 */
export const conv2dBackpropFilter: WasmKernel = {
  name: 'Conv2DBackpropFilter',
  build(bench) {
    return ({ inputs, attrs }) => {
      const { x, dy } = inputsOf<'x' | 'dy'>(inputs)
      const filterShape = (attrs as unknown as { filterShape: number[] }).filterShape
      const w = convolutionOf(bench.tf, x.shape, filterShape, attrs)
      const pixels = w.outHeight * w.outWidth
      const taps = w.filterHeight * w.filterWidth * w.inChannels
      const product = (columns: typeof x, grads: typeof x) =>
        bench.call('BatchMatMul', { a: columns, b: grads }, { transposeA: true, transposeB: false })

      if (isPointwise(w)) {
        const rows = w.batchSize * pixels
        return view(product(view(x, [rows, taps]), view(dy, [rows, w.outChannels])), filterShape)
      }

      const convolved = byConvolution(bench, x, dy, w)
      if (convolved) return convolved

      const step = imagesAtOnce(w)
      const sum = bench.make([taps, w.outChannels])
      bench.floats(sum).fill(0)
      for (let first = 0; first < w.batchSize; first += step) {
        const count = Math.min(step, w.batchSize - first)
        const columns = bench.make([count * pixels, taps])
        unfold(bench, x, columns, w, first, count)
        const grads =
          count === w.batchSize
            ? dy
            : bench.call('Slice', { x: dy }, { begin: [first, 0, 0, 0], size: [count, ...dy.shape.slice(1)] })
        const part = product(columns, view(grads, [count * pixels, w.outChannels]))
        const total = bench.floats(sum)
        const add = bench.floats(part)
        for (let i = 0; i < total.length; i++) total[i] = (total[i] as number) + (add[i] as number)
        bench.free(columns, part)
        if (grads !== dy) bench.free(grads)
      }
      return view(sum, filterShape)
    }
  },
}

function byConvolution(bench: Bench, x: TensorInfo, dy: TensorInfo, w: Window2d): TensorInfo | undefined {
  const { top, left } = w.padInfo
  const bottom = w.filterHeight + (w.outHeight - 1) * w.strideHeight - w.inHeight - top
  const right = w.filterWidth + (w.outWidth - 1) * w.strideWidth - w.inWidth - left
  if (bottom < 0 || right < 0) return undefined
  const images = bench.call('Transpose', { x }, { perm: [3, 1, 2, 0] })
  const filter = imagesInside(bench, dy, w)
  const pad = [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ]
  const out = bench.call(
    'Conv2D',
    { x: images, filter },
    { strides: [1, 1], pad, dataFormat: 'NHWC', dilations: [w.strideHeight, w.strideWidth] },
  )
  const turned = bench.call('Transpose', { x: out }, { perm: [1, 2, 0, 3] })
  bench.free(images, filter, out)
  return turned
}

/** `[n, oh, ow, cout]` as `[oh, ow, n, cout]`. */
function imagesInside(bench: Bench, dy: TensorInfo, w: Window2d): TensorInfo {
  const { batchSize: n, outChannels: channels } = w
  const pixels = w.outHeight * w.outWidth
  const out = bench.make([w.outHeight, w.outWidth, n, channels])
  const from = bench.floats(dy)
  const to = bench.floats(out)
  for (let image = 0, at = 0; image < n; image++)
    for (let pixel = 0; pixel < pixels; pixel++) {
      const begin = (pixel * n + image) * channels
      for (let k = begin; k < begin + channels; k++, at++) to[k] = from[at] as number
    }
  return out
}
