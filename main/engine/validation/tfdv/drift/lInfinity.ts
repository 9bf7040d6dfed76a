import { alignHistograms, shares } from './histograms.ts'
import type { Drift, Measure } from './measure.ts'
import { alignValues, largestDifference, sumOf } from './values.ts'

/** The largest difference between the shares of one value. Numbers have no values here, so they measure 0. */
export const lInfinity: Measure = {
  title: 'L-infinity distance',
  formula: 'max |p − q|',
  measure: (a, b) => largestDifference(alignValues(a.values, b.values, sumOf(a.values), sumOf(b.values))),
}

/** As above, and for numbers the largest difference between the shares of one range. */
export const lInfinityOfAll: Measure = {
  ...lInfinity,
  measure(a, b, source): Drift | null {
    const [left, right] = [a.histogram(source), b.histogram(source)]
    if (a.values.size > 0 || b.values.size > 0 || !left || !right) return lInfinity.measure(a, b)
    const aligned = shares(alignHistograms(left, right))
    return aligned && largestDifference(aligned)
  },
}
