import { z } from 'zod'
import { Cell, Filter } from '../dataset.ts'
import { At, Hash, JobId, Name, RunId } from '../ids.ts'
import { Task } from '../training.ts'
import { Interval, MetricInterval, Metrics, VariantKind } from './figures.ts'

/** One of several models, on the rows that all of them were measured on. */
export const Entrant = z.object({
  evaluation: Hash,
  run: RunId.nullable(),
  model: Name,
  variant: VariantKind,
  metrics: Metrics,
  intervals: z.record(z.string(), MetricInterval),
})
export type Entrant = z.infer<typeof Entrant>

/** One figure of one model against the first, on all rows or a slice. */
export const Difference = z.object({
  /** Which entrant, from 1; it is compared with entrant 0. */
  entrant: z.int().min(1),
  metric: z.string(),
  from: z.number(),
  to: z.number(),
  /** `to` less `from`. */
  change: z.number(),
  /** Where the change lies with a confidence of 95%; null where too few rows say nothing. */
  interval: Interval.nullable(),
  /**
   * How likely a change of at least this size is by chance: McNemar's exact test (accuracy), DeLong's (auc), the paired
   * t-test on rows' losses (logLoss, brier, mse, mae), else 400 paired seeded bootstrap draws. Null: no test.
   */
  chance: z.number().nullable(),
  method: z.enum(['mcnemar', 'delong', 'paired-t', 'bootstrap']),
  /** For the model: a lower loss is better. `same`: may be chance at 95%. */
  verdict: z.enum(['better', 'same', 'worse']),
})
export type Difference = z.infer<typeof Difference>

export const ComparedSlice = z.object({
  name: z.string(),
  column: z.string().nullable(),
  where: Filter,
  rows: z.int(),
  /** Of the main metric, one an entrant, the chances held down by Holm's method over all slices. */
  differences: z.array(Difference),
})
export type ComparedSlice = z.infer<typeof ComparedSlice>

/** Rows that came out better or worse than with entrant 0. */
export const Changes = z.object({
  entrant: z.int().min(1),
  /** Classification: right now, wrong before; regression: nearer to the actual value. */
  better: z.int(),
  worse: z.int(),
  bothRight: z.int().nullable(),
  bothWrong: z.int().nullable(),
  /** The first 1,000 numbers in the version, largest change of loss first; all: `evaluation rows --against`. */
  betterRows: z.array(z.int()),
  worseRows: z.array(z.int()),
})
export type Changes = z.infer<typeof Changes>

/** Two or more models on the same rows. */
export const Comparison = z.object({
  id: Hash,
  task: Task,
  /** Rows that all were measured on. */
  rows: z.int(),
  /** The main metric: accuracy, or rmse for regression. */
  metric: z.string(),
  entrants: z.array(Entrant),
  differences: z.array(Difference),
  slices: z.array(ComparedSlice),
  changes: z.array(Changes),
  /** What it comes to, one sentence a model. */
  words: z.array(z.string()),
  at: At,
  madeBy: JobId.nullable(),
})
export type Comparison = z.infer<typeof Comparison>

/** A row of an evaluation and what was said of it. */
export const PredictedRow = z.object({
  /** Its number in the version, from 0; in a file of predictions, its place. */
  row: z.int(),
  /** The class, or the value. */
  actual: z.union([z.string(), z.number()]),
  predicted: z.union([z.string(), z.number()]),
  /** Of the predicted class; null for regression. */
  probability: z.number().nullable(),
  /** Log loss, or squared error. */
  loss: z.number(),
  /** What the other evaluation predicted, where one was named. */
  other: z.union([z.string(), z.number()]).optional(),
})
export type PredictedRow = z.infer<typeof PredictedRow>

/** What a model says of a row that a person wrote or edited. */
export const WhatIf = z.object({
  instance: z.record(z.string(), Cell),
  /** Null for regression. */
  class: z.string().nullable(),
  probability: z.number().nullable(),
  probabilities: z.record(z.string(), z.number()),
  /** Null for classification. */
  value: z.number().nullable(),
  /** Against the first row: of the value, or of the probability of the class that the first row has. */
  change: z.number(),
  /** The first row has another class. */
  flips: z.boolean(),
})
export type WhatIf = z.infer<typeof WhatIf>
