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

/** True when the column matrix is the input itself: a 1x1 filter that visits every pixel. */
export function isPointwise(w: Window2d): boolean {
  return (
    w.filterHeight === 1 &&
    w.filterWidth === 1 &&
    w.strideHeight === 1 &&
    w.strideWidth === 1 &&
    w.outHeight === w.inHeight &&
    w.outWidth === w.inWidth
  )
}

/**
 * Unfolds images `first` to `first + count` of x `[n, h, w, c]` into `columns` `[count * oh * ow, fh * fw * c]`:
 * row p holds what the filter sees at output pixel p, zero where it looks over the edge.
 */
export function unfold(
  bench: Bench,
  x: TensorInfo,
  columns: TensorInfo,
  w: Window2d,
  first: number,
  count: number,
) {
  const from = bench.floats(x)
  const to = bench.floats(columns)
  visit(
    w,
    first,
    count,
    (source, length, row) => {
      // Short runs are quicker by hand than through a call.
      if (length <= 32) for (let k = 0; k < length; k++) to[row + k] = from[source + k] as number
      else to.set(from.subarray(source, source + length), row)
    },
    (row, length) => to.fill(0, row, row + length),
  )
}

/**
 * The opposite of {@link unfold}: adds every column value onto the pixel of `x` it was taken from.
 * The images in question must be zero, or hold what shall be added to.
 */
export function foldAdd(
  bench: Bench,
  columns: TensorInfo,
  x: TensorInfo,
  w: Window2d,
  first: number,
  count: number,
) {
  const from = bench.floats(columns)
  const to = bench.floats(x)
  visit(
    w,
    first,
    count,
    (target, length, row) => {
      for (let k = 0; k < length; k++) to[target + k] = (to[target + k] as number) + (from[row + k] as number)
    },
    () => {},
  )
}

/** Walks the column matrix filter row by filter row; a filter row is one contiguous run of pixels in x. */
function visit(
  w: Window2d,
  first: number,
  count: number,
  inside: (pixel: number, length: number, at: number) => void,
  outside: (at: number, length: number) => void,
): void {
  const {
    inHeight,
    inWidth,
    inChannels: c,
    outHeight,
    outWidth,
    filterHeight,
    filterWidth,
    strideHeight,
    strideWidth,
  } = w
  let at = 0
  for (let b = first; b < first + count; b++) {
    for (let oy = 0; oy < outHeight; oy++) {
      for (let ox = 0; ox < outWidth; ox++) {
        const left = ox * strideWidth - w.padInfo.left
        const start = Math.min(filterWidth, Math.max(0, -left))
        const end = Math.max(start, Math.min(filterWidth, inWidth - left))
        for (let fy = 0; fy < filterHeight; fy++, at += filterWidth * c) {
          const y = oy * strideHeight - w.padInfo.top + fy
          if (y < 0 || y >= inHeight || start === end) {
            outside(at, filterWidth * c)
            continue
          }
          if (start > 0) outside(at, start * c)
          inside(((b * inHeight + y) * inWidth + left + start) * c, (end - start) * c, at + start * c)
          if (end < filterWidth) outside(at + end * c, (filterWidth - end) * c)
        }
      }
    }
  }
}
