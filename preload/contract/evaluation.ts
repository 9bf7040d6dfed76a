import { z } from 'zod'
import { call, work } from './call.ts'
import { Filter, Split } from './dataset.ts'
import { At, Hash, JobId, Name, RunId } from './ids.ts'
import { Task } from './training.ts'

/**
 * How a model is held in a file; the words of the field. `float32` and `dynamic-range` alone are TensorFlow graphs, as
 * devices run them; those of TensorFlow Lite say so.
 */
export const VariantKind = z.enum([
  'layers',
  'float32',
  'dynamic-range',
  'tflite-float32',
  'tflite-float16',
  'tflite-dynamic-range',
  'tflite-int8',
  'tflite-int16',
])
export type VariantKind = z.infer<typeof VariantKind>

/** Counts when everything with a score of at least `threshold` is called positive. */
export const ThresholdPoint = z.object({
  threshold: z.number(),
  tp: z.int(),
  fp: z.int(),
  tn: z.int(),
  fn: z.int(),
})
export type ThresholdPoint = z.infer<typeof ThresholdPoint>

/** One class against all others. ROC, PR and the threshold slider are drawn from the same points. */
export const ClassFigures = z.object({
  label: z.string(),
  support: z.int(),
  precision: z.number(),
  recall: z.number(),
  f1: z.number(),
  /** Area under the ROC curve; null where only one class is there. */
  auc: z.number().nullable(),
  /** Average precision. */
  averagePrecision: z.number().nullable(),
  /** At most 201 points, thresholds falling. */
  curve: z.array(ThresholdPoint),
})
export type ClassFigures = z.infer<typeof ClassFigures>

/** Figures by name. Classification: accuracy, precision, recall, f1 (macro; binary: of the positive class, the second), auc, averagePrecision, logLoss. Regression: mse, rmse, mae, r2. */
export const Metrics = z.record(z.string(), z.number())
export type Metrics = z.infer<typeof Metrics>

/** One least or greatest figure that a version must reach. */
export const GateRule = z
  .object({ metric: z.string().min(1), min: z.number().optional(), max: z.number().optional() })
  .refine(r => r.min !== undefined || r.max !== undefined, 'give min or max')
export type GateRule = z.infer<typeof GateRule>

export const GateResult = z.object({
  passed: z.boolean(),
  checks: z.array(z.object({ rule: GateRule, value: z.number().nullable(), passed: z.boolean() })),
})
export type GateResult = z.infer<typeof GateResult>

/** The figures of some of the rows, on the same predictions as those of all. */
export const SliceFigures = z.object({
  /** The name of a saved slice; of a column's slice the value, or the range of values. */
  name: z.string(),
  /** Null: a saved slice. */
  column: z.string().nullable(),
  /** Which rows it is, to look at them. */
  where: Filter,
  rows: z.int(),
  /** The main metric. */
  value: z.number(),
  metrics: Metrics,
  /** Where the main metric lies with the confidence of `Slicing`; null where too few rows say nothing. */
  interval: z.object({ low: z.number(), high: z.number() }).nullable(),
  /**
   * How likely a difference from the other rows of at least this size is, were there none: the p-value of Fisher's
   * exact test (accuracy) or of Welch's t-test (rmse), held down by Holm's method for the number of slices.
   */
  chance: z.number(),
  /** Than the other rows, where chance is below 1 less the confidence. */
  verdict: z.enum(['worse', 'same', 'better']),
})
export type SliceFigures = z.infer<typeof SliceFigures>

/** How slices were measured. */
export const Slicing = z.object({
  /** The main metric, which intervals and verdicts are of: accuracy, or rmse for regression. */
  metric: z.string(),
  confidence: z.number(),
  /** Wilson's score interval of a share; the t interval of the logarithm of the mean squared error. */
  method: z.enum(['wilson', 'log-t']),
  /** The columns that were sliced by. */
  by: z.array(z.string()),
  /** A value with fewer rows is left out. */
  minRows: z.int(),
})
export type Slicing = z.infer<typeof Slicing>

export const Evaluation = z.object({
  id: Hash,
  run: RunId,
  model: Name,
  variant: VariantKind,
  split: Split,
  rows: z.int(),
  task: Task,
  metrics: Metrics,
  /** classes x classes, row: what it is, column: what was predicted; null for regression. */
  confusion: z.object({ classes: z.array(z.string()), counts: z.array(z.array(z.int())) }).nullable(),
  perClass: z.array(ClassFigures),
  /** Regression: predicted against actual, at most 2,000 rows by a seeded draw. */
  scatter: z.array(z.object({ actual: z.number(), predicted: z.number() })),
  /** Absent where there was no slice to measure, and in evaluations of earlier days. */
  sliced: Slicing.optional(),
  slices: z.array(SliceFigures).optional(),
  /** Slices that are not among them, and why, in the user's words. */
  leftOut: z
    .array(z.object({ column: z.string().nullable(), name: z.string().nullable(), why: z.string() }))
    .optional(),
  gate: GateResult,
  seconds: z.number(),
  at: At,
  madeBy: JobId.nullable(),
})
export type Evaluation = z.infer<typeof Evaluation>

export const evaluation = {
  run: work(
    { title: 'Evaluate a run', icon: 'target', positional: ['run'], cancel: 'Nothing is kept.' },
    z.object({
      run: RunId,
      split: Split.default('test'),
      variant: VariantKind.default('layers'),
      /** Saved slices of the dataset to measure beside all rows; default: all that are saved. */
      slices: z.array(z.string().min(1)).max(1000).optional(),
      /** Columns each of whose values is a slice: up to 50 values, or five ranges of a number with more. */
      by: z.array(z.string().min(1)).max(20).default([]),
      /** Values of those columns with fewer rows are left out. */
      minRows: z.int().min(1).default(10),
    }),
    Evaluation,
  ),
  list: call(
    { title: 'Show evaluations', icon: 'target', reads: true },
    z.object({ run: RunId.optional(), model: Name.optional() }),
    z.object({ evaluations: z.array(Evaluation) }),
  ),
  show: call(
    { title: 'Show an evaluation', icon: 'target', positional: ['id'], reads: true },
    z.object({ id: Hash }),
    Evaluation,
  ),
  gate: call(
    { title: 'Show the gate', icon: 'shield', positional: ['model'], reads: true },
    z.object({ model: Name }),
    z.object({ rules: z.array(GateRule) }),
  ),
  setGate: call(
    { title: 'Set the gate', icon: 'shield', positional: ['model'], undo: 'Set it back' },
    z.object({ model: Name, rules: z.array(GateRule).max(20) }),
    z.object({ rules: z.array(GateRule) }),
  ),
}
