import { z } from 'zod'
import { At, Hash, JobId } from '../ids.ts'
import { Anomaly, Drift } from './anomaly.ts'

/** `blocked`: an error that nobody accepted; training and publishing say so. */
export const Verdict = z.enum(['good', 'look', 'blocked'])
export type Verdict = z.infer<typeof Verdict>

export const Validation = z.object({
  id: Hash,
  /** The version that was checked, or the hash of the file. */
  version: Hash,
  /** Null: the schema was a file. */
  schema: Hash.nullable(),
  title: z.string(),
  verdict: Verdict,
  anomalies: z.array(Anomaly),
  /** Every drift and skew that was measured, also those without an alarm. */
  drifts: z.array(z.object({ feature: z.string(), kind: z.enum(['drift', 'skew']), drift: Drift })),
  /** The data that drift was measured against. */
  against: z.string().nullable(),
  environment: z.string().nullable(),
  /** The file that it was written to. */
  out: z.string().optional(),
  at: At,
  madeBy: JobId.nullable(),
})
export type Validation = z.infer<typeof Validation>

/** One check in a dataset's history. */
export const HistoryPoint = z.object({
  validation: Hash,
  version: Hash,
  title: z.string(),
  at: At,
  rows: z.int(),
  verdict: Verdict,
  errors: z.int(),
  warnings: z.int(),
  features: z.array(
    z.object({ name: z.string(), missing: z.number(), drift: z.number().nullable(), anomalies: z.int() }),
  ),
})
export type HistoryPoint = z.infer<typeof HistoryPoint>
