import type { TensorInfo } from '@tensorflow/tfjs'
import type { Bench } from './kernel.ts'
import type { Seen } from './product.ts'

/** How a filter goes over pictures. */
export interface Walk {
  outHeight: number
  outWidth: number
  filterHeight: number
  filterWidth: number
  strideHeight: number
  strideWidth: number
  dilationHeight: number
  dilationWidth: number
}

/**
 * What a filter sees of x `[n, h, w, c]`, which is padded already: a row for each output pixel `[n, oh, ow]`, a column for
 * each place and channel of the filter `[fh, fw, c]`. Nothing is copied.
 */
export function unfolded(x: TensorInfo, walk: Walk): Seen {
  const [n, height, width, channels] = x.shape as [number, number, number, number]
  const rows = new Int32Array(n * walk.outHeight * walk.outWidth)
  const columns = new Int32Array(walk.filterHeight * walk.filterWidth * channels)
  let at = 0
  for (let image = 0; image < n; image++)
    for (let y = 0; y < walk.outHeight; y++)
      for (let column = 0; column < walk.outWidth; column++)
        rows[at++] = ((image * height + y * walk.strideHeight) * width + column * walk.strideWidth) * channels
  at = 0
  for (let y = 0; y < walk.filterHeight; y++)
    for (let column = 0; column < walk.filterWidth; column++)
      for (let c = 0; c < channels; c++)
        columns[at++] = (y * walk.dilationHeight * width + column * walk.dilationWidth) * channels + c
  return { data: x, rows, columns }
}

/** Calls back with x `[n, h, w, c]` padded with zeros on four sides, which is x itself where there is nothing to pad. */
export function withPadding(
  bench: Bench,
  x: TensorInfo,
  { top, bottom, left, right }: { top: number; bottom: number; left: number; right: number },
  use: (padded: TensorInfo) => TensorInfo,
): TensorInfo {
  if (top <= 0 && bottom <= 0 && left <= 0 && right <= 0) return use(x)
  const sides = [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ]
  const paddings = sides.map(side => side.map(size => Math.max(0, size)))
  const padded = bench.call('PadV2', { x }, { paddings, constantValue: 0 })
  const out = use(padded)
  bench.free(padded)
  return out
}
