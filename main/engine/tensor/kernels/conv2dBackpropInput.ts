import type { TensorInfo } from '@tensorflow/tfjs'
import { foldAdd, imagesAtOnce, type Window2d } from './columns.ts'
import { convolutionOf } from './convolution.ts'
import { type Bench, inputsOf, view, type WasmKernel } from './kernel.ts'
import { evenly, matrix, product, type Seen } from './product.ts'
import { unfolded, withPadding } from './unfolded.ts'

/**
 * `Conv2DBackpropInput`: gradient of a convolution's input `[n, h, w, cin]` from dy `[n, oh, ow, cout]` and the filter
 * `[fh, fw, cin, cout]`; it is also the forward step of a transposed convolution.
 *
 * With stride 1 it is itself a convolution: of dy, padded, with the filter turned around and its channels swapped. With
 * larger strides: dy times the filter gives the gradient of the unfolded input, which is folded back.
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
  w: Window2d & { inShape: number[] },
): TensorInfo | undefined {
  if (w.strideHeight !== 1 || w.strideWidth !== 1) return undefined
  const top = w.filterHeight - 1 - w.padInfo.top
  const left = w.filterWidth - 1 - w.padInfo.left
  const bottom = w.inHeight + w.filterHeight - 1 - w.outHeight - top
  const right = w.inWidth + w.filterWidth - 1 - w.outWidth - left
  // More padding than the filter is wide: the gradient would have to be cropped instead.
  if (top < 0 || left < 0 || bottom < 0 || right < 0) return undefined
  const walk = {
    ...{ outHeight: w.inHeight, outWidth: w.inWidth, strideHeight: 1, strideWidth: 1 },
    ...{ filterHeight: w.filterHeight, filterWidth: w.filterWidth, dilationHeight: 1, dilationWidth: 1 },
  }
  return withPadding(bench, dy, { top, bottom, left, right }, padded =>
    view(product(bench, unfolded(padded, walk), turned(filter, w)), w.inShape),
  )
}

/** The filter turned by 180 degrees with its channel axes swapped, `[fh * fw * cout, cin]`. */
function turned(filter: TensorInfo, { filterHeight, filterWidth, inChannels, outChannels }: Window2d): Seen {
  const taps = filterHeight * filterWidth
  const rows = new Int32Array(taps * outChannels)
  for (let tap = 0, at = 0; tap < taps; tap++)
    for (let channel = 0; channel < outChannels; channel++)
      rows[at++] = (taps - 1 - tap) * inChannels * outChannels + channel
  return { data: filter, rows, columns: evenly(inChannels, outChannels) }
}

function byFolding(
  bench: Bench,
  dy: TensorInfo,
  filter: TensorInfo,
  w: Window2d & { inShape: number[] },
): TensorInfo {
  const pixels = w.outHeight * w.outWidth
  const taps = w.filterHeight * w.filterWidth * w.inChannels
  const weights = matrix(view(filter, [taps, w.outChannels]), true)
  const grads = matrix(view(dy, [w.batchSize * pixels, w.outChannels]))
  const out = bench.make(w.inShape)
  bench.floats(out).fill(0)
  const step = imagesAtOnce(w)
  for (let first = 0; first < w.batchSize; first += step) {
    const count = Math.min(step, w.batchSize - first)
    const rows = grads.rows.subarray(first * pixels, (first + count) * pixels)
    const columns = product(bench, { ...grads, rows }, weights)
    foldAdd(bench, columns, out, w, first, count)
    bench.free(columns)
  }
  return out
}
