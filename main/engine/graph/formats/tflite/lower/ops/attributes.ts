import { attrOf, type GraphNode, type TensorData } from '../../../../graph.ts'
import { textsIn } from '../../../../lists.ts'
import { transpose } from '../../../../transpose.ts'
import type { Builder } from '../builder.ts'
import type { Value } from '../draft.ts'
import { Refusal } from '../refusal.ts'

export const text = (node: GraphNode, name: string, otherwise = ''): string =>
  attrOf(node, name, 'string') ?? otherwise

export const flag = (node: GraphNode, name: string, otherwise = false): boolean =>
  attrOf(node, name, 'bool') ?? otherwise

export const int = (node: GraphNode, name: string, otherwise = 0): number =>
  attrOf(node, name, 'int') ?? otherwise

export const float = (node: GraphNode, name: string, otherwise = 0): number =>
  attrOf(node, name, 'float') ?? otherwise

/** The fused operations of `_FusedConv2D` and its like, by name. */
export const fusedOps = (node: GraphNode): string[] => textsIn(node.attrs.fused_ops)

export const isChannelsFirst = (node: GraphNode): boolean => /^NC/.test(text(node, 'data_format', 'NHWC'))

/** The two (three) numbers of a window out of a list with one for each axis. */
export function spatial(node: GraphNode, name: string, rank = 4): number[] {
  const all = attrOf(node, name, 'ints') ?? new Array<number>(rank).fill(1)
  const inner = isChannelsFirst(node) ? all.slice(2) : all.slice(1, -1)
  const outer = isChannelsFirst(node) ? all.slice(0, 2) : [all[0], all.at(-1)]
  if (outer.some(size => size !== 1)) throw new Refusal(`its ${name} go over the batch or the channels`)
  return inner
}

/** `axes` with those counted from the end made plain. */
export const plainAxes = (axes: number[], rank: number): number[] =>
  axes.map(axis => (axis < 0 ? axis + rank : axis))

const permuted = <T>(list: T[], order: number[]): T[] => order.map(axis => list[axis] as T)

const moved = new WeakMap<TensorData, Map<string, TensorData>>()

/** The elements of a tensor with its axes in another order; the same array for the same question. */
export function transposed(data: TensorData, shape: number[], order: number[]): TensorData {
  const key = `${shape}/${order}`
  const made = moved.get(data)?.get(key)
  if (made) return made
  const to = new (data.constructor as Float32ArrayConstructor)(data.length)
  transpose(data, shape, order, to)
  if (!moved.has(data)) moved.set(data, new Map())
  moved.get(data)?.set(key, to)
  return to
}

/** A value with its axes in another order: moved here where it is constant, else by a TRANSPOSE. */
export function reordered(
  builder: Builder,
  node: GraphNode,
  value: Value,
  order: number[],
  word = 'transpose',
): Value {
  const shape = permuted(value.shape, order)
  if (value.data) {
    const made = builder.make(node, word, value.type, shape, transposed(value.data, value.shape, order))
    made.range = value.range
    return made
  }
  const signature = value.signature && permuted(value.signature, order)
  return builder.step(
    node,
    'TRANSPOSE',
    [value, builder.int32(node, 'perm', order)],
    {},
    { shape, signature },
  )
}

/** A constant with another shape over the same elements. */
export const reshapedConstant = (builder: Builder, value: Value, shape: number[]): Value =>
  builder.draft.value({ ...value, shape })

/** What turns channels-first into channels-last for a tensor of this rank, and back. */
const toLast = (rank: number): number[] => [0, ...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1]
const toFirst = (rank: number): number[] => [
  0,
  rank - 1,
  ...Array.from({ length: rank - 2 }, (_, i) => i + 1),
]

/** Runs a lowering for channels-last images on a node of either layout. */
export function inChannelsLast(
  builder: Builder,
  node: GraphNode,
  image: Value,
  lower: (image: Value, result: Value) => void,
): void {
  const result = builder.result(node)
  if (!isChannelsFirst(node)) {
    lower(image, result)
    return
  }
  const rank = result.shape.length
  const inner = builder.draft.value({
    ...result,
    name: `${result.name}/channels_last`,
    shape: permuted(result.shape, toLast(rank)),
    signature: result.signature && permuted(result.signature, toLast(rank)),
  })
  lower(reordered(builder, node, image, toLast(image.shape.length)), inner)
  builder.emit(node, 'TRANSPOSE', [inner, builder.int32(node, 'perm', toFirst(rank))], {}, [result])
}
