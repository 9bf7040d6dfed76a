import type { Shape } from '../graph.ts'
import type { Call, Elements, Known, Rule } from './rule.ts'
import { asShape, axisOf, count, plus, rankBy, rankOnly, shapeBy, times } from './shapes.ts'

/** The shape that a tensor of sizes asks for, with the one size left open (or not known) taken from what must fit. */
function reshaped(call: Call): Shape {
  const from = call.input(0).shape
  const wanted = shapeBy(call.input(1))
  if (!from || !wanted) return wanted
  const open = wanted.flatMap((size, axis) => (size < 0 ? [axis] : []))
  if (open.length !== 1) return wanted
  const rest = wanted.reduce((product, size) => (size < 0 ? product : product * size), 1)
  const size = count(from)
  if (size !== undefined) {
    const left = size / rest
    return rest > 0 && Number.isSafeInteger(left) ? wanted.with(open[0] as number, left) : wanted
  }
  return wanted
}

const squeeze: Rule = call => {
  const { dtype, shape, elements } = call.input(0)
  const listed = call.ints('squeeze_dims') ?? call.ints('axis')
  if (!shape) return { dtype, shape: undefined }
  if (!listed) {
    // An open size may be 1 or not.
    if (shape.some(size => size < 0)) return { dtype, shape: undefined }
    return { dtype, shape: shape.filter(size => size !== 1), elements }
  }
  const axes = new Set(listed.map(axis => axisOf(axis, shape.length)))
  return { dtype, shape: shape.filter((_, axis) => !axes.has(axis)), elements }
}

const expand: Rule = call => {
  const { dtype, shape, elements } = call.input(0)
  if (!shape) return { dtype, shape: undefined }
  const axis = axisOf(call.scalar(1), shape.length + 1)
  if (axis === undefined) return { dtype, shape: rankOnly(shape.length + 1) }
  return { dtype, shape: shape.toSpliced(axis, 0, 1), elements }
}

const transpose: Rule = call => {
  const { dtype, shape, elements } = call.input(0)
  const order = call.whole(1)
  const rank = shape?.length ?? rankBy(call.input(1))
  if (!order || !shape)
    return {
      dtype,
      shape:
        rank === undefined || rank < 0 ? undefined : rank < 2 ? (shape ?? rankOnly(rank)) : rankOnly(rank),
    }
  if (order.length !== shape.length) return { dtype, shape: undefined }
  return {
    dtype,
    shape: order.map(axis => shape[axisOf(axis, shape.length) ?? -1] ?? -1),
    elements: shape.length < 2 ? elements : undefined,
  }
}

const pad: Rule = call => {
  const { dtype, shape } = call.input(0)
  const amounts = call.input(1)
  const rank =
    shape?.length ??
    (amounts.shape?.[0] === undefined ? undefined : rankBy({ ...amounts, shape: [amounts.shape[0]] }))
  if (rank === undefined || rank < 0) return { dtype, shape: undefined }
  const known = amounts.elements?.length === 2 * rank ? amounts.elements : undefined
  if (!shape || !known) return { dtype, shape: rankOnly(rank) }
  return {
    dtype,
    shape: shape.map((size, axis) => plus(size, plus(known[2 * axis] ?? -1, known[2 * axis + 1] ?? -1))),
  }
}

const tile: Rule = call => {
  const { dtype, shape } = call.input(0)
  const rank = shape?.length ?? rankBy(call.input(1))
  if (rank === undefined || rank < 0) return { dtype, shape: undefined }
  const multiples = asShape(call.input(1).elements) ?? rankOnly(rank)
  if (!shape || multiples.length !== rank) return { dtype, shape: rankOnly(rank) }
  return { dtype, shape: shape.map((size, axis) => times(size, multiples[axis] as number)) }
}

/** Blocks of rows and columns moved to the batch or back, with the padding that goes with it. */
const batched =
  (toBatch: boolean): Rule =>
  call => {
    const { dtype, shape } = call.input(0)
    const [blocks, edges] = [call.whole(1), call.input(2).elements ?? []]
    if (!shape) return { dtype, shape: undefined }
    if (!blocks) return { dtype, shape: rankOnly(shape.length) }
    const volume = blocks.reduce((product, block) => product * block, 1)
    const divided = (size: number, by: number) => (size < 0 ? -1 : Math.floor(size / by))
    const moved = shape.map((size, axis) => {
      const block = blocks[axis - 1]
      if (axis === 0) return toBatch ? times(size, volume) : divided(size, volume)
      if (block === undefined) return size
      const [before, after] = [edges[2 * (axis - 1)] ?? -1, edges[2 * (axis - 1) + 1] ?? -1]
      const edge = plus(before, after)
      if (toBatch) return divided(plus(size, edge), block)
      return size < 0 || edge < 0 ? -1 : size * block - edge
    })
    return { dtype, shape: moved }
  }

/** The old spelling: one block size as an attribute, rows and columns only. */
const batchedByAttribute =
  (toBatch: boolean): Rule =>
  call => {
    const block = call.int('block_size', 2)
    const [input, edges] = [call.input(0), call.input(1)]
    const as = (elements: Elements): Known => ({ dtype: 'int32', shape: [elements.length], elements })
    const asCall = Object.assign(Object.create(Object.getPrototypeOf(call)) as Call, {
      node: call.node,
      inputs: [input, as([block, block]), edges],
    })
    return batched(toBatch)(asCall)
  }

/** Operations that move elements to other places without choosing among them. */
export const LAYOUT: Record<string, Rule> = {
  Reshape: call => {
    const { dtype, elements } = call.input(0)
    const shape = reshaped(call)
    return { dtype, shape, elements: count(shape) === elements?.length ? elements : undefined }
  },
  Squeeze: squeeze,
  ExpandDims: expand,
  Transpose: transpose,
  ConjugateTranspose: transpose,
  Pad: pad,
  PadV2: pad,
  MirrorPad: pad,
  Tile: tile,
  BroadcastTo: call => ({ dtype: call.input(0).dtype, shape: shapeBy(call.input(1)) }),
  SpaceToBatchND: batched(true),
  BatchToSpaceND: batched(false),
  SpaceToBatch: batchedByAttribute(true),
  BatchToSpace: batchedByAttribute(false),
}
