import { z } from 'zod'
import { DatasetRef, Filter } from '../dataset.ts'
import { Failure } from '../failure.ts'
import { At, Hash, JobId, Name, RunId } from '../ids.ts'
import { Plan, Task } from './plan.ts'

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

/** What a run was to do. One that was brought in from elsewhere may know neither data nor label. */
export const RunPlan = Plan.extend({ dataset: DatasetRef.nullable(), label: z.string().nullable() })
export type RunPlan = z.infer<typeof RunPlan>

/** `trained` to a plan by a trainer, by a person's own `script`, or `imported`: a model file, event files, an MLflow client. */
export const RunOrigin = z.enum(['trained', 'script', 'imported'])
export type RunOrigin = z.infer<typeof RunOrigin>

export const Run = z.object({
  id: RunId,
  model: Name,
  origin: RunOrigin,
  plan: RunPlan,
  /** The version the plan's dataset meant when the run started. */
  version: Hash.nullable(),
  /** What the plan's slice meant then: only these rows are learned from, and measured on. */
  where: Filter.optional(),
  task: Task,
  /** Classes in the order of the outputs, the positive one of a binary task second; empty for regression. */
  classes: z.array(z.string()),
  state: z.enum(['running', 'succeeded', 'failed', 'cancelled', 'interrupted']),
  failure: Failure.nullable(),
  /** What it trained on, and more precisely. */
  backend: z.string().nullable(),
  rows: z.object({ train: z.int(), eval: z.int(), test: z.int() }),
  /** Width of the encoded input. */
  inputs: z.int(),
  parameters: z.int().nullable(),
  epochs: z.array(Epoch),
  /** The epoch whose weights were kept. */
  best: z.int().nullable(),
  stoppedEarly: z.boolean(),
  transform: Hash.nullable(),
  /** The trained model: topology, weights, transform and classes; null until there is one. */
  artifact: Hash.nullable(),
  bytes: z.int().nullable(),
  /** The search that it is a trial of. */
  search: z.string().nullable(),
  /** The run that it repeats. */
  repeats: RunId.nullable(),
  /** What the program was: a hash of the trainer's code or the script, and the image's digest. */
  code: z.string().nullable(),
  imageDigest: z.string().nullable(),
  tags: z.array(z.string()),
  notes: z.string(),
  pinned: z.boolean(),
  archived: z.boolean(),
  /** When it was put into the bin. */
  removedAt: At.nullable(),
  at: At,
  endedAt: At.nullable(),
  job: JobId,
})
export type Run = z.infer<typeof Run>

/** A run whose data is known: it can be measured on them. */
export type TrainedRun = Omit<Run, 'plan' | 'version' | 'transform'> & {
  plan: Plan
  version: Hash
  transform: Hash
}

export const OneRun = z.object({ run: RunId })
