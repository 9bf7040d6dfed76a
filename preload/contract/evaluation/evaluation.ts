import { z } from 'zod'
import { Split } from '../dataset.ts'
import { At, Hash, JobId, Name, RunId } from '../ids.ts'
import { Task } from '../training.ts'
import { Calibration, ClassFigures, MetricInterval, Metrics, Residuals, VariantKind } from './figures.ts'
import { GateResult } from './gate.ts'
import { SliceFigures, Slicing, WorstSlices } from './slices.ts'

/** An evaluation as a person names it: its id, or the first digits of it, as lists show them. */
export const EvaluationId = z
  .string()
  .regex(
    /^[0-9a-f]{6,64}$/,
    'must be the id of an evaluation or its first digits; "evaluation list" shows them',
  )

/** How good a model is on the rows of one split. Optional fields are absent in evaluations of earlier days. */
export const Evaluation = z.object({
  id: Hash,
  /** Null: others' predictions, from a file. */
  run: RunId.nullable(),
  /** Of predictions from a file: its name, or the one that was given. */
  model: Name,
  /** Of predictions from a file `layers`: as whoever made them had the model. */
  variant: VariantKind,
  /** Of predictions from a file always `test`. */
  split: Split,
  /** The dataset version whose rows were measured; absent also for predictions from a file. */
  version: Hash.optional(),
  /** Where predictions came from a file, and which of its columns were named. */
  source: z
    .object({
      path: z.string(),
      hash: Hash,
      label: z.string().optional(),
      prediction: z.string().optional(),
      positive: z.string().optional(),
    })
    .optional(),
  rows: z.int(),
  task: Task,
  metrics: Metrics,
  /** With a confidence of 95%, by metric; one that is missing has none. */
  intervals: z.record(z.string(), MetricInterval).optional(),
  /** classes x classes, row: what it is, column: what was predicted; null for regression. */
  confusion: z.object({ classes: z.array(z.string()), counts: z.array(z.array(z.int())) }).nullable(),
  perClass: z.array(ClassFigures),
  calibration: Calibration.nullable().optional(),
  /** Regression: predicted against actual, at most 2,000 rows by a seeded draw. */
  scatter: z.array(z.object({ actual: z.number(), predicted: z.number() })),
  residuals: Residuals.nullable().optional(),
  /** Absent where there was no slice to measure. */
  sliced: Slicing.optional(),
  slices: z.array(SliceFigures).optional(),
  /** Slices that are not among them, and why, in the user's words. */
  leftOut: z
    .array(z.object({ column: z.string().nullable(), name: z.string().nullable(), why: z.string() }))
    .optional(),
  worst: WorstSlices.optional(),
  /** The blob that holds what was predicted for each row: rows can be picked from it, and models compared. */
  predictions: Hash.optional(),
  /** What the model's gate says now of the figures alone; change and slices are judged by `evaluation gate`. */
  gate: GateResult,
  seconds: z.number(),
  at: At,
  madeBy: JobId.nullable(),
})
export type Evaluation = z.infer<typeof Evaluation>
