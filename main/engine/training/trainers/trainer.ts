import type { Plan, Task } from '#contract'
import type { TransformSpec } from '../../encoding/index.ts'
import type { NetSpec } from './netSpec.ts'

/** What a net is built for. */
export interface NetWork {
  plan: Plan
  task: Task
  /** Numbers of an encoded row. */
  inputs: number
  /** Classes, 1 for a binary task, 1 for regression. */
  outputs: number
  /** What the numbers of a row are. */
  transform: TransformSpec
}

/** A hyper-parameter of a trainer that is no field of a plan. */
export interface OwnHparam {
  /** What it takes, in words: `conv or gru`. */
  takes: string
  fits(value: unknown): boolean
}

/** What kind of net is built for a plan. One file a kind; to add one, write it beside this and list it in `index.ts`. */
export interface Trainer {
  name: string
  title: string
  /** The kind of data that it learns from. */
  suits: 'table' | 'series' | 'text' | 'images'
  /** Fields of a plan that change what it does, as they are called there; the others are not asked for. */
  uses: readonly (keyof Plan)[]
  /** Hyper-parameters of its own by name; they stay in `plan.hparams`, where they may be left out. */
  hparams?: Record<string, OwnHparam>
  /**
   * Takes categories as an index and words as places, and embeds them. Without it they come as one-hot and as shares, and
   * the first dense layer is their embedding: a row of an embedding is a one-hot vector times a matrix.
   */
  embeds: boolean
  /**
   * The net for a plan: from the input `[rows, inputs]` to the output `[rows, outputs]`, probabilities or scaled values.
   * The same work gives the same net; all seeds come from the plan's.
   */
  net(work: NetWork): NetSpec
}

/** Fields of a plan that every trainer uses. */
export const COMMON = [
  'epochs',
  'batch',
  'learningRate',
  'schedule',
  'warmup',
  'classWeights',
  'weights',
  'patience',
  'seed',
] as const satisfies (keyof Plan)[]
