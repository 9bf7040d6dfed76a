import type { Range } from '../range.ts'

/** Looks at the values of one activation, sample after sample, and says in the end which range to hold. */
export interface Calibrator {
  add(values: ArrayLike<number>): void
  /** Undefined where nothing, or nothing finite, was seen. */
  range(): Range | undefined
}

/** Least and greatest of the finite values. */
export function extentOf(values: ArrayLike<number>): Range | undefined {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number
    // Seldom so, which leaves little to look at: what is no number is neither less nor more.
    if (value < min && value !== Number.NEGATIVE_INFINITY) min = value
    if (value > max && value !== Number.POSITIVE_INFINITY) max = value
  }
  return min <= max ? { min, max } : undefined
}
