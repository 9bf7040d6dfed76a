import { type GraphNode, sizeOf } from '../../../../graph.ts'
import type { Builder, Lowering } from '../builder.ts'
import type { Value } from '../draft.ts'
import { Refusal } from '../refusal.ts'
import { reordered, reshapedConstant, text } from './attributes.ts'
import { connect } from './dense.ts'

/** A value with a letter for each of its axes. */
interface Labeled {
  value: Value
  labels: string[]
}

/** `...` stands for the leading axes that have no letter; they get capitals from the end of the alphabet. */
function spread(part: string, rank: number): string[] {
  const [before = '', after] = part.split('...')
  if (after === undefined) return [...part]
  const count = rank - before.length - after.length
  return [...before, ...Array.from({ length: count }, (_, i) => `…${count - i}`), ...after]
}

function parse(node: GraphNode, operands: Value[]): { operands: Labeled[]; result: string[] } {
  const [left = '', right] = text(node, 'equation').replaceAll(' ', '').split('->')
  const parts = left.split(',')
  if (right === undefined || parts.length !== operands.length)
    throw new Refusal('its equation is not explicit')
  const labeled = operands.map((value, i) => ({
    value,
    labels: spread(parts[i] as string, value.shape.length),
  }))
  for (const { labels, value } of labeled)
    if (new Set(labels).size !== labels.length || labels.length !== value.shape.length)
      throw new Refusal('its equation takes a diagonal')
  const open = [...new Set(labeled.flatMap(({ labels }) => labels))]
    .filter(label => label.startsWith('…'))
    .sort()
    .reverse()
  const [before = '', after] = right.split('...')
  return { operands: labeled, result: after === undefined ? [...right] : [...before, ...open, ...after] }
}

/** Axes that nobody else has are summed. */
function reduced(builder: Builder, node: GraphNode, { value, labels }: Labeled, needed: string[]): Labeled {
  const axes = labels.flatMap((label, axis) => (needed.includes(label) ? [] : [axis]))
  if (axes.length === 0) return { value, labels }
  const keep = <T>(list: T[]) => list.filter((_, axis) => !axes.includes(axis))
  const like = { shape: keep(value.shape), signature: value.signature && keep(value.signature) }
  const sum = builder.step(
    node,
    'SUM',
    [value, builder.int32(node, 'axes', axes)],
    { keep_dims: false },
    like,
  )
  return { value: sum, labels: keep(labels) }
}

const ordered = (builder: Builder, node: GraphNode, { value, labels }: Labeled, wanted: string[]): Value => {
  const order = wanted.map(label => labels.indexOf(label))
  return order.every((axis, i) => axis === i) ? value : reordered(builder, node, value, order)
}

const open = (value: Value): number[] => value.signature ?? value.shape

/** Several axes as one; the same value where they are one already. */
function joined(builder: Builder, node: GraphNode, value: Value, groups: number[]): Value {
  if (groups.every(count => count === 1)) return value
  const join = (sizes: number[]) => {
    let axis = 0
    return groups.map(count => {
      const group = sizes.slice(axis, axis + count)
      axis += count
      return group.includes(-1) ? -1 : sizeOf(group)
    })
  }
  const shape = join(value.shape)
  if (value.data) return reshapedConstant(builder, value, shape)
  return builder.reshaped(node, value, shape, value.signature && join(value.signature))
}

/** Puts a computed tensor whose axes are `labels`, joined or not, into the result's order of axes. */
function deliver(
  builder: Builder,
  node: GraphNode,
  labels: string[],
  wanted: string[],
  sizes: Map<string, [number, number]>,
  shape: number[],
  signature: number[],
  compute: (to: Value) => void,
): void {
  const result = builder.result(node)
  const full = labels.map(label => (sizes.get(label) as [number, number])[0])
  const fullOpen = labels.map(label => (sizes.get(label) as [number, number])[1])
  const order = wanted.map(label => labels.indexOf(label))
  const inOrder = order.every((axis, i) => axis === i)
  const isFull = shape.length === full.length
  if (inOrder && isFull) {
    compute(result)
    return
  }
  const made = builder.draft.value({
    ...result,
    name: `${result.name}/product`,
    shape,
    signature: signature.includes(-1) ? signature : undefined,
  })
  compute(made)
  if (inOrder) {
    const to = builder.target(node, result.shape, result.signature)
    builder.emit(node, 'RESHAPE', [made, to.input], { new_shape: to.sizes })
    return
  }
  const whole = isFull
    ? made
    : builder.reshaped(node, made, full, fullOpen.includes(-1) ? fullOpen : undefined)
  builder.emit(node, 'TRANSPOSE', [whole, builder.int32(node, 'perm', order)])
}

/** `einsum` of two tensors is a matrix product between transpositions; of one, a sum and a transposition. */
const einsum: Lowering = (builder, node) => {
  const { operands, result } = parse(node, builder.inputs(node))
  if (operands.length > 2) throw new Refusal('it takes more than two tensors')
  const sizes = new Map<string, [number, number]>()
  for (const { value, labels } of operands)
    labels.forEach((label, axis) => {
      const before = sizes.get(label)
      const size = value.shape[axis] as number
      if (!before || before[0] === 1) sizes.set(label, [size, open(value)[axis] as number])
      else if (size !== before[0] && size !== 1) throw new Refusal('its sizes do not fit')
    })
  if (operands.length === 1) {
    const [only] = operands as [Labeled]
    const left = reduced(builder, node, only, result)
    const order = result.map(label => left.labels.indexOf(label))
    if (order.every((axis, i) => axis === i)) builder.alias(node, left.value)
    else builder.emit(node, 'TRANSPOSE', [left.value, builder.int32(node, 'perm', order)])
    return
  }
  const [first, second] = operands as [Labeled, Labeled]
  product(builder, node, first, second, result, sizes)
}

function product(
  builder: Builder,
  node: GraphNode,
  first: Labeled,
  second: Labeled,
  wanted: string[],
  sizes: Map<string, [number, number]>,
): void {
  // A constant is the weights, and weights come second.
  const [p, q] = first.value.data && !second.value.data ? [second, first] : [first, second]
  const a = reduced(builder, node, p, [...wanted, ...q.labels])
  const b = reduced(builder, node, q, [...wanted, ...p.labels])
  const shared = a.labels.filter(label => b.labels.includes(label))
  const batch = shared.filter(label => wanted.includes(label))
  const summed = shared.filter(label => !wanted.includes(label))
  const rows = a.labels.filter(label => !shared.includes(label))
  const columns = b.labels.filter(label => !shared.includes(label))
  const size = (labels: string[]) => sizeOf(labels.map(label => (sizes.get(label) as [number, number])[0]))
  const free = (labels: string[]) => {
    const list = labels.map(label => (sizes.get(label) as [number, number])[1])
    return list.includes(-1) ? -1 : sizeOf(list)
  }
  if (batch.length === 0 && b.value.data && summed.length > 0) {
    const x = ordered(builder, node, a, [...rows, ...summed])
    const flat = joined(builder, node, x, [...rows.map(() => 1), summed.length])
    const turned = ordered(builder, node, b, [...columns, ...summed])
    const weights = reshapedConstant(builder, turned, [size(columns), size(summed)])
    const shape = [...flat.shape.slice(0, -1), size(columns)]
    const signature = [...open(flat).slice(0, -1), size(columns)]
    deliver(builder, node, [...rows, ...columns], wanted, sizes, shape, signature, to =>
      connect(builder, node, flat, weights, true, to),
    )
    return
  }
  const groups = (...parts: string[][]) => parts.map(part => part.length)
  const ones = batch.map(() => 1)
  const x = ordered(builder, node, a, [...batch, ...rows, ...summed])
  const y = ordered(builder, node, b, [...batch, ...summed, ...columns])
  const left = joined(builder, node, x, [...ones, ...groups(rows, summed)])
  const right = joined(builder, node, y, [...ones, ...groups(summed, columns)])
  const shape = [...batch.map(label => size([label])), size(rows), size(columns)]
  const signature = [...batch.map(label => free([label])), free(rows), free(columns)]
  deliver(builder, node, [...batch, ...rows, ...columns], wanted, sizes, shape, signature, to => {
    builder.emit(node, 'BATCH_MATMUL', [left, right], { adj_x: false, adj_y: false }, [to])
  })
}

export const EINSUM: Record<string, Lowering> = { Einsum: einsum }
