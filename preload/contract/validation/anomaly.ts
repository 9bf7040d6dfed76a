import { z } from 'zod'
import { Filter } from '../dataset/rows.ts'
import { Split } from '../dataset/version.ts'
import { At } from '../ids.ts'
import { DriftMeasure } from './schema.ts'

/** Families of trouble. Those of the second half are ours: no schema needs to ask for them. */
export const AnomalyKind = z.enum([
  'missing-column',
  'new-column',
  'wrong-type',
  'out-of-domain',
  'out-of-range',
  'too-many-missing',
  'wrong-shape',
  'invalid-text',
  'wrong-unique',
  'wrong-rows',
  'drift',
  'skew',
  'invalid-schema',
  'custom',
  'leakage',
  'duplicate-rows',
  'split-overlap',
  'constant',
  'near-unique',
  'class-imbalance',
  'outliers',
  'mislabeled',
  'near-duplicates',
  'unreadable',
])
export type AnomalyKind = z.infer<typeof AnomalyKind>

/** How far apart two sets of rows are in one feature, and what makes it so. */
export const Drift = z.object({
  measure: DriftMeasure,
  value: z.number(),
  /** Null: measured, with no limit set. */
  threshold: z.number().nullable(),
  /** "max |p - q|": the formula in the field's notation. */
  formula: z.string(),
  /** What it was measured against: "census v1", "train". */
  against: z.string(),
  /** Bins of both, largest part first: shares of the rows, and what the bin adds to the value. */
  bins: z.array(
    z.object({
      label: z.string(),
      low: z.number().nullable(),
      high: z.number().nullable(),
      before: z.number(),
      now: z.number(),
      part: z.number(),
    }),
  ),
  /** The value that TensorFlow Data Validation gives with its default histogram, where it differs from ours. */
  tfdv: z.number().nullable(),
})
export type Drift = z.infer<typeof Drift>

export const Anomaly = z.object({
  feature: z.string(),
  kind: AnomalyKind,
  /** TensorFlow Data Validation's name for it, where it has one: ENUM_TYPE_UNEXPECTED_STRING_VALUES. */
  type: z.string().nullable(),
  severity: z.enum(['error', 'warning']),
  /** Null: in all rows. */
  split: Split.nullable(),
  /** The saved slice whose rows were looked at; left out: all rows were. */
  slice: z.string().optional(),
  /** "Unexpected values": a few words. */
  title: z.string(),
  /** The fact, then the limit: "2 values in 16,281 rows that the schema does not know". */
  detail: z.string(),
  rows: z.int(),
  examples: z.array(z.string()),
  /** Finds the rows; null: it is not about single rows. */
  where: Filter.nullable(),
  /** The rows themselves where no filter says it, by number; at most 1,000. */
  only: z.array(z.int()).nullable(),
  drift: Drift.nullable(),
  /** The limit is a suggestion that nobody accepted yet. */
  suggested: z.boolean(),
  /** The schema can be widened so that this is no anomaly any more. */
  updatable: z.boolean(),
  /** Someone accepted it, and why. */
  accepted: z.object({ reason: z.string(), at: At }).nullable(),
})
export type Anomaly = z.infer<typeof Anomaly>
