import type { TensorInfo } from '@tensorflow/tfjs'
import type { Bench } from './kernel.ts'

/** Geometry of one 2-D convolution, channels last (a part of TensorFlow.js' Conv2DInfo). */
export interface Window2d {
  batchSize: number
  inHeight: number
  inWidth: number
  inChannels: number
  outHeight: number
  outWidth: number
  outChannels: number
  filterHeight: number
  filterWidth: number
  strideHeight: number
  strideWidth: number
  padInfo: { top: number; left: number }
}

/** The column matrix of a part of the batch stays within about this many floats, so that it fits the caches. */
const COLUMN_FLOATS = 1 << 22

/** How many images are unfolded at once. */
export function imagesAtOnce(w: Window2d): number {
  const perImage = w.outHeight * w.outWidth * w.filterHeight * w.filterWidth * w.inChannels
  return Math.max(1, Math.min(w.batchSize, Math.floor(COLUMN_FLOATS / perImage)))
}

/**
 * Adds every number of a column matrix `[count * oh * ow, fh * fw * c]` (row p holds what the filter sees at output pixel
 * p) onto the pixel of x `[n, h, w, c]` that it belongs to, for images `first` to `first + count`.
 */
export function foldAdd(
  bench: Bench,
  columns: TensorInfo,
  x: TensorInfo,
  w: Window2d,
  first: number,
  count: number,
): void {
  const from = bench.floats(columns)
  const to = bench.floats(x)
  const { inHeight, inWidth, inChannels: c, filterWidth } = w
  let at = 0
  for (let b = first; b < first + count; b++) {
    for (let oy = 0; oy < w.outHeight; oy++) {
      for (let ox = 0; ox < w.outWidth; ox++) {
        const left = ox * w.strideWidth - w.padInfo.left
        const start = Math.min(filterWidth, Math.max(0, -left))
        const end = Math.max(start, Math.min(filterWidth, inWidth - left))
        // A row of the filter is one contiguous run of pixels in x.
        for (let fy = 0; fy < w.filterHeight; fy++, at += filterWidth * c) {
          const y = oy * w.strideHeight - w.padInfo.top + fy
          if (y < 0 || y >= inHeight) continue
          const target = ((b * inHeight + y) * inWidth + left) * c
          for (let k = start * c; k < end * c; k++)
            to[target + k] = (to[target + k] as number) + (from[at + k] as number)
        }
      }
    }
  }
}
