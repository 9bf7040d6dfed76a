import { fail } from '../../../kit/index.ts'
import { type Call, callsOf, isFields, isSource, type Source, sourcesIn } from './calls.ts'

export type Fields = Record<string, unknown>

/** One layer of a model as its file describes it. */
export interface LayerDef {
  name: string
  /** Keras' class name: `Dense`. */
  kind: string
  /** Keras' options, in its snake case: `data_format`. */
  config: Fields
  /** Each time that the layer is used; in a Sequential model once, by what stands before it. */
  calls: Call[]
  /** Whether it is a calculation between layers (`x * 2`), which Keras 3 lists among them. */
  calculation: boolean
  /** What is inside, where the layer is a model by itself. */
  model?: ModelDef
}

/** A model: its layers and how they are joined. */
export interface ModelDef {
  name: string
  layers: LayerDef[]
  inputs: Source[]
  outputs: Source[]
  /** Names that a person gave the outputs, in the same order. */
  outputKeys?: string[]
}

/** More models inside of each other than this nobody builds. */
const DEEPEST = 32

export const unreadable = (message: string) =>
  fail('unreadable-file', message, 'Save the model again with Keras or TensorFlow.js.')

/**
 * Reads Keras' JSON, of Keras 2 and 3, as TensorFlow.js writes it too, or wrapped in `model_config` as its converter
 * does: a Sequential or a functional model, with models inside.
 * @throws Failure `unreadable-file`, `unsupported-graph` for a model that is written as a class of its own
 */
export function readTopology(json: unknown): ModelDef {
  if (!isFields(json) || json instanceof ArrayBuffer)
    throw unreadable('The model has no description of its layers.')
  const wrapped = json.model_config
  return modelOf(isFields(wrapped) ? wrapped : json, 0)
}

function modelOf(described: Fields, depth: number): ModelDef {
  if (depth > DEEPEST) throw unreadable(`More than ${DEEPEST} models lie inside of each other.`)
  const { class_name, config } = described
  const layers = Array.isArray(config) ? config : isFields(config) ? config.layers : undefined
  if (typeof class_name !== 'string') throw unreadable('The model has no layers.')
  const name = String((isFields(config) && config.name) || 'model')
  if (class_name === 'Sequential') return sequential(name, listed(layers), config, depth)
  const joined = isFields(config) && 'input_layers' in config && 'output_layers' in config
  if (class_name === 'Functional' || class_name === 'Model' || joined)
    return functional(name, listed(layers), config as Fields, depth)
  throw fail(
    'unsupported-graph',
    `The model is of the kind "${String(class_name)}", whose layers its file does not describe.`,
    'Export it as a SavedModel, which holds its operations, or build it as a Sequential or functional model.',
  )
}

function listed(layers: unknown): Fields[] {
  if (!Array.isArray(layers) || layers.length === 0) throw unreadable('The model has no layers.')
  layers.forEach((layer, i) => {
    if (!isFields(layer) || typeof layer.class_name !== 'string' || !isFields(configOf(layer)))
      throw unreadable(`Layer ${i + 1} of the model cannot be read.`)
  })
  return layers as Fields[]
}

/** Keras 2 wrote the layers of an old Sequential model as the whole of its options. */
const configOf = (layer: Fields) => (Array.isArray(layer.config) ? { layers: layer.config } : layer.config)

/** A layer by its class and options, as it is listed or wrapped by another layer. */
export function layerOf(described: Fields, depth: number, otherwise = 'layer'): LayerDef {
  const config = configOf(described) as Fields
  const kind = String(described.class_name)
  const isModel =
    kind === 'Sequential' ||
    kind === 'Functional' ||
    kind === 'Model' ||
    (Array.isArray(config.layers) && 'output_layers' in config)
  return {
    name: String(config.name ?? described.name ?? otherwise),
    kind,
    config,
    calls: [],
    calculation: isCalculation(described, config),
    ...(isModel && { model: modelOf(described, depth + 1) }),
  }
}

/** Keras 3 does not say the module in `.h5` files; but there every layer says whether it is trainable. */
function isCalculation({ module, inbound_nodes: nodes }: Fields, config: Fields): boolean {
  if (typeof module === 'string') return /^keras\.(src\.)?ops/.test(module)
  const isNew = Array.isArray(nodes) && isFields(nodes[0])
  return isNew && !('trainable' in config) && !('layers' in config)
}

function sequential(name: string, described: Fields[], config: unknown, depth: number): ModelDef {
  const layers = described.map((item, i) => layerOf(item, depth, `layer_${i}`))
  const first = layers[0] as LayerDef
  if (first.kind !== 'InputLayer') {
    const inner = first.model && inputShape(first.model)
    const shape =
      first.config.batch_input_shape ??
      first.config.batch_shape ??
      inner ??
      (isFields(config) ? config.build_input_shape : undefined)
    // As Keras does for a Sequential model that starts with a working layer.
    layers.unshift({
      name: `${first.name}_input`,
      kind: 'InputLayer',
      config: {
        batch_input_shape: shape,
        dtype: first.kind === 'Embedding' ? 'float32' : first.config.dtype,
      },
      calls: [],
      calculation: false,
    })
  }
  distinct(layers)
  const source = (layer: LayerDef): Source => ({ layer: layer.name, call: 0, tensor: 0 })
  layers.forEach((layer, i) => {
    layer.calls = i === 0 ? [] : [{ args: [source(layers[i - 1] as LayerDef)], kwargs: {} }]
  })
  return {
    name,
    layers,
    inputs: [source(layers[0] as LayerDef)],
    outputs: [source(layers.at(-1) as LayerDef)],
  }
}

function inputShape(model: ModelDef): unknown {
  const first = model.layers.find(layer => layer.name === model.inputs[0]?.layer)
  return first?.config.batch_input_shape ?? first?.config.batch_shape
}

function functional(name: string, described: Fields[], config: Fields, depth: number): ModelDef {
  const layers = described.map((item, i) => {
    const layer = layerOf(item, depth, `layer_${i}`)
    // The name by which the others call it, which may differ from its own in a model that was renamed.
    if (typeof item.name === 'string') layer.name = item.name
    layer.calls = callsOf(item, layer.name)
    return layer
  })
  distinct(layers)
  const outputs = sourcesIn(config.output_layers)
  countFromFirstUse(layers, outputs, described)
  if (outputs.length === 0) throw unreadable('The model does not name its outputs.')
  const keys =
    isFields(config.output_layers) && !isSource(config.output_layers)
      ? Object.keys(config.output_layers)
      : undefined
  const given = sourcesIn(config.input_layers)
  const inputs = given.length
    ? given
    : layers
        .filter(layer => layer.kind === 'InputLayer')
        .map(layer => ({ layer: layer.name, call: 0, tensor: 0 }))
  return { name, layers, inputs, outputs, ...(keys?.length === outputs.length && { outputKeys: keys }) }
}

/**
 * Models inside a model had a first use of their own, from when they were made, which is not in the file. Keras 2 counts
 * it everywhere, Keras 3 for the outputs of functional ones only. Each use that is listed is read by somebody.
 */
function countFromFirstUse(layers: LayerDef[], outputs: Source[], described: Fields[]): void {
  const isNew = described.some(({ inbound_nodes: nodes }) => Array.isArray(nodes) && isFields(nodes[0]))
  const read = Map.groupBy(
    [
      ...layers.flatMap(({ calls }) => sourcesIn(calls.map(({ args, kwargs }) => [args, kwargs]))),
      ...outputs,
    ],
    source => source.layer,
  )
  for (const layer of layers) {
    if (!layer.model) continue
    const counted = isNew
      ? layer.kind === 'Sequential'
        ? []
        : outputs.filter(source => source.layer === layer.name)
      : (read.get(layer.name) ?? [])
    if (counted.length === 0 || counted.some(({ call }) => call < 1)) continue
    for (const source of new Set(counted)) source.call--
  }
}

function distinct(layers: LayerDef[]): void {
  const names = new Set<string>()
  for (const { name } of layers) {
    if (names.has(name)) throw unreadable(`Two layers of the model are called "${name}".`)
    names.add(name)
  }
}
