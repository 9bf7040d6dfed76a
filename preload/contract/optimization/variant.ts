import { z } from 'zod'
import { Split } from '../dataset/version.ts'
import { Metrics, VariantKind } from '../evaluation/figures.ts'
import { At, Hash, JobId, RunId } from '../ids.ts'
import { PassReport } from './passes.ts'
import { Proof } from './proof.ts'

export const WrittenFormat = z.enum(['tflite', 'tfjs', 'graphdef', 'c'])
export type WrittenFormat = z.infer<typeof WrittenFormat>

/** How a graph's numbers are held: all float32, float16 weights, 8-bit weights, 8-bit weights and activations. */
export const Quantization = z.enum(['none', 'float16', 'dynamic', 'int8', 'int16'])
export type Quantization = z.infer<typeof Quantization>

/** How a variant was made, so that it can be made again. */
export const VariantSettings = z.object({
  to: WrittenFormat,
  quantize: Quantization,
  io: z.enum(['float32', 'int8']).optional(),
  calibration: z.string().optional(),
  calibrateBy: z.enum(['minmax', 'average', 'percentile', 'mse']).optional(),
  perTensorDense: z.boolean().optional(),
  keepFloat: z.array(z.string()).optional(),
  /** The passes that were run, as a transform string. */
  transforms: z.string().optional(),
})
export type VariantSettings = z.infer<typeof VariantSettings>

/** One file form of a trained model. Its id is the hash of the file. */
export const Variant = z.object({
  id: Hash,
  /** Null for a model that came from a file and not from a run. */
  run: RunId.nullable(),
  /** The file it was made of, where that is no run. */
  source: z.string().nullable().default(null),
  kind: VariantKind,
  title: z.string(),
  bytes: z.int(),
  /** Of the float32 model in the same form; null where this is it, or it was not measured. */
  floatBytes: z.int().nullable().optional(),
  nodes: z.int(),
  ops: z.record(z.string(), z.int()),
  inputs: z.array(z.object({ name: z.string(), shape: z.array(z.int()) })),
  outputs: z.array(z.object({ name: z.string(), shape: z.array(z.int()) })),
  passes: z.array(PassReport),
  settings: VariantSettings.nullable().default(null),
  /** Layers that stay float, with the reason for each. */
  kept: z.array(z.object({ layer: z.string(), reason: z.string() })).default([]),
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
  /** Null where there were no rows to prove it on. */
  proof: Proof.nullable().default(null),
  /** Where it was also written to. */
  out: z.string().nullable(),
  at: At,
  madeBy: JobId.nullable(),
})
export type Variant = z.infer<typeof Variant>
