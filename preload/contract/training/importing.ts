import { z } from 'zod'
import { call, work } from '../call.ts'
import { DatasetRef } from '../dataset.ts'
import { At, Name } from '../ids.ts'
import { Plan } from './plan.ts'
import { OneRun, Run } from './run.ts'

/** A file that the program of a run left or recorded. */
export const RunFile = z.object({ path: z.string(), bytes: z.int() })
export type RunFile = z.infer<typeof RunFile>

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
