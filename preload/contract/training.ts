import { z } from 'zod'
import { call, watch, work } from './call.ts'
import { DatasetRef, Filter } from './dataset.ts'
import { Failure } from './failure.ts'
import { At, Hash, JobId, Name, RunId } from './ids.ts'

export const Task = z.enum(['binary', 'multiclass', 'regression'])
export type Task = z.infer<typeof Task>

/** What is to be trained, on what, and how. Everything that decides the result is in here. */
export const Plan = z.object({
  dataset: DatasetRef,
  /** The column to predict. */
  label: z.string().min(1),
  /** Default: classes for texts, booleans and few whole numbers, else regression. */
  task: Task.optional(),
  /** The model this becomes a version of. */
  name: Name,
  /** Columns to learn from; default: all but the label. */
  features: z.array(z.string()).optional(),
  /** Columns to leave out. */
  without: z.array(z.string()).default([]),
  /** A saved transform, `prices` or `prices@2`; default: what is suggested for each column. */
  transform: z.string().min(1).optional(),
  /** Only the rows of this saved slice of the dataset. */
  slice: z.string().min(1).optional(),
  trainer: z.string().default('tabular'),
  target: z.string().default('local'),
  backend: z.enum(['auto', 'tensorflow', 'wasm', 'cpu']).default('auto'),
  epochs: z.int().min(1).max(100_000).default(30),
  batch: z.int().min(1).max(65_536).default(128),
  learningRate: z.number().positive().max(10).default(0.001),
  /** Units of the dense layers between input and output. */
  layers: z.array(z.int().min(1).max(8192)).max(32).default([100, 70, 50, 25]),
  dropout: z.number().min(0).max(0.9).default(0),
  /** Stop after this many epochs without a better loss on the eval split; 0: never. */
  patience: z.int().min(0).default(5),
  seed: z.int().min(0).max(2_147_483_647).default(1),
})
export type Plan = z.infer<typeof Plan>

/** Figures after one epoch, on the train and the eval split. Accuracy is null for regression. */
export const Epoch = z.object({
  epoch: z.int().min(1),
  loss: z.number(),
  accuracy: z.number().nullable(),
  evalLoss: z.number().nullable(),
  evalAccuracy: z.number().nullable(),
  seconds: z.number(),
})
export type Epoch = z.infer<typeof Epoch>

export const Run = z.object({
  id: RunId,
  model: Name,
  plan: Plan,
  /** The version the plan's dataset meant when the run started. */
  version: Hash,
  /** What the plan's slice meant then: only these rows are learnt from, and measured on. */
  where: Filter.optional(),
  task: Task,
  /** Classes in the order of the outputs, the positive one of a binary task second; empty for regression. */
  classes: z.array(z.string()),
  state: z.enum(['running', 'succeeded', 'failed', 'cancelled', 'interrupted']),
  failure: Failure.nullable(),
  /** What TensorFlow.js trained on, and more precisely. */
  backend: z.string().nullable(),
  rows: z.object({ train: z.int(), eval: z.int(), test: z.int() }),
  /** Width of the encoded input. */
  inputs: z.int(),
  parameters: z.int().nullable(),
  epochs: z.array(Epoch),
  /** The epoch whose weights were kept. */
  best: z.int().nullable(),
  stoppedEarly: z.boolean(),
  transform: Hash,
  /** The trained model: topology, weights, transform and classes; null until there is one. */
  artifact: Hash.nullable(),
  bytes: z.int().nullable(),
  at: At,
  endedAt: At.nullable(),
  job: JobId,
})
export type Run = z.infer<typeof Run>

const One = z.object({ run: RunId })

export const training = {
  start: work(
    {
      title: 'Train a model',
      icon: 'activity',
      cancel: 'The weights of the best epoch so far are kept as a checkpoint.',
    },
    Plan,
    Run,
  ),
  /**
   * Goes on from the last checkpoint of a run that was cancelled, interrupted or failed. The result is the same as if
   * it had not stopped.
   */
  resume: work(
    { title: 'Continue a run', icon: 'play', positional: ['run'], cancel: 'The last checkpoint is kept.' },
    One,
    Run,
  ),
  list: call(
    { title: 'Show runs', icon: 'activity', reads: true },
    z.object({ model: Name.optional(), dataset: z.string().optional() }),
    z.object({ runs: z.array(Run) }),
  ),
  show: call({ title: 'Show a run', icon: 'activity', positional: ['run'], reads: true }, One, Run),
  /** The run after each epoch; begins with how it stands now and ends with the run. */
  watch: watch({ title: 'Watch a run', icon: 'activity' }, One, Run),
  /** What can train here, on what, and what is missing for the rest. */
  choices: call(
    { title: 'Show trainers and targets', icon: 'cpu', reads: true },
    z.object({}),
    z.object({
      trainers: z.array(z.object({ name: z.string(), title: z.string() })),
      targets: z.array(
        z.object({ name: z.string(), title: z.string(), ready: z.boolean(), why: z.string() }),
      ),
      backends: z.array(
        z.object({ name: z.string(), title: z.string(), ready: z.boolean(), why: z.string() }),
      ),
    }),
  ),
}
