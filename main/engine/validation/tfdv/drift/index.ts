import { create, HistogramSelection_Type, HistogramSelectionSchema } from '../../../metadata/index.ts'
import { jensenShannon } from './jensenShannon.ts'
import { lInfinity, lInfinityOfAll } from './lInfinity.ts'
import type { Distribution, Drift, Measure } from './measure.ts'
import { normalizedDifference } from './normalizedDifference.ts'

export type { Distribution, Drift, DriftBin, Measure } from './measure.ts'

/** The measures by which comparators compare; `lInfinityOfAll` is ours. */
export const measures = { lInfinity, lInfinityOfAll, normalizedDifference, jensenShannon }

/** How drift is measured. */
export interface MeasureOptions {
  /** The histogram of numbers that counts. */
  source?: 'STANDARD' | 'QUANTILES'
  /** Whether numbers have no L-infinity distance, as in TensorFlow Data Validation. */
  quirks?: boolean
}

/** How far two distributions are apart, by which formula, and which bins make it so. */
export interface MeasuredDrift extends Drift, Pick<Measure, 'title' | 'formula'> {}

/** Measures two distributions; null where they have nothing that the measure compares. */
export function measureDrift(
  a: Distribution,
  b: Distribution,
  measure: 'lInfinity' | 'normalizedDifference' | 'jensenShannon',
  { source = 'QUANTILES', quirks = false }: MeasureOptions = {},
): MeasuredDrift | null {
  const chosen = measure === 'lInfinity' && !quirks ? lInfinityOfAll : measures[measure]
  const type = HistogramSelection_Type[source]
  const drift = chosen.measure(a, b, create(HistogramSelectionSchema, { type }))
  const { title, formula } = chosen
  return drift && drift.bins.length > 0 ? { title, formula, ...drift } : null
}
