import type { Epoch, Failure, Plan, Split, Task } from '#contract'
import type { NetSpec } from './trainers/index.ts'

/**
 * A work folder holds all that a worker needs and all that it gives back, so that the same work can be done by a
 * process beside the engine or by one far away. Data files are raw 32-bit floats, little endian, row after row.
 */
export const FILES = {
  work: 'work.json',
  features: (split: Split) => `${split}.features.f32`,
  labels: (split: Split) => `${split}.labels.f32`,
  checkpoint: 'checkpoint.bin',
  /** `{ modelTopology, weightSpecs }` of TensorFlow.js. */
  topology: 'topology.json',
  weights: 'weights.bin',
  outputs: 'outputs.f32',
  /** Folders of a person's own program: the splits as files, the program itself, what it leaves, what it records. */
  data: 'data',
  program: 'program',
  model: 'model',
  recorded: 'recorded',
} as const

/** Train a net on the splits `train` and `eval`. Labels: class index, or the scaled value. */
export interface TrainWork
  extends Pick<
    Plan,
    'trainer' | 'backend' | 'epochs' | 'batch' | 'learningRate' | 'schedule' | 'warmup' | 'patience' | 'seed'
  > {
  kind: 'train'
  /** Stop after this epoch with the checkpoint, as a trial of a search that may go on later. */
  until?: number
  task: Task
  inputs: number
  outputs: number
  rows: { train: number; eval: number }
  net: NetSpec
  /** What a row of each class counts in loss and gradients, in the order of the classes; null: all the same. */
  classWeights: number[] | null
}

/** Compute the outputs for the rows of one split. */
export interface PredictWork {
  kind: 'predict'
  backend: Plan['backend']
  split: Split
  inputs: number
  rows: number
  /** `layers`: the folder's topology and weights; else a GraphDef or TFLite file. */
  form: { kind: 'layers' } | { kind: 'graph' | 'tflite'; file: string }
}

/**
 * Run a person's own program. What it reads lies in the folder's `data` and `program`, which it need not write to; what
 * it leaves under `MODEL_DIR` is what comes back.
 */
export interface ScriptWork {
  kind: 'script'
  /** The container's image that it runs in; without one, a program of the target's own computer does. */
  image?: string
  /**
   * The program: a file in the folder (`program/train.py`), which by its ending says what runs it; or, where the folder
   * has no such file, a path in the image.
   */
  script?: string
  /** The words to run in place of `script`; with neither, the image's own command runs. */
  command?: string[]
  /**
   * The program's environment. Of the names in {@link PLACES} the value is a path relative to the folder, to be made
   * absolute where the folder lies; all others are as they are: `HPARAMS` is JSON.
   */
  env: Record<string, string>
}

/** Variables of a {@link ScriptWork} that name a place in the folder. */
export const PLACES: readonly string[] = ['TRAIN_DATA', 'EVAL_DATA', 'TEST_DATA', 'MODEL_DIR']

export type Work = TrainWork | PredictWork | ScriptWork

/** What a worker says while it works. The last word is `done` or `failed`. */
export type Message =
  /** Ready; `epochs` were done before, by the checkpoint in the folder. */
  | { kind: 'ready'; backend: string; parameters: number | null; epochs: Epoch[]; best: number | null }
  | { kind: 'step'; epoch: number; share: number }
  /** The checkpoint of this epoch is on disk. */
  | { kind: 'epoch'; figures: Epoch; best: number }
  | { kind: 'done'; best: number | null; stoppedEarly: boolean }
  | { kind: 'failed'; failure: Failure }
