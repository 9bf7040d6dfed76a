import { attrOf, type DataType, sizeOf, type Tensor } from '../graph.ts'
import { transpose } from '../transpose.ts'
import { broadcastShape, stretched } from './broadcast.ts'
import {
  allocate,
  axisOf,
  filled,
  type Limit,
  moved,
  Unevaluable,
  whole,
  wholes,
  within,
} from './elements.ts'
import { inputAt, type Kernel } from './kernel.ts'

/** The same elements under another shape; they are shared, since no tensor is ever changed. */
function reshaped(tensor: Tensor, shape: number[]): Tensor {
  if (sizeOf(shape) !== sizeOf(tensor.shape)) throw new Unevaluable('sizes do not fit')
  return { ...tensor, shape }
}

/** Whole numbers in the type that an attribute asks for (`out_type`, `T`). */
function indices(values: number[], shape: number[], dtype: DataType, limit: Limit): Tensor {
  if (dtype !== 'int32' && dtype !== 'int64') throw new Unevaluable('no type of indices')
  return filled(dtype, shape, limit, i =>
    dtype === 'int64' ? BigInt(values[i] as number) : (values[i] as number),
  )
}

const handOn: Kernel = call => [inputAt(call, 0)]

/** Shapes asked for and changed; no element is. */
export const shaping: Record<string, Kernel> = {
  Identity: handOn,
  IdentityN: ({ inputs }) => inputs,
  StopGradient: handOn,
  PreventGradient: handOn,
  Snapshot: handOn,
  Reshape: call => {
    const source = inputAt(call, 0)
    const wanted = wholes(call.inputs[1])
    const open = wanted.indexOf(-1)
    const rest = wanted.reduce((product, size, axis) => (axis === open ? product : product * size), 1)
    const shape = wanted.map((size, axis) => (axis === open ? sizeOf(source.shape) / rest : size))
    if (shape.some(size => !Number.isSafeInteger(size) || size < 0)) throw new Unevaluable('no such shape')
    return [reshaped(source, shape)]
  },
  Squeeze: call => {
    const source = inputAt(call, 0)
    const asked = attrOf(call.node, 'squeeze_dims', 'ints') ?? attrOf(call.node, 'axis', 'ints') ?? []
    const axes = asked.map(axis => axisOf(axis, source.shape.length))
    return [
      reshaped(
        source,
        source.shape.filter((size, axis) => !(axes.length === 0 ? size === 1 : axes.includes(axis))),
      ),
    ]
  },
  ExpandDims: call => {
    const source = inputAt(call, 0)
    const axis = axisOf(whole(call.inputs[1]), source.shape.length + 1)
    return [reshaped(source, [...source.shape.slice(0, axis), 1, ...source.shape.slice(axis)])]
  },
  Shape: call => {
    const { shape } = inputAt(call, 0)
    return [indices(shape, [shape.length], attrOf(call.node, 'out_type', 'type') ?? 'int32', call.limit)]
  },
  ShapeN: call =>
    call.inputs.map(({ shape }) =>
      indices(shape, [shape.length], attrOf(call.node, 'out_type', 'type') ?? 'int32', call.limit),
    ),
  Size: call => {
    const size = sizeOf(inputAt(call, 0).shape)
    return [indices([size], [], attrOf(call.node, 'out_type', 'type') ?? 'int32', call.limit)]
  },
  Rank: call => [indices([inputAt(call, 0).shape.length], [], 'int32', call.limit)],
  Transpose: call => {
    const source = inputAt(call, 0)
    const order = wholes(call.inputs[1]).map(axis => axisOf(axis, source.shape.length))
    if (order.length !== source.shape.length || new Set(order).size !== order.length)
      throw new Unevaluable('no permutation')
    const shape = order.map(axis => source.shape[axis] as number)
    const made = allocate(source.dtype, shape, call.limit)
    transpose(source.data, source.shape, order, made.data)
    return [made]
  },
  InvertPermutation: call => {
    const source = inputAt(call, 0)
    const order = wholes(source)
    const back = order.map((_, i) => order.indexOf(i))
    if (back.includes(-1)) throw new Unevaluable('no permutation')
    return [indices(back, [back.length], source.dtype, call.limit)]
  },
  BroadcastTo: call => {
    const source = inputAt(call, 0)
    const shape = wholes(call.inputs[1])
    if (broadcastShape(source.shape, shape).join() !== shape.join())
      throw new Unevaluable('shapes do not fit')
    within(source.dtype, shape, call.limit)
    const from = stretched(source.shape, shape)
    return [moved(source, shape, call.limit, i => (from ? (from[i] as number) : i))]
  },
  BroadcastArgs: call => {
    const shape = broadcastShape(wholes(call.inputs[0]), wholes(call.inputs[1]))
    return [indices(shape, [shape.length], inputAt(call, 0).dtype, call.limit)]
  },
}
