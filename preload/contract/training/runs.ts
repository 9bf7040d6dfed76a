import { z } from 'zod'
import { call, watch, work } from '../call.ts'
import { At, Hash, JobId, Name, RunId } from '../ids.ts'
import { LogLine } from '../job.ts'
import { OneRun, Run, RunOrigin } from './run.ts'
import { Usage } from './target.ts'

/** One line of the log of a run, over all its jobs. */
export const RunLine = LogLine
export type RunLine = z.infer<typeof RunLine>

/**
 * A column of the table of runs. Of their own: `id`, `model`, `state`, `origin`, `at`, `endedAt`, `seconds`, `epochs`,
 * `dataset`, `trainer`, `target`, `rows`, `parameters`, `bytes`. A figure: `last:loss`, `least:loss`, `most:loss`. What
 * the run was given, of its plan or its hparams: `param:learningRate`.
 */
export const RunColumn = z
  .string()
  .min(1)
  .max(500)
  .regex(
    /^(id|model|state|origin|at|endedAt|seconds|epochs|dataset|trainer|target|rows|parameters|bytes|(last|least|most|param):.+)$/s,
    'must be a column of runs such as at or state, a figure as last:loss, least:loss or most:loss, or param:learningRate',
  )
export type RunColumn = z.infer<typeof RunColumn>

export const RunValue = z.union([z.string(), z.number(), z.boolean(), z.null()])
export type RunValue = z.infer<typeof RunValue>

/** Where a run is kept: in the list, laid aside, or in the bin. */
export const Shelf = z.enum(['open', 'archive', 'bin'])
export type Shelf = z.infer<typeof Shelf>

/** A run as a line of a table. */
export const RunRow = z.object({
  id: RunId,
  model: Name,
  origin: RunOrigin,
  state: Run.shape.state,
  dataset: z.string().nullable(),
  trainer: z.string(),
  target: z.string(),
  tags: z.array(z.string()),
  notes: z.string(),
  pinned: z.boolean(),
  search: z.string().nullable(),
  repeats: RunId.nullable(),
  artifact: Hash.nullable(),
  epochs: z.int(),
  best: z.int().nullable(),
  at: At,
  endedAt: At.nullable(),
  job: JobId,
  /** Of the columns that were asked for, in their order. */
  values: z.array(RunValue),
})
export type RunRow = z.infer<typeof RunRow>

/** A curve of a run in one line. Null: not a number. */
export const RunMetric = z.object({
  run: RunId,
  key: z.string(),
  points: z.int(),
  last: z.number().nullable(),
  least: z.number().nullable(),
  most: z.number().nullable(),
  lastStep: z.number(),
})
export type RunMetric = z.infer<typeof RunMetric>

export const CurveAxis = z.enum(['step', 'seconds', 'wall'])
export type CurveAxis = z.infer<typeof CurveAxis>

export const Curve = z.object({
  run: RunId,
  key: z.string(),
  axis: CurveAxis,
  /** Steps; seconds since the first point of the run; or seconds since 1970. In order. */
  x: z.array(z.number()),
  /** Null: not a number. */
  y: z.array(z.number().nullable()),
  /** Points in the range that was asked for, of which these are the least and the most of each stretch. */
  points: z.int(),
  /** The whole curve, from where to where on this axis; null of a curve without points. */
  extent: z.tuple([z.number(), z.number()]).nullable(),
})
export type Curve = z.infer<typeof Curve>

/** What is compared of two runs or more. `values` in the order of the runs. */
export const RunComparison = z.object({
  runs: z.array(z.object({ id: RunId, model: Name, state: Run.shape.state, at: At })),
  /** Only those that are not the same for all. Null: the run has none. */
  parameters: z.array(z.object({ name: z.string(), values: z.array(RunValue) })),
  same: z.int(),
  metrics: z.array(
    z.object({
      key: z.string(),
      last: z.array(z.number().nullable()),
      least: z.array(z.number().nullable()),
      most: z.array(z.number().nullable()),
    }),
  ),
})
export type RunComparison = z.infer<typeof RunComparison>

/** How the weights of a layer are spread. */
export const WeightHistogram = z.object({
  layer: z.string(),
  shape: z.array(z.int()),
  /** Edges of the bins, one more than counts. */
  edges: z.array(z.number()),
  counts: z.array(z.int()),
  least: z.number().nullable(),
  most: z.number().nullable(),
  mean: z.number().nullable(),
  deviation: z.number().nullable(),
  /** Weights that are no numbers, and weights that are 0. */
  missing: z.int(),
  zeros: z.int(),
})
export type WeightHistogram = z.infer<typeof WeightHistogram>

/** Whether a run that was done again gave the same, and where it first did not. */
export const Repeat = z.object({
  run: Run,
  repeats: RunId,
  verdict: z.enum(['identical', 'within tolerance', 'different']),
  /** One sentence. */
  says: z.string(),
  /** The first figure that is not the same: of an epoch, or of a layer's weights. Null: all are. */
  first: z
    .object({
      epoch: z.int().nullable(),
      figure: z.string(),
      was: z.number().nullable(),
      is: z.number().nullable(),
    })
    .nullable(),
  /** What was not the same before the first step: the code, the image, the target, the backend. */
  changed: z.array(z.string()),
})
export type Repeat = z.infer<typeof Repeat>

const Some = z.array(RunId).min(1).max(1000)

/** The record of runs: tables, curves, logs, and what a person puts in order. */
export const runsEntries = {
  page: call(
    { title: 'Show a table of runs', icon: 'table', reads: true },
    z.object({
      shelf: Shelf.default('open'),
      /** In id, model, notes, tags, dataset, trainer or target. */
      text: z.string().max(200).optional(),
      model: Name.optional(),
      /** `strikes`: all its versions; `strikes@2`: that one. */
      dataset: z.string().optional(),
      state: z.array(Run.shape.state).optional(),
      origin: z.array(RunOrigin).optional(),
      /** Runs that have all of these. */
      tags: z.array(z.string()).optional(),
      search: z.string().optional(),
      /** Only those that are pinned, or only the others. */
      pinned: z.boolean().optional(),
      sort: RunColumn.default('at'),
      descending: z.boolean().default(true),
      /** Pinned ones come first, whatever is sorted by. */
      pinnedFirst: z.boolean().default(true),
      columns: z.array(RunColumn).max(200).default([]),
      offset: z.int().min(0).default(0),
      limit: z.int().min(1).max(1000).default(100),
    }),
    z.object({
      runs: z.array(RunRow),
      total: z.int(),
      offset: z.int(),
      /** How many lie on each shelf. */
      shelves: z.object({ open: z.int(), archive: z.int(), bin: z.int() }),
    }),
  ),
  /** What columns a table of runs can have: figures and settings that any of them has, and their tags. */
  columns: call(
    { title: 'Show the columns of runs', icon: 'columns-3', reads: true },
    z.object({ text: z.string().max(200).optional(), limit: z.int().min(1).max(10_000).default(1000) }),
    z.object({ metrics: z.array(z.string()), params: z.array(z.string()), tags: z.array(z.string()) }),
  ),
  metrics: call(
    { title: 'Show the metrics of runs', icon: 'chart-line', positional: ['runs'], reads: true },
    z.object({
      runs: Some,
      text: z.string().max(200).optional(),
      offset: z.int().min(0).default(0),
      limit: z.int().min(1).max(10_000).default(1000),
    }),
    z.object({ metrics: z.array(RunMetric), total: z.int() }),
  ),
  /** Points of a curve. Where there are more than asked for, the least and the most of each stretch: peaks stay. */
  curve: call(
    { title: 'Show a curve', icon: 'chart-line', positional: ['run', 'key'], reads: true },
    z.object({
      run: RunId,
      key: z.string().min(1),
      axis: CurveAxis.default('step'),
      from: z.number().optional(),
      to: z.number().optional(),
      most: z.int().min(4).max(20_000).default(2000),
    }),
    Curve,
  ),
  logs: call(
    {
      title: 'Show the log of a run',
      icon: 'scroll-text',
      positional: ['run'],
      reads: true,
      follow: { verb: 'watchLogs', input: { toEnd: true } },
    },
    z.object({
      run: RunId,
      after: z.int().min(0).default(0).describe('only lines behind this number'),
      limit: z.int().min(1).max(10_000).default(1000).describe('at most so many lines'),
      last: z.boolean().default(false).describe('the newest lines instead of the first'),
    }),
    z.object({ lines: z.array(RunLine), /** How many it has in all. */ total: z.int().optional() }),
  ),
  /** Lines behind one as they come, some at a time. */
  watchLogs: watch(
    { title: 'Watch the log of a run', icon: 'scroll-text', positional: ['run'] },
    z.object({
      run: RunId,
      after: z.int().min(0).default(0),
      /** Ends with the run; else it goes on, since a run can be continued. */
      toEnd: z.boolean().default(false),
    }),
    z.object({ lines: z.array(RunLine) }),
  ),
  /** What a run takes of its target: the last minutes, then as it goes. */
  usage: watch(
    { title: 'Watch what a run uses', icon: 'gauge', positional: ['run'] },
    OneRun,
    Usage.extend({ at: At }),
  ),
  /** Where the work of a run is, and whether it would go on there without this program. */
  where: call(
    { title: 'Show where a run works', icon: 'map-pin', positional: ['run'], reads: true },
    OneRun,
    z.object({ run: RunId, target: z.string(), goesOn: z.boolean() }),
  ),
  /** Follows work that goes on elsewhere to its end; where that is followed already, beside who does. */
  attach: work(
    {
      title: 'Attach a run',
      icon: 'plug',
      positional: ['run'],
      cancel: 'Its work is stopped where it runs; the last checkpoint is kept.',
    },
    OneRun,
    Run,
  ),
  cancel: call(
    { title: 'Cancel a run', icon: 'circle-x', positional: ['run'], undo: 'Continue the run' },
    z.object({
      run: RunId,
      /** Give it up, also where its target cannot be reached. */
      anyway: z.boolean().default(false),
    }),
    Run,
  ),
  edit: call(
    { title: 'Edit runs', icon: 'tag', positional: ['runs'], undo: 'Edit them back' },
    z.object({
      runs: Some,
      tags: z.array(z.string().min(1).max(80)).max(100).optional(),
      addTags: z.array(z.string().min(1).max(80)).max(100).optional(),
      withoutTags: z.array(z.string()).optional(),
      notes: z.string().max(20_000).optional(),
      pinned: z.boolean().optional(),
      archived: z.boolean().optional(),
    }),
    z.object({ runs: z.array(Run) }),
  ),
  remove: call(
    { title: 'Put runs into the bin', icon: 'trash-2', positional: ['runs'], undo: 'Restore them' },
    z.object({ runs: Some }),
    z.object({ runs: z.array(RunId) }),
  ),
  restore: call(
    { title: 'Restore runs', icon: 'undo-2', positional: ['runs'], undo: 'Put them into the bin' },
    z.object({ runs: Some }),
    z.object({ runs: z.array(RunId) }),
  ),
  /** Removes runs of the bin for good; without names all of it. */
  purge: call(
    { title: 'Empty the bin of runs', icon: 'trash-2', positional: ['runs'], final: true },
    z.object({ runs: z.array(RunId).max(100_000).optional() }),
    z.object({ purged: z.array(RunId), freedBytes: z.int() }),
  ),
  compare: call(
    { title: 'Compare runs', icon: 'columns-2', positional: ['runs'], reads: true },
    z.object({ runs: z.array(RunId).min(2).max(100) }),
    RunComparison,
  ),
  histogram: call(
    { title: 'Show how weights are spread', icon: 'chart-column', positional: ['run'], reads: true },
    z.object({ run: RunId, bins: z.int().min(2).max(500).default(50) }),
    z.object({ layers: z.array(WeightHistogram) }),
  ),
  rerun: work(
    {
      title: 'Run again exactly',
      icon: 'repeat',
      positional: ['run'],
      cancel: 'The weights of the best epoch so far are kept as a checkpoint.',
    },
    z.object({
      run: RunId,
      /** Figures and weights may differ by this share of their size and still count as the same. */
      tolerance: z.number().min(0).max(1).default(1e-5),
    }),
    Repeat,
  ),
  /** The encoded rows of a run and a program for Keras that learns from them as the run did. */
  export: work(
    {
      title: 'Export a run as code and data',
      icon: 'file-code',
      positional: ['run', 'to'],
      paths: { to: 'always' },
      cancel: 'What was written until then stays in the folder.',
    },
    z.object({ run: RunId, to: z.string().min(1) }),
    z.object({
      folder: z.string(),
      files: z.array(z.string()),
      rows: z.object({ train: z.int(), eval: z.int() }),
    }),
  ),
  script: call(
    { title: 'Copy a run as code', icon: 'code', positional: ['run'], reads: true },
    z.object({ run: RunId, as: z.enum(['python', 'command']).default('python') }),
    z.object({ text: z.string() }),
  ),
}
