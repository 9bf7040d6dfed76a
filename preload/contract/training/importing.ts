import { z } from 'zod'
import { call, work } from '../call.ts'
import { DatasetRef } from '../dataset.ts'
import { At, Name, RunId } from '../ids.ts'
import { Plan } from './plan.ts'
import { OneRun, Run } from './run.ts'

/** A file that the program of a run left or recorded. */
export const RunFile = z.object({ path: z.string(), bytes: z.int() })
export type RunFile = z.infer<typeof RunFile>

/** The histograms of a run by their names, each as it was at its last step. */
export const RunHistograms = z.object({
  histograms: z.array(
    z.object({
      key: z.string(),
      /** How many steps it was told of, and the last of them. */
      steps: z.int(),
      step: z.number(),
      /** Edges of the bins, one more than counts; none: it held no values. */
      edges: z.array(z.number()),
      counts: z.array(z.number()),
    }),
  ),
})
export type RunHistograms = z.infer<typeof RunHistograms>

/** A histogram over its steps, in the same bins at each. */
export const RunSpread = z.object({
  run: RunId,
  key: z.string(),
  /** How many steps there are; of more than were asked for some are left out. */
  of: z.int(),
  edges: z.array(z.number()),
  /** Shares of the values that lie below `values` of a step. */
  shares: z.array(z.number()),
  steps: z.array(
    z.object({
      step: z.number(),
      /** Seconds since 1970. */
      at: z.number(),
      counts: z.array(z.number()),
      values: z.array(z.number().nullable()),
    }),
  ),
})
export type RunSpread = z.infer<typeof RunSpread>

/** What a program on this computer tells while the engine listens. */
export const Tracking = z.object({
  /** For `MLFLOW_TRACKING_URI`. */
  address: z.string(),
  since: At,
})
export type Tracking = z.infer<typeof Tracking>

export const importingEntries = {
  import: work(
    {
      title: 'Import runs or a model',
      icon: 'folder-input',
      positional: ['path'],
      paths: { path: 'always' },
      cancel: 'Runs that were imported whole are kept.',
    },
    z.object({
      /** TensorBoard event files or a folder of them, a folder of MLflow, or a model of any format that opens. */
      path: z.string().min(1),
      name: Name.optional(),
      /** With these a model can be measured, optimized and published: it is held against the data. */
      dataset: DatasetRef.optional(),
      label: z.string().min(1).optional(),
      task: Plan.shape.task,
      /** Columns in the order in which the model takes them. */
      features: z.array(z.string()).optional(),
      transform: Plan.shape.transform,
      slice: Plan.shape.slice,
      /** Names of the classes in the order of the model's outputs. */
      classes: z.array(z.string()).min(2).optional(),
      /** How bytes of pictures go into the model, and how large pictures are where it takes any size. */
      pictures: z.enum(['0..255', '0..1', '-1..1', 'caffe', 'imagenet']).optional(),
      size: Plan.shape.size,
      /** The output that answers, where there are several, and whether it ends in probabilities. */
      output: z.string().min(1).optional(),
      answers: z.enum(['probabilities', 'logits']).optional(),
      signature: z.string().min(1).optional(),
    }),
    z.object({
      runs: z.array(Run),
      /** What was passed over, one sentence each. */
      notes: z.array(z.string()),
    }),
  ),
  exportEvents: work(
    {
      title: 'Write event files for TensorBoard',
      icon: 'folder-output',
      command: 'export-events',
      positional: ['run'],
      paths: { out: 'always' },
      cancel: 'Nothing is written.',
    },
    OneRun.extend({ out: z.string().min(1) }),
    z.object({ path: z.string(), points: z.int(), histograms: z.int() }),
  ),
  /** Answers programs that use MLflow's client: what they record becomes runs while they work. */
  track: call(
    { title: 'Listen for MLflow', icon: 'radio', undo: 'Stop listening', lasts: { unless: 'stop' } },
    z.object({ port: z.int().min(0).max(65_535).default(5000), stop: z.boolean().default(false) }),
    z.object({ tracking: Tracking.nullable() }),
  ),
  files: call(
    { title: 'Show the files of a run', icon: 'files', positional: ['run'], reads: true },
    OneRun,
    z.object({ files: z.array(RunFile) }),
  ),
  /** What event files said of weights and gradients; `histogram` is of the model itself. */
  histograms: call(
    { title: 'Show recorded histograms', icon: 'chart-column', positional: ['run'], reads: true },
    OneRun.extend({ bins: z.int().min(2).max(200).default(30) }),
    RunHistograms,
  ),
  spread: call(
    {
      title: 'Show a histogram over its steps',
      icon: 'chart-column',
      positional: ['run', 'key'],
      reads: true,
    },
    OneRun.extend({
      key: z.string().min(1),
      bins: z.int().min(2).max(200).default(50),
      /** So many steps at most, spread over all. */
      most: z.int().min(2).max(1000).default(200),
    }),
    RunSpread,
  ),
  save: call(
    {
      title: 'Save a file of a run',
      icon: 'download',
      positional: ['run', 'file'],
      paths: { out: 'always' },
      undo: 'Remove the file that was saved.',
    },
    OneRun.extend({
      /** One of its files; default: all of them, into a folder. */
      file: z.string().min(1).optional(),
      out: z.string().min(1),
    }),
    z.object({ path: z.string(), files: z.int() }),
  ),
}
