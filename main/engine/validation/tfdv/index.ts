/**
 * Validation as TensorFlow Data Validation 1.16.1 does it: schemas inferred and updated, statistics held against a
 * schema, drift and skew. Same anomalies, same texts, same figures; `quirks: false` mends three of its oddities.
 */
export type { InferOptions } from './column.ts'
export { distributionsOf } from './distributions.ts'
export {
  type Distribution,
  type Drift,
  type DriftBin,
  type MeasuredDrift,
  type MeasureOptions,
  measureDrift,
} from './drift/index.ts'
export { comparePaths, type Steps, serializePath } from './paths.ts'
export type { Override } from './reasons.ts'
export { distributionOf } from './statisticsView.ts'
export { inferSchema, type UpdateOptions, updateSchema } from './update.ts'
export { type Validated, validateStatistics } from './validate.ts'
