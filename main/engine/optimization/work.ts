import type { Failure } from '#contract'
import type { CalibrateBy } from './quantize/index.ts'
import type { Range } from './quantize/range.ts'

/**
 * A work folder holds all that a worker needs and all that it gives back. Samples are raw 32-bit floats, little endian,
 * row after row, one file for each input of the model.
 */
export const FILES = {
  work: 'work.json',
  float: 'float.tflite',
  variant: 'variant',
  graph: (index: number) => `graph-${index}.pb`,
  input: (index: number) => `input-${index}.f32`,
  /** Outputs of all rows, each row's outputs one after another. */
  outputs: (side: 'float' | 'variant') => `${side}.outputs.f32`,
} as const

/** Watch the ranges of all activations of the float model. */
export interface CalibrateWork {
  kind: 'calibrate'
  rows: number
  widths: number[]
  by: CalibrateBy
}

/** Compute what the float model and the variant answer, how long it takes, and where they part. */
export interface ProveWork {
  kind: 'prove'
  rows: number
  widths: number[]
  /** The form of the file `variant`. */
  form: 'tflite' | 'graphdef'
  /** Names of the float model's inputs in its signature, for a graph, whose inputs have no order. */
  inputs: string[]
  /** Also time it and compare each layer; a search that only wants answers leaves that out. */
  whole: boolean
}

/** Compute what a graph answers after each pass; the first is the one that the others are held against. */
export interface PassesWork {
  kind: 'passes'
  rows: number
  widths: number[]
  /** Names of the inputs, in the order of the samples. */
  inputs: string[]
  /** So many graphs lie in the folder. */
  graphs: number
  /** Class of each row, where it is known. */
  labels: number[] | null
}

export type Work = CalibrateWork | ProveWork | PassesWork

/** What a graph after a pass was seen to do; null where it cannot be run here. */
export interface SeenPass {
  maxDifference: number | null
  accuracy: number | null
}

/** What a variant was seen to do. */
export interface Proved {
  runtime: string
  /** Values of a row in the files of outputs, and in the first output alone, which holds the answer. */
  width: number
  answer: number
  latency: { runs: number; median: number; p95: number; floatMedian: number | null } | null
  layers: { tensor: string; op: string; layer: string | null; snr: number | null; ms: number | null }[]
}

export type Message =
  | { kind: 'progress'; share: number; step: string }
  | { kind: 'calibrated'; ranges: [tensor: number, range: Range][] }
  | { kind: 'proved'; proved: Proved }
  | { kind: 'passed'; seen: SeenPass[] }
  | { kind: 'failed'; failure: Failure }
