import { z } from 'zod'
import { DatasetRef } from '../dataset.ts'
import { Name } from '../ids.ts'

export const Task = z.enum(['binary', 'multiclass', 'regression'])
export type Task = z.infer<typeof Task>

/** How the learning rate goes over the epochs, after the warm-up. */
export const Schedule = z.enum(['constant', 'cosine', 'exponential', 'step'])
export type Schedule = z.infer<typeof Schedule>

/** How a search goes through its space: every combination, drawn ones, or drawn ones of which the better third goes on. */
export const SearchKind = z.enum(['grid', 'random', 'halving'])
export type SearchKind = z.infer<typeof SearchKind>

/** What is to be trained, on what, and how. Everything that decides the result is in here. */
export const Plan = z.object({
  dataset: DatasetRef,
  /** The column to predict. */
  label: z.string().min(1),
  /** Default: classes for texts, booleans and few whole numbers, else regression. */
  task: Task.optional(),
  /** The model this becomes a version of; default: the dataset's name. */
  name: Name,
  /** Columns to learn from; default: all but the label. */
  features: z.array(z.string()).optional().describe('columns to learn from; default all but the label'),
  /** Columns to leave out. */
  without: z.array(z.string()).default([]).describe('columns to leave out'),
  /** A saved transform, `prices` or `prices@2`; default: what is suggested for each column. */
  transform: z.string().min(1).optional(),
  /** Only the rows of this saved slice of the dataset. */
  slice: z.string().min(1).optional(),
  trainer: z.string().default('tabular').describe('what learns; see: training choices'),
  target: z.string().default('local').describe('where it trains; see: training choices'),
  backend: z.enum(['auto', 'tensorflow', 'wasm', 'cpu']).default('auto'),
  epochs: z.int().min(1).max(100_000).default(30),
  batch: z.int().min(1).max(65_536).default(128),
  learningRate: z.number().positive().max(10).default(0.001),
  schedule: Schedule.default('constant'),
  /** Epochs over which the learning rate rises from 0 at the beginning. */
  warmup: z.number().min(0).max(10_000).default(0),
  /** Units of the dense layers between input and output. */
  layers: z
    .array(z.int().min(1).max(8192))
    .max(32)
    .default([100, 70, 50, 25])
    .describe('units of the dense layers'),
  dropout: z.number().min(0).max(0.9).default(0),
  /** `balanced`: a class weighs by rows / (classes x its rows), so that rare ones count as much as frequent ones. */
  classWeights: z.enum(['none', 'balanced']).default('none'),
  /** Or the weight of each class by its name; a class that is not named weighs 1. */
  weights: z.record(z.string(), z.number().positive()).optional(),
  /** Stop after this many epochs without a better loss on the eval split; 0: never. */
  patience: z.int().min(0).default(5).describe('stop after so many epochs without a better loss; 0 never'),
  seed: z.int().min(0).max(2_147_483_647).default(1),

  /** Time series: the column of times, the column that tells series apart, and how many rows a window holds. */
  time: z.string().min(1).optional(),
  group: z.string().min(1).optional(),
  window: z.int().min(2).max(1000).optional(),
  /** Images: height and width that each is brought to, in pixels. */
  size: z.int().min(8).max(512).optional(),
  /** Images: a trained model of any format whose features are learned from; a path, or the id of a run. */
  backbone: z.string().min(1).optional(),
  /** Images: also learn from each picture's mirror image. */
  flip: z.boolean().default(false),

  /** Your own program in place of a trainer: a container image that has it, or a script (in the image, or on this computer). */
  image: z.string().min(1).optional().describe('a container image with your own program'),
  script: z.string().min(1).optional().describe('your own program in place of a trainer'),
  /** Values by name for the trainer or the program (there as HPARAMS); in a search: a list or a range of each. */
  hparams: z
    .record(z.string(), z.unknown())
    .default({})
    .describe('JSON: values by name, in a search lists and ranges'),
  /** `all`, how many, or which: `device=0,2`. */
  gpus: z
    .string()
    .regex(/^(all|\d+|device=[\w.:,-]+)$/, 'must be all, a number, or device= with ids')
    .optional()
    .describe('all, how many, or which: device=0,2'),
  /** Processes that train together. */
  workers: z.int().min(1).max(64).default(1).describe('processes that train together'),
  /** Limits of a container. */
  memoryMb: z.int().min(64).optional(),
  cpus: z.number().positive().max(1024).optional(),
  shmMb: z.int().min(1).optional(),
  /** A container reaches no network unless this is given. */
  network: z.boolean().default(false).describe('let a container reach the network'),
  /** 16-bit arithmetic where the device is faster with it (TensorFlow in Python). */
  mixedPrecision: z.boolean().default(false),
  /** Of two that wait for a target, the one with more begins first. */
  priority: z.int().min(-100).max(100).default(0),
})
export type Plan = z.infer<typeof Plan>
