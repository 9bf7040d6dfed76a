import { z } from 'zod'
import { call, work } from './call.ts'
import { Cell, Split } from './dataset.ts'
import { Comparison, PredictedRow, WhatIf } from './evaluation/comparison.ts'
import { Evaluation, EvaluationId } from './evaluation/evaluation.ts'
import { Explanation } from './evaluation/explanation.ts'
import { ThresholdPoint, VariantKind } from './evaluation/figures.ts'
import { GateRule, GateVerdict } from './evaluation/gate.ts'
import { SliceText } from './evaluation/slices.ts'
import { Hash, Name, RunId } from './ids.ts'

export * from './evaluation/comparison.ts'
export * from './evaluation/evaluation.ts'
export * from './evaluation/explanation.ts'
export * from './evaluation/figures.ts'
export * from './evaluation/gate.ts'
export * from './evaluation/slices.ts'

const runList = z.array(RunId).min(1).max(20)
/** One run or several: a list, or a text with commas. */
export const Runs = z.union([
  z
    .string()
    .transform(text => text.split(',').map(each => each.trim()))
    .pipe(runList),
  runList,
])

/** Expressions hold commas themselves, so several are given one by one, or as a list. */
const Slices = z.union([SliceText.transform(text => [text]), z.array(SliceText).max(100)], {
  error: 'must be a column, columns joined by *, or an expression such as age > 30',
})

/** An evaluation, and what was asked for beside it. */
export const Evaluated = Evaluation.extend({
  /** Those of the other runs. */
  others: z.array(Evaluation).optional(),
  comparison: Comparison.optional(),
  /** Where a gate file was given; of the last run, the first being what it would replace where there are several. */
  verdict: GateVerdict.optional(),
})
export type Evaluated = z.infer<typeof Evaluated>

export const evaluation = {
  /**
   * Measures a run on the rows of a split, or predictions of others from a file. Several runs are also compared, each
   * with the first.
   */
  run: work(
    {
      title: 'Evaluate a run',
      icon: 'target',
      positional: ['run'],
      paths: { gate: 'existing', predictions: 'existing' },
      fails: { 'verdict.outcome': 'blocked' },
      cancel: 'Nothing is kept.',
    },
    z.object({
      run: Runs.optional().describe('the run, or several with commas to compare them'),
      /**
       * A table of predictions: CSV, Parquet or another file that can be imported. It has a column of labels, and for
       * classes `prediction` (the class) or probabilities: `probability` (of the positive class), or one column a class
       * `probability_CLASS`; for values `prediction`. The other columns can be sliced by.
       */
      predictions: z.string().min(1).optional().describe("a file of others' predictions"),
      label: z.string().min(1).optional().describe('column of the file with the truth; default label'),
      prediction: z
        .string()
        .min(1)
        .optional()
        .describe('column of the file with the class, the value or the positive probability'),
      positive: z.string().optional().describe('the positive class of the file; default the later one'),
      name: Name.optional().describe('what the model of the file is called'),
      split: Split.default('test'),
      variant: VariantKind.default('layers'),
      /** Saved slices of the dataset to measure beside all rows; default: all that are saved. */
      slices: z.array(z.string().min(1)).max(1000).optional(),
      /** Columns each of whose values is a slice: up to 50 values, or five ranges of a number with more. */
      by: z.array(z.string().min(1)).max(20).default([]),
      slice: Slices.optional().describe(
        'COL, "COL1 * COL2" or an expression such as \'age > 30 and sex = "F"\'; may be given again',
      ),
      /** Values of those columns with fewer rows are left out. */
      minRows: z.int().min(1).default(10),
      /** So many of the worst slices are looked for. */
      worst: z.int().min(0).max(50).default(5).describe('how many of the worst slices to find'),
      gate: z.string().min(1).optional().describe('a JSON file of rules to judge by'),
      against: z
        .string()
        .min(1)
        .optional()
        .describe('a run or an alias that change rules compare with; default production'),
    }),
    Evaluated,
  ),
  /** Compares models on the rows that all of them were measured on; what is not measured yet is measured first. */
  compare: work(
    { title: 'Compare models', icon: 'scale', positional: ['run'], cancel: 'Nothing is kept.' },
    z.object({
      run: Runs.optional(),
      /** Forms of each run. */
      variants: z.array(VariantKind).max(10).default(['layers']),
      /** Evaluations that are there, such as those of predictions from a file; they come first. */
      evaluations: z.array(EvaluationId).max(20).default([]),
      split: Split.default('test'),
      slice: Slices.optional(),
      minRows: z.int().min(1).default(10),
    }),
    Comparison,
  ),
  comparisons: call(
    { title: 'Show comparisons', icon: 'scale', reads: true },
    z.object({ run: RunId.optional(), id: EvaluationId.optional() }),
    z.object({ comparisons: z.array(Comparison) }),
  ),
  list: call(
    { title: 'Show evaluations', icon: 'target', reads: true },
    z.object({ run: RunId.optional(), model: Name.optional() }),
    z.object({ evaluations: z.array(Evaluation) }),
  ),
  show: call(
    { title: 'Show an evaluation', icon: 'target', positional: ['id'], reads: true },
    z.object({ id: EvaluationId }),
    Evaluation,
  ),
  /** Rows of an evaluation and what was predicted for them: a cell of the confusion matrix, a slice, what is wrong. */
  rows: call(
    { title: 'Show evaluated rows', icon: 'table', positional: ['id'], reads: true },
    z.object({
      id: EvaluationId,
      /** Classes as they stand in the confusion matrix. */
      actual: z.string().optional(),
      predicted: z.string().optional(),
      wrong: z.boolean().optional(),
      /** A slice of the evaluation by its name, or as `run` takes it. */
      slice: SliceText.optional(),
      /** Probability of the predicted class; regression: the predicted value. */
      from: z.number().optional(),
      to: z.number().optional(),
      /** Another evaluation, of which `change` says what the rows are like against it. */
      against: EvaluationId.optional(),
      change: z.enum(['better', 'worse']).optional(),
      order: z.enum(['row', 'loss']).default('row'),
      offset: z.int().min(0).default(0),
      limit: z.int().min(1).max(10_000).default(100),
    }),
    z.object({
      /** The dataset version that the numbers are of; null: a file of predictions. */
      version: Hash.nullable(),
      total: z.int(),
      rows: z.array(PredictedRow),
    }),
  ),
  /** The threshold at which decisions cost least, from what each kind of decision costs (a gain is negative). */
  threshold: call(
    { title: 'Find the cheapest threshold', icon: 'coins', positional: ['id'], reads: true },
    z.object({
      id: EvaluationId,
      /** The class that is decided for; default: the positive one, of many the first. */
      label: z.string().optional(),
      fp: z.number().default(1),
      fn: z.number().default(1),
      tp: z.number().default(0),
      tn: z.number().default(0),
    }),
    z.object({
      label: z.string(),
      /** Cost of all rows together. `threshold` may lie above all scores: then it is best to call nothing positive. */
      best: ThresholdPoint.extend({ cost: z.number() }),
      /** The same at 0.5. */
      half: ThresholdPoint.extend({ cost: z.number() }),
      /** Thresholds falling. */
      curve: z.array(z.object({ threshold: z.number(), cost: z.number() })),
      rows: z.int(),
    }),
  ),
  /** Asks a model rows that a person wrote or edited, encoded by the run's own transform. */
  predict: work(
    { title: 'Ask what if', icon: 'wand', positional: ['run'], cancel: 'Nothing is kept.' },
    z.object({
      run: RunId,
      variant: VariantKind.default('layers'),
      /** Number of a row in the run's version to begin with, as it is. */
      row: z.int().min(0).optional(),
      /** Rows by column: each is laid over that row, or stands for itself; what is left out is missing. */
      rows: z.array(z.record(z.string(), Cell)).max(10_000).default([]),
    }),
    z.object({
      run: RunId,
      label: z.string(),
      /** In the order they were asked; where `row` is given it is the first. */
      answers: z.array(WhatIf),
      /** Columns that were given and that the model does not look at. */
      unused: z.array(z.string()),
    }),
  ),
  /** Permutation importance and partial dependence of a run's columns. */
  explain: work(
    {
      title: 'Explain a run',
      icon: 'lightbulb',
      positional: ['run'],
      cancel: 'Nothing is kept.',
    },
    z.object({
      run: RunId,
      split: Split.default('test'),
      variant: VariantKind.default('layers'),
      /** Default: all that the model looks at, up to 200. */
      columns: z.array(z.string().min(1)).max(200).optional(),
      /** Default: accuracy, or rmse. */
      metric: z.string().min(1).optional(),
      repeats: z.int().min(1).max(50).default(5),
      /** Columns to draw the dependence on; default: the four most important. */
      partial: z.array(z.string().min(1)).max(20).optional(),
      /** Points of the grid of a number. */
      grid: z.int().min(2).max(100).default(20),
      /** At most so many rows are asked, by a seeded draw. */
      rows: z.int().min(10).max(100_000).default(2000),
      seed: z.int().min(0).default(1),
    }),
    Explanation,
  ),
  explanations: call(
    { title: 'Show explanations', icon: 'lightbulb', reads: true },
    z.object({ run: RunId.optional() }),
    z.object({ explanations: z.array(Explanation) }),
  ),
  /** Judges a run by a gate and records the verdict, which publishing reads. */
  judge: work(
    {
      title: 'Judge a run by the gate',
      icon: 'shield-check',
      command: 'gate',
      positional: ['model'],
      paths: { file: 'existing' },
      fails: { outcome: 'blocked' },
      cancel: 'No verdict is recorded.',
    },
    z.object({
      model: Name.optional().describe('judges the newest run of this model'),
      run: RunId.optional(),
      against: z.string().min(1).optional().describe('a run or an alias such as production'),
      file: z.string().min(1).optional().describe("a JSON file of rules; default: the model's gate"),
      split: Split.default('test'),
      variant: VariantKind.default('layers'),
    }),
    GateVerdict,
  ),
  /** Verdicts that were recorded, newest first. */
  verdicts: call(
    { title: 'Show verdicts', icon: 'shield-check', reads: true },
    z.object({ run: RunId.optional(), model: Name.optional() }),
    z.object({ verdicts: z.array(GateVerdict) }),
  ),
  gate: call(
    { title: 'Show the gate', icon: 'shield', command: 'rules', positional: ['model'], reads: true },
    z.object({ model: Name }),
    z.object({ rules: z.array(GateRule) }),
  ),
  setGate: call(
    { title: 'Set the gate', icon: 'shield', positional: ['model'], undo: 'Set it back' },
    z.object({ model: Name, rules: z.array(GateRule).max(20) }),
    z.object({ rules: z.array(GateRule) }),
  ),
}
