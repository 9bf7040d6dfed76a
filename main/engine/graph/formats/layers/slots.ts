import { isFields } from './calls.ts'
import { type Fields, type LayerDef, layerOf, type ModelDef } from './topology.ts'

/** A weight that a model has, by its description alone. */
export interface Slot {
  /** What the graph calls it: layers, parts, weight (`bi/forward_layer/cell/kernel`). */
  key: string
  /** Names that a file may put before the weight's, outermost first: `['inner', 'dense']`. */
  names: string[]
  /** What the weight is called. */
  weight: string
  /** In Keras 3's own files: steps from the model to the store, and the place in it. */
  store: Step[]
  index: number
  trainable: boolean
}

/** A step towards a store of Keras 3: a layer among the layers of a model, or a part of a layer. */
export type Step = { layer: string; kind: string; among: ModelDef } | { part: string }

const bias = (config: Fields) => (config.use_bias === false ? [] : ['bias'])
const kernel = (config: Fields) => ['kernel', ...bias(config)]
const depthwise = (config: Fields) => ['depthwise_kernel', ...bias(config)]
const separable = (config: Fields) => ['depthwise_kernel', 'pointwise_kernel', ...bias(config)]
const scaled = (config: Fields) => [
  ...(config.scale === false ? [] : ['gamma']),
  ...(config.center === false ? [] : ['beta']),
]
const cell = (config: Fields) => [
  'cell/kernel',
  'cell/recurrent_kernel',
  ...bias(config).map(b => `cell/${b}`),
]
const alone = (config: Fields) => ['kernel', 'recurrent_kernel', ...bias(config)]
const attention = (config: Fields) =>
  ['query', 'key', 'value', 'output'].flatMap(part => kernel(config).map(weight => `${part}_dense/${weight}`))

/** The weights of each kind of layer in the order in which Keras makes them; those it was built without are left out. */
const WEIGHTS: Record<string, (config: Fields) => string[]> = {
  AdditiveAttention: config => (config.use_scale === false ? [] : ['scale']),
  Attention: config => [
    ...(config.use_scale ? ['scale'] : []),
    ...(config.score_mode === 'concat' ? ['concat_score_weight'] : []),
  ],
  BatchNormalization: config => [...scaled(config), 'moving_mean', 'moving_variance'],
  Conv1D: kernel,
  Conv1DTranspose: kernel,
  Conv2D: kernel,
  Conv2DTranspose: kernel,
  Conv3D: kernel,
  Conv3DTranspose: kernel,
  Dense: kernel,
  DepthwiseConv1D: depthwise,
  DepthwiseConv2D: depthwise,
  'Edgewright>EmbeddingBag': () => ['embeddings'],
  EinsumDense: config => ['kernel', ...(config.bias_axes ? ['bias'] : [])],
  Embedding: () => ['embeddings'],
  GRU: cell,
  GRUCell: alone,
  GroupNormalization: scaled,
  LSTM: cell,
  LSTMCell: alone,
  LayerNormalization: config => (config.rms_scaling ? ['gamma'] : scaled(config)),
  MultiHeadAttention: attention,
  Normalization: config => (config.mean || config.input_mean ? [] : ['mean', 'variance', 'count']),
  PReLU: () => ['alpha'],
  RMSNormalization: () => ['scale'],
  SeparableConv1D: separable,
  SeparableConv2D: separable,
  SimpleRNN: cell,
  SimpleRNNCell: alone,
}

/** Weights that no training changes: Keras 2 lists them after the others of a model. */
const FIXED = new Set(['moving_mean', 'moving_variance', 'mean', 'variance', 'count'])

/** Layers that are wrapped by another, by the attribute under which Keras keeps them. */
export function wrappedBy({ kind, name, config }: LayerDef): { part: string; layer: LayerDef }[] {
  const inner = (value: unknown, otherwise: string) =>
    isFields(value) && typeof value.class_name === 'string' && isFields(value.config)
      ? layerOf(value, 1, otherwise)
      : undefined
  if (kind === 'Bidirectional') {
    const forward = inner(config.layer, 'layer')
    if (!forward) return []
    const given = inner(config.backward_layer, 'layer')
    const backward = given ?? {
      ...forward,
      config: { ...forward.config, go_backwards: forward.config.go_backwards !== true },
    }
    const base = forward.name.replace(/^forward_/, '')
    return [
      { part: 'forward_layer', layer: { ...forward, name: `forward_${base}` } },
      { part: 'backward_layer', layer: { ...backward, name: given ? given.name : `backward_${base}` } },
    ]
  }
  if (kind === 'TimeDistributed') {
    const layer = inner(config.layer, `${name}_layer`)
    return layer ? [{ part: 'layer', layer }] : []
  }
  if (kind === 'RNN') {
    const layer = inner(config.cell, `${name}_cell`)
    return layer ? [{ part: 'cell', layer }] : []
  }
  return []
}

/** Every weight of a model, layer by layer in the order of the file; those of a shared layer once. */
export const slotsOf = (model: ModelDef): Slot[] => ofModel(model, '', [], [], true)

function ofModel(
  model: ModelDef,
  prefix: string,
  names: string[],
  store: Step[],
  trainable: boolean,
): Slot[] {
  return model.layers.flatMap(layer => {
    const step = { layer: layer.name, kind: layer.kind, among: model }
    const key = prefix ? `${prefix}/${layer.name}` : layer.name
    return ofLayer(layer, { key, names: [...names, layer.name], store: [...store, step], trainable })
  })
}

function ofLayer(
  layer: LayerDef,
  at: { key: string; names: string[]; store: Step[]; trainable: boolean },
  parts: string[] = [],
): Slot[] {
  const trainable = at.trainable && layer.config.trainable !== false
  if (layer.model) return ofModel(layer.model, at.key, at.names, at.store, trainable)
  const wrapped = wrappedBy(layer).flatMap(({ part, layer: inner }) =>
    ofLayer(inner, { ...at, trainable, names: [...at.names, inner.name], store: [...at.store, { part }] }, [
      ...parts,
      part,
    ]),
  )
  const own = Object.hasOwn(WEIGHTS, layer.kind) ? (WEIGHTS[layer.kind]?.(layer.config) ?? []) : []
  const counts = new Map<string, number>()
  return [
    ...wrapped,
    ...own.map((path): Slot => {
      const steps = path.split('/')
      const weight = steps.pop() as string
      const where = steps.join('/')
      const index = counts.get(where) ?? 0
      counts.set(where, index + 1)
      return {
        key: [at.key, ...parts, path].join('/'),
        names: at.names,
        weight,
        store: [...at.store, ...steps.map(part => ({ part }))],
        index,
        trainable: trainable && !FIXED.has(weight),
      }
    }),
  ]
}
