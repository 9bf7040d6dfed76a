import { fail } from '../../../kit/index.ts'

/** One layer of a model, in the order in which they run. */
export interface Layer {
  name: string
  /** Keras' class name: `Dense`. */
  kind: string
  /** Keras' options, in its snake case: `data_format`. */
  config: Record<string, unknown>
  /** Names of the layers whose output it takes. */
  sources: string[]
}

export interface Topology {
  layers: Layer[]
  outputs: string[]
}

interface Described {
  class_name?: unknown
  config?: unknown
  name?: unknown
  inbound_nodes?: unknown
}

type Fields = Record<string, unknown>

const unreadable = (message: string) =>
  fail('unreadable-file', message, 'Save the model again as a TensorFlow.js layers model.')

/**
 * Reads Keras' JSON (as TensorFlow.js writes it, or wrapped in `model_config` as the converter does): a Sequential
 * model, or a functional one whose layers are each used once.
 */
export function readTopology(json: unknown): Topology {
  if (json === null || typeof json !== 'object' || json instanceof ArrayBuffer)
    throw unreadable('The model has no description of its layers.')
  const wrapped = (json as { model_config?: unknown }).model_config
  const model = (typeof wrapped === 'object' && wrapped !== null ? wrapped : json) as Described
  const { config } = model
  const described = Array.isArray(config) ? config : (config as { layers?: unknown } | undefined)?.layers
  if (!Array.isArray(described) || described.length === 0) throw unreadable('The model has no layers.')
  if (model.class_name === 'Sequential') return sequential(described)
  if (model.class_name === 'Functional' || model.class_name === 'Model')
    return functional(described, (config as { output_layers?: unknown }).output_layers)
  throw fail(
    'unsupported-graph',
    `The model is of the kind "${String(model.class_name)}", which cannot be turned into a graph.`,
    'Build it as a Sequential or functional model.',
  )
}

function sequential(described: Described[]): Topology {
  const layers = described.map((item, i) => layerOf(item, i))
  const first = layers[0] as Layer
  if (first.kind !== 'InputLayer') {
    const { batch_input_shape } = first.config
    // As Keras does for a Sequential model that starts with a working layer.
    layers.unshift({
      name: `${first.name}_input`,
      kind: 'InputLayer',
      config: { batch_input_shape },
      sources: [],
    })
  }
  layers.forEach((layer, i) => {
    layer.sources = i === 0 ? [] : [(layers[i - 1] as Layer).name]
  })
  return { layers, outputs: [(layers.at(-1) as Layer).name] }
}

function functional(described: Described[], outputs: unknown): Topology {
  const layers = described.map((item, i) => ({ ...layerOf(item, i), sources: sourcesOf(item) }))
  return { layers: inOrder(layers), outputs: outputNames(outputs) }
}

/** `[["dense", 0, 0], ...]`, or `["dense", 0, 0]` where there is only one. */
function outputNames(outputs: unknown): string[] {
  const list = Array.isArray(outputs) && !Array.isArray(outputs[0]) ? [outputs] : outputs
  if (!Array.isArray(list) || list.length === 0) throw unreadable('The model does not name its outputs.')
  return list.map(output => String((output as unknown[])[0]))
}

/** `inbound_nodes: [[["dense", 0, 0, {}], ...]]`: one list for each time the layer is used. */
function sourcesOf(item: Described): string[] {
  const uses = item.inbound_nodes
  if (!Array.isArray(uses) || uses.length === 0) return []
  const name = String(item.name ?? (item.config as Fields | undefined)?.name)
  if (uses.length > 1)
    throw fail(
      'unsupported-graph',
      `The layer "${name}" is used ${uses.length} times.`,
      'Give each place a layer of its own.',
      { layer: name },
    )
  if (!Array.isArray(uses[0])) throw unreadable(`The inputs of the layer "${name}" cannot be read.`)
  return uses[0].map(source => String((source as unknown[])[0]))
}

function layerOf(item: Described, index: number): Layer {
  const config = item.config
  if (typeof item.class_name !== 'string' || typeof config !== 'object' || config === null)
    throw unreadable(`Layer ${index + 1} of the model cannot be read.`)
  const name = String((config as Fields).name ?? item.name ?? `layer_${index}`)
  return { name, kind: item.class_name, config: config as Fields, sources: [] }
}

/** Layers after those they take from; the file need not list them so. */
function inOrder(layers: Layer[]): Layer[] {
  const ordered: Layer[] = []
  const done = new Set<string>()
  for (let rest = layers; rest.length > 0; ) {
    const ready = rest.filter(layer => layer.sources.every(source => done.has(source)))
    if (ready.length === 0) throw unreadable(`The layer "${rest[0]?.name}" takes its input from nowhere.`)
    for (const layer of ready) done.add(layer.name)
    ordered.push(...ready)
    rest = rest.filter(layer => !done.has(layer.name))
  }
  return ordered
}
