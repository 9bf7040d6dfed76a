import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fail } from '../../../kit/index.ts'
import type { Tensor } from '../../graph.ts'
import type { Format, OpenedModel, OpenOptions } from '../format.ts'
import { opened } from '../graphdef/format.ts'
import { headOf } from '../head.ts'
import { slotsOf } from '../layers/slots.ts'
import { readTopology } from '../layers/topology.ts'
import type { WeightStore } from '../layers/weightStore.ts'
import { lowerTopology } from '../layers.ts'
import { Archive, unreadable } from './archive.ts'
import { Hdf5 } from './hdf5.ts'
import { LegacyWeights } from './legacy.ts'
import { Stores } from './stores.ts'

const CONFIG = 'config.json'
const METADATA = 'metadata.json'
const WEIGHTS = 'model.weights.h5'

/** The description of the largest models there are is a few MB. */
const LARGEST_CONFIG = 2 ** 27

const HDF5 = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]
const ZIP = [0x50, 0x4b, 0x03, 0x04]

const startsWith = (head: Uint8Array, magic: number[]) => magic.every((byte, i) => head[i] === byte)

/** Models as Keras saves them: `.keras` of Keras 3 (and 2.12 on), a folder of the same, and `.h5` of before. */
export const keras: Format = {
  name: 'keras',
  title: 'Keras model',
  match(path, head) {
    if (head.length === 0 && statSync(path).isDirectory())
      return existsSync(join(path, CONFIG)) && existsSync(join(path, WEIGHTS))
    return (
      /\.(keras|h5|hdf5)$/i.test(path) || startsWith(head, HDF5) || (startsWith(head, ZIP) && isArchive(path))
    )
  },
  async open(path, options) {
    if (statSync(path).isDirectory()) return openFolder(path, options)
    return startsWith(headOf(path), ZIP) ? openArchive(path, options) : openLegacy(path, options)
  },
}

function isArchive(path: string): boolean {
  try {
    const archive = new Archive(path)
    archive.close()
    return archive.has(CONFIG) && archive.has(WEIGHTS)
  } catch {
    return false
  }
}

async function openArchive(path: string, options: OpenOptions): Promise<OpenedModel> {
  const archive = new Archive(path)
  let folder: string | undefined
  try {
    const config = parsed(await archive.text(CONFIG, LARGEST_CONFIG), CONFIG)
    const metadata = archive.has(METADATA) ? parsed(await archive.text(METADATA, 2 ** 20), METADATA) : {}
    if (!archive.has(WEIGHTS)) throw unreadable('The file describes a model and holds no weights.')
    folder = mkdtempSync(join(tmpdir(), 'edgewright-keras-'))
    const weights = join(folder, WEIGHTS)
    await archive.extract(WEIGHTS, weights, options.signal)
    return await fromStores(config, metadata, weights, statSync(path).size, options)
  } finally {
    archive.close()
    if (folder) rmSync(folder, { recursive: true, force: true })
  }
}

async function openFolder(path: string, options: OpenOptions): Promise<OpenedModel> {
  const [config, metadata, weights] = [CONFIG, METADATA, WEIGHTS].map(name => join(path, name)) as [
    string,
    string,
    string,
  ]
  const json = (file: string) => {
    if (statSync(file).size > LARGEST_CONFIG)
      throw unreadable(`"${basename(file)}" is larger than it can be.`)
    return parsed(readFileSync(file, 'utf8'), basename(file))
  }
  const bytes = statSync(config).size + statSync(weights).size
  return fromStores(json(config), existsSync(metadata) ? json(metadata) : {}, weights, bytes, options)
}

async function fromStores(
  config: unknown,
  metadata: unknown,
  weights: string,
  bytes: number,
  options: OpenOptions,
): Promise<OpenedModel> {
  const file = await Hdf5.open(weights)
  try {
    const version = (metadata as { keras_version?: unknown }).keras_version
    const trained = file.hasGroup('optimizer/vars') && file.names('optimizer/vars').length > 0
    return lowered(config, version, slots => new Stores(file, slots), bytes, trained, options)
  } finally {
    file.close()
  }
}

async function openLegacy(path: string, options: OpenOptions): Promise<OpenedModel> {
  const file = await Hdf5.open(path)
  try {
    const config = file.text('', 'model_config')
    if (config === undefined)
      throw fail(
        'unsupported-graph',
        `"${basename(path)}" holds weights and does not describe a model.`,
        'Open the file of the whole model, which Keras writes by model.save().',
      )
    if (config.length > LARGEST_CONFIG)
      throw unreadable('The description of the model is larger than it can be.')
    const version = file.text('', 'keras_version') ?? file.text('model_weights', 'keras_version')
    const trained = file.hasGroup('optimizer_weights')
    return lowered(
      parsed(config, 'model_config'),
      version,
      slots => new LegacyWeights(file, slots),
      statSync(path).size,
      trained,
      options,
    )
  } finally {
    file.close()
  }
}

function lowered(
  config: unknown,
  version: unknown,
  storeOf: (slots: ReturnType<typeof slotsOf>) => WeightStore,
  bytes: number,
  trained: boolean,
  options: OpenOptions,
): OpenedModel {
  options.signal?.throwIfAborted()
  const topology = readTopology(config)
  const store = storeOf(slotsOf(topology))
  const read = new Map<string, Tensor | undefined>()
  const find = (key: string) => {
    if (!read.has(key)) read.set(key, store.find(key))
    return read.get(key)
  }
  const old = /^[012]\./.test(String(version ?? '2.'))
  const { graph, notes } = lowerTopology(topology, { find }, old)
  const model = opened('keras', graph, bytes, options)
  const training = trained ? ['The state of the training in the file is left out.'] : []
  return { ...model, notes: [...model.notes, ...notes, ...training] }
}

function parsed(text: string, name: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw unreadable(`"${name}" in the file is no JSON, or it is cut off.`, cause)
  }
}
