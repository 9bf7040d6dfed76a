import type { Measure } from './measure.ts'
import { alignValues, largestDifference, sumOf } from './values.ts'

/** The largest difference between the counts of one value, beside the counts of both sides together. */
export const normalizedDifference: Measure = {
  title: 'Normalized absolute difference',
  formula: 'max |x − y| / (Σx + Σy), with the counts x and y',
  measure(a, b) {
    const both = sumOf(a.values) + sumOf(b.values)
    return largestDifference(alignValues(a.values, b.values, both, both))
  },
}
