import type { Range } from '../range.ts'
import { extentOf } from './calibrator.ts'

const BINS = 2048

/** How often values of an activation fall into equal bins; grows with the values, so that one pass is enough. */
export interface Counts {
  bins: Float64Array
  /** Lower end of the first bin and width of each. */
  low: number
  step: number
  extent: Range
}

/**
 * Adds values to a histogram of 2048 bins. Where they reach beyond it the width of the bins is doubled until they fit,
 * two bins becoming one: counts never move between values by more than a bin.
 */
export function counted(before: Counts | undefined, values: ArrayLike<number>): Counts | undefined {
  const extent = extentOf(values)
  if (!extent) return before
  const counts = before ? grown(before, extent) : begun(extent)
  const { bins, low, step } = counts
  for (let i = 0; i < values.length; i++) {
    const place = ((values[i] as number) - low) / step
    // The greatest value ends the last bin; what is no number has no place.
    if (place >= 0 && place <= BINS + 1) {
      const at = Math.min(BINS - 1, Math.trunc(place))
      bins[at] = (bins[at] as number) + 1
    }
  }
  return counts
}

function begun(extent: Range): Counts {
  const width = extent.max - extent.min
  const step = width > 0 ? width / BINS : Math.max(Math.abs(extent.min), 1e-6) / BINS
  return { bins: new Float64Array(BINS), low: extent.min, step, extent }
}

function grown(counts: Counts, { min, max }: Range): Counts {
  const extent = { min: Math.min(min, counts.extent.min), max: Math.max(max, counts.extent.max) }
  let { bins, low, step } = counts
  while (min < low || max > low + step * BINS) {
    const half = new Float64Array(BINS)
    // Downwards the old bins go into the upper half, upwards into the lower.
    const from = min < low ? BINS / 2 : 0
    for (let i = 0; i < BINS; i++) {
      const at = from + (i >> 1)
      half[at] = (half[at] as number) + (bins[i] as number)
    }
    if (min < low) low -= step * BINS
    step *= 2
    bins = half
  }
  return { bins, low, step, extent }
}
