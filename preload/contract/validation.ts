import { z } from 'zod'
import { call, work } from './call.ts'
import { ColumnType, DatasetRef, Split } from './dataset.ts'
import { At, Hash, JobId, Name } from './ids.ts'

/** What a schema says of one feature. */
export const SchemaFeature = z.object({
  name: z.string(),
  type: ColumnType,
  /** Must the column be there at all. */
  required: z.boolean(),
  /** Least share of rows that must have a value, 0 to 1. */
  minPresence: z.number().min(0).max(1),
  /** The values a text may have; null: any. */
  domain: z.array(z.string()).nullable(),
  /** The range a number may have; null: any. */
  range: z.object({ min: z.number().nullable(), max: z.number().nullable() }).nullable(),
})
export type SchemaFeature = z.infer<typeof SchemaFeature>

export const Schema = z.object({
  id: Hash,
  dataset: Name,
  number: z.int().min(1),
  features: z.array(SchemaFeature),
  at: At,
  madeBy: JobId.nullable(),
})
export type Schema = z.infer<typeof Schema>

export const AnomalyKind = z.enum([
  'missing-column',
  'new-column',
  'wrong-type',
  'out-of-domain',
  'out-of-range',
  'too-many-missing',
])
export type AnomalyKind = z.infer<typeof AnomalyKind>

export const Anomaly = z.object({
  feature: z.string(),
  kind: AnomalyKind,
  severity: z.enum(['error', 'warning']),
  /** Null: in all rows. */
  split: Split.nullable(),
  /** "Unexpected values": a few words. */
  title: z.string(),
  /** The fact, then the limit: "2 values in 16,281 rows that the schema does not know". */
  detail: z.string(),
  rows: z.int(),
  examples: z.array(z.string()),
  /** Someone accepted it, and why. */
  accepted: z.object({ reason: z.string(), at: At }).nullable(),
})
export type Anomaly = z.infer<typeof Anomaly>

/** `blocked`: an error that nobody accepted; training and publishing say so. */
export const Verdict = z.enum(['good', 'look', 'blocked'])
export type Verdict = z.infer<typeof Verdict>

export const Validation = z.object({
  id: Hash,
  version: Hash,
  schema: Hash,
  title: z.string(),
  verdict: Verdict,
  anomalies: z.array(Anomaly),
  at: At,
  madeBy: JobId.nullable(),
})
export type Validation = z.infer<typeof Validation>

export const validation = {
  /** Infers a schema from the train split, or from a file, and keeps it as the dataset's newest. */
  infer: work(
    {
      title: 'Infer a schema',
      icon: 'file-cog',
      positional: ['data'],
      paths: { data: 'existing' },
      cancel: 'Nothing is kept; the schema before it stays.',
      undo: 'The schema before it is kept',
    },
    z.object({ data: DatasetRef }),
    Schema,
  ),
  /** Checks data against a schema; default the newest schema of the same dataset, inferred where there is none. */
  check: work(
    {
      title: 'Check data',
      icon: 'shield-check',
      positional: ['data'],
      paths: { data: 'existing' },
      cancel: 'Nothing is kept.',
    },
    z.object({ data: DatasetRef, /** A dataset whose schema to use. */ schema: DatasetRef.optional() }),
    Validation,
  ),
  show: call(
    {
      title: 'Show the schema and the newest check',
      icon: 'shield-check',
      positional: ['data'],
      paths: { data: 'existing' },
      reads: true,
    },
    z.object({ data: DatasetRef }),
    z.object({ schema: Schema.nullable(), validation: Validation.nullable() }),
  ),
  /** Saves an edited schema as the next version. */
  edit: call(
    { title: 'Edit the schema', icon: 'file-pen', undo: 'The schema before it is kept' },
    z.object({ data: DatasetRef, features: z.array(SchemaFeature) }),
    Schema,
  ),
  /** Accepts one anomaly of the newest check, with a reason; it no longer blocks. */
  accept: call(
    { title: 'Accept an anomaly', icon: 'check', undo: 'Check again' },
    z.object({ data: DatasetRef, feature: z.string(), kind: AnomalyKind, reason: z.string().min(1) }),
    Validation,
  ),
}
