import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve, sep } from 'node:path'
import type { Run } from '#contract'
import { type Graph, type LayersModel, lowerLayersModel, readGraphDef } from '../graph/index.ts'
import { fail } from '../kit/index.ts'
import type { TrainingRoom } from '../training/index.ts'

/** What is to be optimized: a run of this workspace, or a model that came as files. */
export type Source = { run: Run } | { path: string }

/**
 * Reads what a person means by a model: a run (`run-3`), the name of a model (its newest trained run), or a path to a
 * TensorFlow.js layers model or a GraphDef.
 */
export function sourceOf(model: string, training: TrainingRoom): Source {
  if (/^run-\d+$/.test(model)) return { run: training.get(model) }
  const run = training.newest(model)
  if (run) return { run }
  if (existsSync(model)) return { path: resolve(model) }
  throw fail(
    'not-found',
    `There is no run, model or file ${model}.`,
    'Give a run (run-1), the name of a trained model, or the path of a TensorFlow.js layers model.',
  )
}

/** The graph of a source, with variables where it still has some. */
export async function graphOf(source: Source, training: TrainingRoom): Promise<Graph> {
  if ('run' in source) return lowerLayersModel((await training.model(source.run)).artifacts)
  const isFolder = statSync(source.path).isDirectory()
  if (!isFolder && source.path.endsWith('.pb')) return readGraphDef(readFileSync(source.path))
  return lowerLayersModel(readLayersModel(isFolder ? join(source.path, 'model.json') : source.path))
}

/** The files of a layers model as TensorFlow.js saves it: `model.json` and the weight files that it names. */
function readLayersModel(file: string): LayersModel {
  if (!existsSync(file))
    throw fail(
      'unreadable-file',
      `${dirname(file)} holds no model.json.`,
      'Choose the folder of a TensorFlow.js layers model.',
    )
  try {
    const { modelTopology, weightsManifest } = JSON.parse(readFileSync(file, 'utf8')) as {
      modelTopology: LayersModel['modelTopology']
      weightsManifest: { paths: string[]; weights: LayersModel['weightSpecs'] }[]
    }
    const folder = dirname(file)
    const parts = weightsManifest
      .flatMap(group => group.paths)
      .map(path => {
        const part = resolve(folder, path)
        if (!part.startsWith(folder + sep)) throw new Error(`the weights ${path} lie outside of its folder`)
        return readFileSync(part)
      })
    const weights = Buffer.concat(parts)
    return {
      modelTopology,
      weightSpecs: weightsManifest.flatMap(group => group.weights ?? []),
      weightData: weights.buffer.slice(
        weights.byteOffset,
        weights.byteOffset + weights.byteLength,
      ) as ArrayBuffer,
    }
  } catch (cause) {
    throw fail(
      'unreadable-file',
      `${file} cannot be read as a TensorFlow.js layers model: ${cause instanceof SyntaxError ? 'it is not JSON' : cause instanceof Error ? cause.message : cause}.`,
      'Save the model again with model.save, and keep model.json and its weight files together.',
      { cause },
    )
  }
}
