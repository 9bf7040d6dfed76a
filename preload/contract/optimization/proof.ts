import { z } from 'zod'

/** How much accuracy may be lost against the float model, in points of a hundred. */
export const Tolerance = z.object({
  points: z.number().min(0).max(100),
  /** For each class by itself. */
  classPoints: z.number().min(0).max(100),
})
export type Tolerance = z.infer<typeof Tolerance>

/** A variant held against the float model on the same rows, by a runtime that is not ours. */
export const Proof = z.object({
  /** `LiteRT.js 2.5.3`. */
  runtime: z.string(),
  rows: z.int(),
  /** Rows of which data: a split of the run, or the file that was given. */
  data: z.string(),
  /** Largest and root mean square difference of any output. */
  maxDifference: z.number(),
  rmsDifference: z.number(),
  /** Rows where the answer is another class (classification); null where there are no classes. */
  disagreements: z
    .object({
      count: z.int(),
      /** The first of them: row of the split from 0, the answers, the true label where there is one. */
      rows: z.array(
        z.object({ row: z.int(), before: z.string(), after: z.string(), label: z.string().nullable() }),
      ),
    })
    .nullable(),
  /** Share of right answers by class, 0 to 1; empty where labels are not known. */
  perClass: z.array(z.object({ label: z.string(), support: z.int(), before: z.number(), after: z.number() })),
  /** Signal to noise of each activation against the float model's, in dB: 10 log10(sum x^2 / sum (x - y)^2). */
  layers: z.array(
    z.object({
      tensor: z.string(),
      op: z.string(),
      layer: z.string().nullable(),
      snr: z.number().nullable(),
      /** Milliseconds of the operator when it runs alone; null where that was not measured. */
      ms: z.number().nullable().default(null),
    }),
  ),
  /** Milliseconds for one row after warm-up, on this computer; the float model's beside. */
  latency: z.object({
    runs: z.int(),
    median: z.number(),
    p95: z.number(),
    floatMedian: z.number().nullable(),
  }),
  /** Bytes of memory for activations, by a greedy plan over their lifetimes; null where shapes are open. */
  arenaBytes: z.int().nullable(),
  /** Whether the tolerance held, in words; null where none was asked. */
  tolerance: z.object({ wanted: Tolerance, passed: z.boolean(), reason: z.string() }).nullable(),
})
export type Proof = z.infer<typeof Proof>
