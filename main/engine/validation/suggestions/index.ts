/**
 * Limits that data itself suggests, which TensorFlow Data Validation leaves to be set by hand: ranges, drift, missing
 * shares, rows, values that are new or that recur.
 */
export { type ApplyOptions, applySuggested, countFound } from './applied.ts'
export { newcomers } from './domainMass.ts'
export { countsOf, type Figures, figuresOf } from './figures.ts'
export { driftsOf, type FeatureDrift } from './measured.ts'
export { type Noise, noise } from './noise.ts'
export { type SuggestOptions, suggest } from './suggest.ts'
export type { Reference } from './suggestion.ts'
