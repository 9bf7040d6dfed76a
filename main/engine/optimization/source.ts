import { existsSync, readFileSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import type { ModelFormat, Run } from '#contract'
import {
  FORMATS,
  type Graph,
  type LiteModel,
  type OpenOptions,
  openModel,
  readTflite,
  type Signature,
} from '../graph/index.ts'
import { fail } from '../kit/index.ts'
import type { TrainingRoom } from '../training/index.ts'

/** What is to be optimized: a run of this workspace, or a model that came as files. */
export type Source = { run: Run } | { path: string }

/**
 * Reads what a person means by a model: a run (`run-3`), the name of a model (its newest trained run), or a path to
 * a model in any format that opens.
 */
export function sourceOf(model: string, training: TrainingRoom): Source {
  if (/^run-\d+$/.test(model)) return { run: training.get(model) }
  const run = training.newest(model)
  if (run) return { run }
  if (existsSync(model)) return { path: resolve(model) }
  throw fail(
    'not-found',
    `There is no run, model or file ${model}.`,
    'Give a run (run-1), the name of a trained model, or the path of a model file or folder.',
  )
}

/** How a person knows a source. */
export const titleOf = (source: Source): string =>
  'run' in source ? source.run.model : basename(source.path)

/** A model as it lies there, before anything is done to it. */
export interface OpenedSource {
  format: ModelFormat
  /** `TensorFlow SavedModel`. */
  title: string
  /** In TensorFlow's operations, with variables where it still has some. */
  graph: Graph
  /** The file itself, where it is a TFLite file: what is made of it need not go through TensorFlow's operations. */
  lite: LiteModel | null
  signature: string
  signatures: Signature[]
  bytes: number
  notes: string[]
}

/** @throws Failure as the format's reader does */
export async function openSource(
  source: Source,
  training: TrainingRoom,
  options: OpenOptions = {},
): Promise<OpenedSource> {
  if ('run' in source) {
    const model = await training.model(source.run)
    const graph = model.graph()
    const { inputs, outputs } = graph
    return {
      format: 'run',
      title: source.run.origin === 'imported' ? 'Imported' : 'Trained here',
      graph,
      lite: null,
      signature: 'serving_default',
      signatures: [{ name: 'serving_default', inputs, outputs }],
      bytes: model.bytes,
      notes: [],
    }
  }
  const opened = await openModel(source.path, options)
  return {
    ...opened,
    title: FORMATS.find(format => format.name === opened.format)?.title ?? opened.format,
    lite: opened.format === 'tflite' ? readTflite(readFileSync(source.path)) : null,
  }
}
