import { z } from 'zod'
import { call, work } from '../call.ts'
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

/** How fast models are on devices. */
export const latencyEntries = {
  /** Sends a variant to a device, which times it without serving it; the device has to allow that (`--measure`). */
  measure: work(
    {
      title: 'Measure on a device',
      icon: 'timer',
      positional: ['model', 'device'],
      paths: { model: 'existing' },
      cancel: 'Nothing is kept; the device stops measuring and goes on answering.',
    },
    z.object({
      /** A run (run-1), a model of this workspace (its newest run), or the path of a TFLite file or a GraphDef. */
      model: z.string().min(1),
      /** Its kind, or the hash of its file. Default: float32 of a run, else the file itself. */
      variant: z.union([VariantKind.exclude(['layers']), Hash]).optional(),
      /** The id or name of a device that reports here, or an address: `http://[:TOKEN@]host:8501`. */
      device: z.string().min(1),
      /** Default: as many as fit into a second and a half, 10 to 200. */
      runs: z.int().min(1).max(200).optional(),
    }),
    DeviceLatency,
  ),
  /** Newest first. */
  measured: call(
    { title: 'Show what was measured on devices', icon: 'timer', reads: true },
    z.object({ run: RunId.optional(), variant: Hash.optional() }),
    z.object({ latencies: z.array(DeviceLatency) }),
  ),
}
