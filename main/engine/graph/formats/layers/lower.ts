import { FailureError, fail } from '../../../kit/index.ts'
import type { Endpoint } from '../../graph.ts'
import { portName } from '../../graph.ts'
import type { GraphBuilder } from './builder.ts'
import { type Call, isSource, type Source, sourcesIn } from './calls.ts'
import { CALCULATIONS, LAYERS, passesMask } from './index.ts'
import type { Lowering } from './lowering.ts'
import { isPlace, type Place } from './place.ts'
import { wrappedBy } from './slots.ts'
import { type LayerDef, type ModelDef, unreadable } from './topology.ts'

/** Where a model stands among others: what its nodes are named after, what its layers are called. */
interface Around {
  scope: string
  path: string
}

const TOP: Around = { scope: '', path: '' }

/** Lowers a whole model; its inputs become placeholders. */
export function lowerModel(
  builder: GraphBuilder,
  model: ModelDef,
): { inputs: Endpoint[]; outputs: Endpoint[] } {
  const troubles: FailureError[] = []
  const made = lowerLayers(builder, model, TOP, undefined, troubles)
  const [first] = troubles
  if (first) throw troubles.length === 1 ? first : together(troubles)
  const endpoint = (place: Place, key?: string): Endpoint => ({
    name: portName(place),
    dtype: place.dtype,
    shape: place.shape,
    ...(key !== undefined && { key }),
  })
  return {
    inputs: model.inputs.map(source => endpoint(made.find(source))),
    outputs: model.outputs.map((source, i) => endpoint(made.find(source), model.outputKeys?.[i])),
  }
}

/** A model inside of another, on places of that one. */
export function lowerNested(
  builder: GraphBuilder,
  model: ModelDef,
  around: Around,
  inputs: Place[],
): Place[] {
  if (inputs.length !== model.inputs.length)
    throw builder.damaged(`takes ${model.inputs.length} inputs and is given ${inputs.length}`)
  const troubles: FailureError[] = []
  const made = lowerLayers(builder, model, around, inputs, troubles)
  if (troubles.length > 0) throw troubles.length === 1 ? (troubles[0] as FailureError) : together(troubles)
  return model.outputs.map(source => made.find(source))
}

interface Use {
  layer: LayerDef
  call: Call | undefined
  index: number
  sources: Source[]
}

const keyOf = ({ layer, call, tensor }: Source) => `${call}:${tensor}:${layer}`

function lowerLayers(
  builder: GraphBuilder,
  model: ModelDef,
  around: Around,
  given: Place[] | undefined,
  troubles: FailureError[],
) {
  const places = new Map<string, Place>()
  const find = (source: Source): Place => {
    const place = places.get(keyOf(source))
    if (!place) throw unreadable(`The model has no layer "${source.layer}" with that result.`)
    return place
  }
  model.inputs.forEach((source, i) => {
    const place = given?.[i]
    if (place) places.set(keyOf(source), place)
  })
  const named = (name: string) => (around.scope ? `${around.scope}/${name}` : name)
  for (const { name } of model.layers) builder.reserve(named(name))

  const failed = new Set<string>()
  for (const use of inOrder(model)) {
    const { layer, index, call } = use
    if (places.has(keyOf({ layer: layer.name, call: index, tensor: 0 })) && layer.kind === 'InputLayer')
      continue
    const path = around.path ? `${around.path}/${layer.name}` : layer.name
    const scope = index === 0 ? named(layer.name) : builder.reserve(named(layer.name))
    const outer = { args: [], kwargs: {} }
    builder.inside({ layer, name: scope, path, part: '', call: call ?? outer }, () => {
      try {
        // What stands behind a layer that failed is only asked whether it is known.
        if (use.sources.some(({ layer: before }) => failed.has(before))) {
          failed.add(layer.name)
          checkKind(builder, layer)
          return
        }
        if (layer.kind === 'InputLayer') {
          if (given) throw builder.damaged('is an input that the model does not list')
          places.set(keyOf({ layer: layer.name, call: 0, tensor: 0 }), builder.placeholder(layer, scope))
          return
        }
        const results = lowerUse(builder, layer, use, find)
        results.forEach((place, tensor) => {
          places.set(keyOf({ layer: layer.name, call: index, tensor }), place)
        })
      } catch (error) {
        // Options of another kind than Keras writes: a number where a list belongs.
        if (error instanceof TypeError || error instanceof RangeError)
          throw builder.damaged('has options that cannot be read', error)
        if (!(error instanceof FailureError) || error.failure.code !== 'unsupported-graph') throw error
        failed.add(layer.name)
        if (!troubles.some(({ failure }) => failure.message === error.failure.message)) troubles.push(error)
      }
    })
  }
  return { find }
}

function lowerUse(
  builder: GraphBuilder,
  layer: LayerDef,
  use: Use,
  find: (source: Source) => Place,
): Place[] {
  checkKind(builder, layer)
  const { scope } = builder
  // What it was called with, with places where results of other layers stood.
  const placed = (value: unknown): unknown =>
    isSource(value) ? find(value) : Array.isArray(value) ? value.map(placed) : value
  const call: Call = {
    args: (use.call?.args ?? []).map(placed),
    kwargs: Object.fromEntries(
      Object.entries(use.call?.kwargs ?? {}).map(([key, value]) => [key, placed(value)]),
    ),
  }
  // Called by keywords only: those are the inputs then, but what says which steps count.
  const { mask, ...keywords } = call.kwargs
  const positional = placesIn(call.args)
  const inputs = positional.length > 0 ? positional : placesIn(Object.values(keywords))
  const masks = Array.isArray(mask) ? mask : [mask]
  const masked = inputs.map((input, i) => (isPlace(masks[i]) ? { ...input, mask: masks[i] } : input))
  return builder.inside({ ...scope, call }, () => lowerLayer(builder, layer, masked))
}

const placesIn = (values: unknown[]): Place[] =>
  values.flatMap(value => (Array.isArray(value) ? placesIn(value) : isPlace(value) ? [value] : []))

/** Lowers one layer, or a model that stands in its place, on what it is given. */
export function lowerLayer(builder: GraphBuilder, layer: LayerDef, inputs: Place[]): Place[] {
  const { scope } = builder
  if (layer.model) return lowerNested(builder, layer.model, { scope: scope.name, path: scope.path }, inputs)
  const lowering = loweringOf(layer)
  if (!lowering) throw unknownKind(builder, layer)
  const made = lowering(builder, ...inputs)
  const results = Array.isArray(made) ? made : [made]
  const mask = inputs.length === 1 ? inputs[0]?.mask : undefined
  if (!mask || !passesMask(layer.kind)) return results
  return results.map(place => (place.mask ? place : { ...place, mask }))
}

/** `Add` is a layer and a calculation; which is meant the file tells better or worse. */
function loweringOf({ kind, calculation }: LayerDef): Lowering | undefined {
  const tables = calculation ? [CALCULATIONS, LAYERS] : [LAYERS, CALCULATIONS]
  return tables.find(table => Object.hasOwn(table, kind))?.[kind]
}

/** A layer that is not known, in itself or in what it wraps, is refused before anything of it is lowered. */
function checkKind(builder: GraphBuilder, layer: LayerDef): void {
  if (layer.kind === 'InputLayer') return
  if (layer.model) {
    const troubles: FailureError[] = []
    for (const inner of layer.model.layers) {
      const path = `${builder.scope.path}/${inner.name}`
      try {
        builder.inside({ ...builder.scope, layer: inner, path }, () => checkKind(builder, inner))
      } catch (error) {
        if (!(error instanceof FailureError)) throw error
        troubles.push(error)
      }
    }
    if (troubles.length > 0) throw troubles.length === 1 ? (troubles[0] as FailureError) : together(troubles)
    return
  }
  if (!loweringOf(layer)) throw unknownKind(builder, layer)
  // A cell is no layer by itself.
  if (layer.kind === 'RNN') return
  for (const { layer: inner } of wrappedBy(layer)) checkKind(builder, inner)
}

function unknownKind(builder: GraphBuilder, layer: LayerDef): FailureError {
  if (layer.kind === 'Lambda' || layer.kind === 'TFOpLambda')
    return builder.unsupported(
      `is a ${layer.kind} layer, code that the file does not hold as a graph`,
      'Put layers of Keras in its place, or export the model as a SavedModel, which holds its operations.',
    )
  return builder.unsupported(`is of the kind ${layer.kind}`)
}

/** Several layers that cannot be lowered, told at once. */
function together(troubles: FailureError[]): FailureError {
  const [first] = troubles
  const told = troubles.map(({ failure }) =>
    failure.message.replace(/^The layer /, '').replace(/, which cannot be turned into a graph\.$/, ''),
  )
  return fail(
    'unsupported-graph',
    `${troubles.length} layers cannot be turned into a graph: ${told.join('; ')}.`,
    'Export the model as a SavedModel, which holds its operations, or use other layers.',
    { layer: first?.failure.layer },
  )
}

/** Each use of each layer after those it takes from; the file need not list them so. */
function inOrder(model: ModelDef): Use[] {
  const layers = new Map(model.layers.map(layer => [layer.name, layer]))
  const uses = model.layers.flatMap((layer): Use[] =>
    layer.calls.length === 0
      ? [{ layer, call: undefined, index: 0, sources: [] }]
      : layer.calls.map((call, index) => ({
          layer,
          call,
          index,
          sources: [...sourcesIn(call.args), ...sourcesIn(call.kwargs)],
        })),
  )
  const id = (name: string, call: number) => `${call}:${name}`
  const readers = new Map<string, Use[]>()
  const waiting = new Map<Use, number>()
  for (const use of uses) {
    for (const { layer } of use.sources)
      if (!layers.has(layer))
        throw unreadable(`The layer "${use.layer.name}" takes from "${layer}", which is not there.`)
    const before = new Set(use.sources.map(({ layer, call }) => id(layer, call)))
    waiting.set(use, before.size)
    for (const name of before) {
      const list = readers.get(name)
      if (list) list.push(use)
      else readers.set(name, [use])
    }
  }
  const ordered: Use[] = []
  let ready = uses.filter(use => waiting.get(use) === 0)
  while (ready.length > 0) {
    ordered.push(...ready)
    const next = new Set<Use>()
    for (const { layer, index } of ready)
      for (const reader of readers.get(id(layer.name, index)) ?? []) {
        const left = (waiting.get(reader) as number) - 1
        waiting.set(reader, left)
        if (left === 0) next.add(reader)
      }
    ready = uses.length > 5000 ? [...next] : uses.filter(use => next.has(use))
  }
  const stuck = uses.find(use => (waiting.get(use) as number) > 0)
  if (stuck) throw unreadable(`The layer "${stuck.layer.name}" takes its input from nowhere.`)
  return ordered
}
