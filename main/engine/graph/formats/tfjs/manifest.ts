import { existsSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fail } from '../../../kit/index.ts'
import { headOf } from '../head.ts'

export interface WeightSpec {
  name: string
  shape: number[]
  dtype: string
  quantization?: { dtype?: unknown; scale?: unknown; min?: unknown; original_dtype?: unknown }
}

/** A `model.json` of TensorFlow.js, as far as it is read. */
export interface ModelJson {
  format?: unknown
  modelTopology?: unknown
  weightsManifest?: { paths: string[]; weights: WeightSpec[] }[]
  signature?: unknown
  userDefinedMetadata?: unknown
  modelInitializer?: unknown
}

const LARGEST = 2 ** 28

export const unreadable = (message: string, cause?: unknown) =>
  fail('unreadable-file', message, 'Save or convert the model again; its files belong together.', { cause })

/** The `model.json` that a person means by a folder or a file. */
export const jsonOf = (path: string): string => (/\.json$/i.test(path) ? path : join(path, 'model.json'))

/**
 * Reads `model.json` and checks its list of weights.
 * @throws Failure `unreadable-file`
 */
export function readModelJson(path: string): ModelJson {
  const file = jsonOf(path)
  if (statSync(file).size > LARGEST) throw unreadable(`${basename(file)} is larger than 256 MiB.`)
  let json: unknown
  try {
    json = JSON.parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).syscall) throw cause
    throw unreadable(`${basename(file)} is no JSON, or it is cut off.`, cause)
  }
  if (!isObject(json) || !isObject(json.modelTopology))
    throw unreadable(`${basename(file)} does not describe a model.`)
  const manifest = json.weightsManifest ?? []
  if (!Array.isArray(manifest) || !manifest.every(isGroup))
    throw unreadable(`The list of weights in ${basename(file)} cannot be read.`)
  return { ...json, weightsManifest: manifest }
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isGroup = (group: unknown): boolean =>
  isObject(group) &&
  Array.isArray(group.paths) &&
  group.paths.every(path => typeof path === 'string') &&
  Array.isArray(group.weights) &&
  group.weights.every(isSpec)

const isSpec = (spec: unknown): boolean =>
  isObject(spec) &&
  typeof spec.name === 'string' &&
  typeof spec.dtype === 'string' &&
  Array.isArray(spec.shape) &&
  spec.shape.every(size => Number.isSafeInteger(size) && size >= 0) &&
  (spec.quantization === undefined || isObject(spec.quantization))

/** The files of a group, which lie beside `model.json` and nowhere else. */
export function shardsOf(path: string, paths: string[]): string[] {
  const folder = dirname(jsonOf(path))
  return paths.map(name => {
    const inside = !/^([\\/]|[A-Za-z]:)/.test(name) && !name.split(/[\\/]/).includes('..')
    if (!inside) throw unreadable(`The weights are said to lie in "${name}", outside of the model's folder.`)
    const shard = join(folder, name)
    if (!statSync(shard, { throwIfNoEntry: false })?.isFile())
      throw unreadable(`The file "${name}" with weights of the model is not there.`)
    return shard
  })
}

/** Which of its two formats a `model.json` is of, by its first words or, if need be, by all of it. */
export function kindOf(path: string, head: Uint8Array): 'graph' | 'layers' | undefined {
  const file = jsonOf(path)
  if (file !== path && !existsSync(file)) return undefined
  const text = head.length > 0 ? new TextDecoder().decode(head) : readStart(file)
  if (!/^\s*\{/.test(text)) return undefined
  const told = /"format"\s*:\s*"(graph|layers)-model"/.exec(text)?.[1]
  if (told) return told as 'graph' | 'layers'
  try {
    const { format, modelTopology } = readModelJson(path)
    if (format === 'graph-model' || format === 'layers-model')
      return format === 'graph-model' ? 'graph' : 'layers'
    return isObject(modelTopology) && Array.isArray(modelTopology.node) ? 'graph' : 'layers'
  } catch {
    return undefined
  }
}

const readStart = (file: string): string => new TextDecoder().decode(headOf(file))
