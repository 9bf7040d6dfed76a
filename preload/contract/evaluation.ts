import { z } from 'zod'
import { call, work } from './call.ts'
import { Split } from './dataset.ts'
import { At, Hash, JobId, Name, RunId } from './ids.ts'
import { Task } from './training.ts'

/** How a model is held in a file; the words of the field. */
export const VariantKind = z.enum(['layers', 'float32', 'dynamic-range'])
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
  gate: GateResult,
  seconds: z.number(),
  at: At,
  madeBy: JobId.nullable(),
})
export type Evaluation = z.infer<typeof Evaluation>

export const evaluation = {
  run: work(
    { title: 'Evaluate a run', icon: 'target', positional: ['run'], cancel: 'Nothing is kept.' },
    z.object({ run: RunId, split: Split.default('test'), variant: VariantKind.default('layers') }),
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
