import { z } from 'zod'
import { call, work } from './call.ts'
import { Split } from './dataset.ts'
import { Metrics, VariantKind } from './evaluation.ts'
import { At, Hash, JobId, RunId } from './ids.ts'

/** What one pass did to the graph. */
export const PassReport = z.object({
  pass: z.string(),
  nodesBefore: z.int(),
  nodesAfter: z.int(),
  bytesBefore: z.int(),
  bytesAfter: z.int(),
  note: z.string(),
})
export type PassReport = z.infer<typeof PassReport>

/** One file form of a trained model. Its id is the hash of the file. */
export const Variant = z.object({
  id: Hash,
  /** Null for a model that came from a file and not from a run. */
  run: RunId.nullable(),
  kind: VariantKind,
  title: z.string(),
  bytes: z.int(),
  nodes: z.int(),
  ops: z.record(z.string(), z.int()),
  inputs: z.array(z.object({ name: z.string(), shape: z.array(z.int()) })),
  outputs: z.array(z.object({ name: z.string(), shape: z.array(z.int()) })),
  passes: z.array(PassReport),
  /** Against the trained model on the same rows; null where there is no run. */
  compared: z
    .object({
      split: Split,
      rows: z.int(),
      before: Metrics,
      after: Metrics,
      /** Largest absolute difference of any output. */
      maxDifference: z.number(),
    })
    .nullable(),
  /** Where it was also written to. */
  out: z.string().nullable(),
  at: At,
  madeBy: JobId.nullable(),
})
export type Variant = z.infer<typeof Variant>

const source = {
  /** A run, a model of the registry (its newest version), or the folder of a TensorFlow.js layers model. */
  model: z.string().min(1),
  /** Also write the file here. */
  out: z.string().optional(),
  /** The rows to compare on. */
  split: Split.default('test'),
}

export const optimization = {
  freeze: work(
    {
      title: 'Freeze a model',
      icon: 'snowflake',
      positional: ['model'],
      paths: { model: 'existing', out: 'always' },
      cancel: 'Nothing is kept; the trained model stays.',
    },
    z.object(source),
    Variant,
  ),
  quantize: work(
    {
      title: 'Quantize the weights to 8 bits',
      icon: 'shrink',
      positional: ['model'],
      paths: { model: 'existing', out: 'always' },
      cancel: 'Nothing is kept; the trained model stays.',
    },
    z.object({
      ...source,
      /** Constants with fewer elements stay float. */
      minElements: z.int().min(1).default(1024),
    }),
    Variant,
  ),
  list: call(
    { title: 'Show variants', icon: 'shrink', reads: true },
    z.object({ run: RunId.optional() }),
    z.object({ variants: z.array(Variant) }),
  ),
}
