import { z } from 'zod'
import { Hash, RecordKind } from '#contract'
import { DeviceId } from './plan.ts'

export { RecordKind }

/**
 * One line of a device's log. Each names the hash of the one before it (SHA-256 of its canonical JSON, RFC 8785), so
 * that none can be changed or left out afterwards.
 */
export const DeviceRecord = z.object({
  device: DeviceId,
  /** From 1, without a gap. */
  seq: z.int().min(1),
  /** Zeros for the first. */
  prev: Hash,
  /** Drawn at each start: `monotonic` counts within it. */
  boot: z.string().max(40),
  /** Milliseconds since the start. */
  monotonic: z.number(),
  /** What the clock said, ISO 8601. */
  wall: z.string().max(40),
  /** Whether the clock is behind nothing that was signed, and did not jump. */
  clockTrusted: z.boolean(),
  kind: RecordKind,
  body: z.record(z.string(), z.unknown()),
})
export type DeviceRecord = z.infer<typeof DeviceRecord>

/** A captured row, by whose hash a record names it. */
export const Sample = z.object({
  model: z.string(),
  version: z.int(),
  /** As it was sent to `:predict`. */
  instance: z.unknown(),
  /** What the model answered: plain scores in the order of the classes (regression: the value). */
  scores: z.array(z.number()),
  /** What the candidate answered, where one computed beside it. */
  other: z.object({ version: z.int(), scores: z.array(z.number()) }).nullable(),
  reason: z.enum(['low-confidence', 'disagreement', 'random', 'button']),
  at: z.string(),
})
export type Sample = z.infer<typeof Sample>

/** What is sealed into an `.edgeback`: records in their order, and the samples among them that are still kept. */
export const Batch = z.object({
  format: z.literal('edgewright-batch/1'),
  site: z.string(),
  device: DeviceId,
  sequence: z.int().min(1),
  records: z.array(DeviceRecord).max(100_000),
  samples: z.record(Hash, Sample),
})
export type Batch = z.infer<typeof Batch>

/** How often something fell into each of some ranges, in their order. */
const Histogram = z.array(z.int().min(0)).max(64)

/** Upper ends of the ranges of `latency`, in milliseconds; the last range is open. */
export const LATENCY_ENDS = [0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096] as const

/** Ranges of `confidence`: tenths of the best score. */
export const CONFIDENCE_RANGES = 10

/** Body of a record `metrics`: what the versions of a model did since the one before. */
export const MetricsWindow = z.object({
  model: z.string(),
  versions: z
    .array(
      z.object({
        version: z.int(),
        rows: z.int(),
        requests: z.int(),
        errors: z.int(),
        /** Milliseconds of a request. */
        p50: z.number().nullable(),
        p95: z.number().nullable(),
        latency: Histogram,
        /** Classification: of the best scores. */
        confidence: Histogram,
        /** How often each class was the answer; the most frequent hundred. */
        classes: z.record(z.string(), z.int()),
      }),
    )
    .max(50),
  /** Rows that both versions computed, and how often they differed: `a > b` counts rows that were `a` and became `b`. */
  pairs: z
    .object({
      rollout: z.string(),
      primary: z.int(),
      candidate: z.int(),
      rows: z.int(),
      disagreements: z.int(),
      matrix: z.record(z.string(), z.int()),
    })
    .nullable(),
})
export type MetricsWindow = z.infer<typeof MetricsWindow>
