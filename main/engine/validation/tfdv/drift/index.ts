import { jensenShannon } from './jensenShannon.ts'
import { lInfinity, lInfinityOfAll } from './lInfinity.ts'
import { normalizedDifference } from './normalizedDifference.ts'

export type { Distribution, Drift, DriftBin, Measure } from './measure.ts'

/** The measures by which comparators compare; `lInfinityOfAll` is ours. */
export const measures = { lInfinity, lInfinityOfAll, normalizedDifference, jensenShannon }
