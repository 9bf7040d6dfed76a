import { z } from 'zod'
import { VariantKind } from '../evaluation.ts'
import { At, Hash, JobId, RunId } from '../ids.ts'

/** How long a model takes for one row of ones on a device, after a warm-up. */
export const Latency = z.object({
  /** What computed: `LiteRT.js 2.5.3`. */
  runtime: z.string(),
  runs: z.int(),
  /** Milliseconds. */
  median: z.number(),
  p95: z.number(),
  /** Memory that the process took at most, the runtime in it included. */
  peakBytes: z.int(),
  device: z.object({
    processor: z.string(),
    cores: z.int(),
    memoryBytes: z.int(),
    platform: z.string(),
    arch: z.string(),
  }),
})
export type Latency = z.infer<typeof Latency>

/** A latency that was measured from here. Its id is the job that did it. */
export const DeviceLatency = Latency.extend({
  id: JobId,
  /** Null for a model that came from a file. */
  run: RunId.nullable(),
  /** As it was asked for: a run, a model, a path. */
  model: z.string(),
  /** Hash of the file, which is the id of a variant. */
  variant: Hash,
  /** Null for a file that is none of the variants made here. */
  kind: VariantKind.nullable(),
  title: z.string(),
  bytes: z.int(),
  device: Latency.shape.device.extend({
    /** Null for one that was named by its address and reports to no repository known here. */
    id: z.string().nullable(),
    name: z.string(),
    address: z.string(),
  }),
  at: At,
})
export type DeviceLatency = z.infer<typeof DeviceLatency>
