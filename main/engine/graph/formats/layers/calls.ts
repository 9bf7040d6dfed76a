import { fail } from '../../../kit/index.ts'

/** One result of one use of a layer. */
export interface Source {
  layer: string
  /** Which use of the layer, from 0. */
  call: number
  /** Which of its results, from 0. */
  tensor: number
}

/** One use of a layer: what it was called with, where results of other layers stand as sources. */
export interface Call {
  args: unknown[]
  kwargs: Record<string, unknown>
}

type Fields = Record<string, unknown>

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Keras 2 writes a result as `["dense", 0, 0]`. */
export const isListed = (value: unknown): value is [string, number, number, ...unknown[]] =>
  Array.isArray(value) &&
  value.length >= 3 &&
  typeof value[0] === 'string' &&
  Number.isInteger(value[1]) &&
  Number.isInteger(value[2])

/** Whether a value of a call has become a source. */
export const isSource = (value: unknown): value is Source =>
  isFields(value) && typeof value.layer === 'string' && 'tensor' in value && 'call' in value

const toSource = ([layer, call, tensor]: readonly unknown[]): Source => ({
  layer: layer as string,
  call: call as number,
  tensor: tensor as number,
})

/** Every source in a list, in its order, however it is nested. Keras 2's lists are understood as well. */
export function sourcesIn(value: unknown): Source[] {
  if (isListed(value)) return [toSource(value)]
  if (isSource(value)) return [value]
  if (Array.isArray(value)) return value.flatMap(sourcesIn)
  return isFields(value) ? Object.values(value).flatMap(sourcesIn) : []
}

/**
 * The uses of a layer by its `inbound_nodes`: of Keras 3 `[{args, kwargs}, ...]` with `__keras_tensor__`, of Keras 2
 * `[[["dense", 0, 0, {}], ...], ...]` with the keywords of the call in the fourth place.
 * @throws Failure `unreadable-file`
 */
export function callsOf(described: Fields, name: string): Call[] {
  const nodes = described.inbound_nodes ?? []
  if (!Array.isArray(nodes)) throw unreadableInputs(name)
  return nodes.map(node => {
    if (isFields(node) && Array.isArray(node.args))
      return { args: node.args.map(withSources), kwargs: withSources(node.kwargs ?? {}) as Fields }
    const list = isListed(node) ? [node] : node
    if (!Array.isArray(list) || !list.every(isListed)) throw unreadableInputs(name)
    const sources = list.map(toSource)
    const keywords = list.find(item => isFields(item[3]) && Object.keys(item[3]).length > 0)?.[3]
    return {
      args: sources.length === 1 ? sources : [sources],
      kwargs: oldKeywords((keywords ?? {}) as Fields) as Fields,
    }
  })
}

const unreadableInputs = (name: string) =>
  fail(
    'unreadable-file',
    `The inputs of the layer "${name}" cannot be read.`,
    'Save the model again with Keras or TensorFlow.js.',
    { layer: name },
  )

/** Keras 3: results are objects, slices too; everything else is as it was. */
function withSources(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withSources)
  if (!isFields(value)) return value
  const { class_name, config } = value
  if (class_name === '__keras_tensor__' && isFields(config) && isListed(config.keras_history))
    return toSource(config.keras_history)
  if (class_name === '__tuple__' && Array.isArray(config)) return config.map(withSources)
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withSources(item)]))
}

/** Keras 2: `["_CONSTANT_VALUE", -1, 2.0]` is a plain value among the results. */
function oldKeywords(value: unknown): unknown {
  if (isListed(value)) return value[0] === '_CONSTANT_VALUE' ? value[2] : toSource(value)
  if (Array.isArray(value))
    return value[0] === '_CONSTANT_VALUE' && value.length >= 3 ? value[2] : value.map(oldKeywords)
  if (!isFields(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, oldKeywords(item)]))
}
