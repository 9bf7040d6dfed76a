import type { Tensor1D, Tensor4D, Tensor as TfTensor } from '@tensorflow/tfjs'
import { attrOf, type GraphNode } from '../../graph.ts'
import { evaluated } from '../evaluated.ts'
import {
  axisOf,
  type Call,
  channelsLast,
  type Family,
  int,
  type Kernel,
  operandAt,
  scalar,
  tensorAt,
  text,
  unsupported,
  wholes,
} from '../kernel.ts'
import type { Made } from '../operand.ts'
import { stridedSlice } from '../stridedSlice.ts'

type Pair = [number, number]

/** What is handed on unchanged must be a tensor of its own, or freeing one would free the other. */
const pass: Kernel = ({ inputs }) => operandAt(inputs, 0).plain ?? tensorAt(inputs, 0).clone()

const passAll: Kernel = ({ inputs }) => inputs.map(input => input.plain ?? input.tensor().clone())

const pairs = (list: number[]): Pair[] =>
  Array.from({ length: list.length / 2 }, (_, i) => [list[2 * i] as number, list[2 * i + 1] as number])

const concat: Kernel = ({ tf, node, inputs }) => {
  const first = node.op === 'Concat'
  const axis = scalar(operandAt(inputs, first ? 0 : inputs.length - 1))
  const parts = (first ? inputs.slice(1) : inputs.slice(0, -1)).map(input => input.tensor())
  return tf.concat(parts, axisOf(axis, parts[0]?.rank ?? 1))
}

const pack: Kernel = ({ tf, node, inputs }) => {
  const rank = operandAt(inputs, 0).shape.length + 1
  return tf.stack(
    inputs.map(input => input.tensor()),
    axisOf(int(node, 'axis'), rank),
  )
}

const unpack: Kernel = ({ tf, node, inputs }) => {
  const x = tensorAt(inputs, 0)
  return tf.unstack(x, axisOf(int(node, 'axis'), x.rank))
}

const split: Kernel = ({ tf, node, inputs }) => {
  const x = tensorAt(inputs, 1)
  const axis = axisOf(scalar(operandAt(inputs, 0)), x.rank)
  const count = int(node, 'num_split', 1)
  if (count < 1 || (x.shape[axis] as number) % count !== 0)
    throw new Error(`${x.shape[axis]} values cannot be split into ${count} equal parts`)
  return tf.split(x, count, axis)
}

const splitV: Kernel = ({ tf, inputs }) => {
  const x = tensorAt(inputs, 0)
  const axis = axisOf(scalar(operandAt(inputs, 2)), x.rank)
  const sizes = wholes(operandAt(inputs, 1))
  const open = sizes.indexOf(-1)
  const rest = (x.shape[axis] as number) - sizes.reduce((sum, size) => sum + Math.max(size, 0), 0)
  return tf.split(x, open < 0 ? sizes : sizes.with(open, rest), axis)
}

const slice: Kernel = ({ tf, inputs }) => {
  const x = tensorAt(inputs, 0)
  const [begin, size] = [wholes(operandAt(inputs, 1)), wholes(operandAt(inputs, 2))]
  const whole = size.map((n, axis) => (n === -1 ? (x.shape[axis] as number) - (begin[axis] as number) : n))
  return tf.slice(x, begin, whole)
}

const strided: Kernel = ({ tf, node, inputs }) => {
  const ends = [1, 2, 3].map(i => wholes(operandAt(inputs, i))) as [number[], number[], number[]]
  return stridedSlice(tf, node, tensorAt(inputs, 0), ends)
}

/** Values that leave at one end of an axis come in at the other. */
const roll: Kernel = ({ tf, inputs }) => {
  const x = tensorAt(inputs, 0)
  const [shifts, axes] = [wholes(operandAt(inputs, 1)), wholes(operandAt(inputs, 2))]
  return axes.reduce((rolled, given, i) => {
    const axis = axisOf(given, x.rank)
    const size = x.shape[axis] as number
    if (size === 0) return rolled
    const shift = (((shifts[i] as number) % size) + size) % size
    const places = Int32Array.from({ length: size }, (_, at) => (at - shift + size) % size)
    return tf.gather(rolled, tf.tensor1d(places, 'int32'), axis)
  }, x.clone())
}

/** The first values of each row in reverse, as many as its length says. */
const reverseSequence: Kernel = ({ tf, node, inputs }) => {
  const x = tensorAt(inputs, 0)
  const [along, batch] = [axisOf(int(node, 'seq_dim'), x.rank), axisOf(int(node, 'batch_dim'), x.rank)]
  const lengths = wholes(operandAt(inputs, 1))
  const steps = x.shape[along] as number
  if (lengths.length !== x.shape[batch] || lengths.some(length => !(length >= 0 && length <= steps)))
    throw new Error('its lengths do not fit to its input')
  const rows = tf.unstack(x, batch).map((row, i) => {
    const length = lengths[i] as number
    const places = Int32Array.from({ length: steps }, (_, at) => (at < length ? length - 1 - at : at))
    return tf.gather(row, tf.tensor1d(places, 'int32'), along > batch ? along - 1 : along)
  })
  return tf.stack(rows, batch)
}

const squeeze: Kernel = ({ tf, node, inputs }) => {
  const x = tensorAt(inputs, 0)
  const axes = attrOf(node, 'squeeze_dims', 'ints') ?? attrOf(node, 'axis', 'ints')
  return tf.squeeze(x, axes?.length ? axes.map(axis => axisOf(axis, x.rank)) : undefined)
}

const pad: Kernel = ({ tf, inputs }) => {
  const value = inputs.length > 2 ? scalar(operandAt(inputs, 2)) : 0
  return tf.pad(tensorAt(inputs, 0), pairs(wholes(operandAt(inputs, 1))), value)
}

const mirrorPad: Kernel = ({ tf, node, inputs }) => {
  const mode = text(node, 'mode') === 'SYMMETRIC' ? 'symmetric' : 'reflect'
  return tf.mirrorPad(tensorAt(inputs, 0), pairs(wholes(operandAt(inputs, 1))), mode)
}

const gather: Kernel = ({ tf, node, inputs }) => {
  const [x, at] = [tensorAt(inputs, 0), tensorAt(inputs, 1)]
  const axis = node.op === 'GatherV2' ? axisOf(scalar(operandAt(inputs, 2)), x.rank) : 0
  const batch = int(node, 'batch_dims')
  const size = x.shape[axis] as number
  if (at.dataSync().some(i => !(i >= 0 && i < size)))
    throw new Error(`it is asked for a place outside of its ${size} values`)
  return tf.gather(x, at.dtype === 'int32' ? (at as Tensor1D) : tf.cast(at as Tensor1D, 'int32'), axis, batch)
}

const spaceToBatch: Kernel = ({ tf, inputs }) =>
  tf.spaceToBatchND(tensorAt(inputs, 0), wholes(operandAt(inputs, 1)), pairs(wholes(operandAt(inputs, 2))))

const batchToSpace: Kernel = ({ tf, inputs }) =>
  tf.batchToSpaceND(tensorAt(inputs, 0), wholes(operandAt(inputs, 1)), pairs(wholes(operandAt(inputs, 2))))

const depthToSpace: Kernel = ({ tf, node, inputs }) => {
  channelsLast(node)
  return tf.depthToSpace(tensorAt<Tensor4D>(inputs, 0), int(node, 'block_size', 2), 'NHWC')
}

const spaceToDepth: Kernel = ({ tf, node, inputs }) => {
  channelsLast(node)
  const block = int(node, 'block_size', 2)
  const x = tensorAt<Tensor4D>(inputs, 0)
  const [batch, rows, columns, channels] = x.shape
  if (rows % block !== 0 || columns % block !== 0) throw new Error(`blocks of ${block} do not fit`)
  const apart = tf.reshape(x, [batch, rows / block, block, columns / block, block, channels])
  return tf.reshape(tf.transpose(apart, [0, 1, 3, 2, 4, 5]), [
    batch,
    rows / block,
    columns / block,
    block * block * channels,
  ])
}

const select: Kernel = ({ tf, node, inputs }) => {
  const [condition, a, b] = [0, 1, 2].map(i => tensorAt(inputs, i)) as [TfTensor, TfTensor, TfTensor]
  // The old one takes a vector that chooses whole rows.
  const rows = node.op === 'Select' && condition.rank === 1 && a.rank > 1
  return tf.where(rows ? tf.reshape(condition, [-1, ...a.shape.slice(1).map(() => 1)]) : condition, a, b)
}

const fill: Kernel = call => {
  const { tf, inputs } = call
  const value = operandAt(inputs, 1)
  return tf.fill(wholes(operandAt(inputs, 0)), scalar(value), value.dtype === 'float32' ? 'float32' : 'int32')
}

const oneHot: Kernel = call => {
  const { tf, node, inputs } = call
  const axis = int(node, 'axis', -1)
  const [on, off] = [operandAt(inputs, 2), operandAt(inputs, 3)]
  if (on.dtype !== 'float32') return exactly(call)
  const at = tensorAt(inputs, 0)
  const flat = tf.reshape(at.dtype === 'int32' ? at : tf.cast(at, 'int32'), [-1])
  const depth = scalar(operandAt(inputs, 1))
  // The backend makes whole numbers of it, whatever it is asked for.
  const hot = tf.cast(tf.oneHot(flat as Tensor1D, depth, 1, 0, 'int32'), 'float32')
  const scaled = tf.add(tf.mul(hot, scalar(on) - scalar(off)), scalar(off))
  const whole = tf.reshape(scaled, [...at.shape, depth])
  if (axis === -1 || axis === at.rank) return whole
  const order = Array.from({ length: at.rank }, (_, i) => i)
  return tf.transpose(whole, [...order.slice(0, axis), at.rank, ...order.slice(axis)])
}

const exactly = (call: Call): Made[] => {
  const made = evaluated(call)
  if (!made) throw new Error('the values do not fit')
  return made
}

const shapeOf = (node: GraphNode, shape: number[]): Made => {
  const wide = (attrOf(node, 'out_type', 'type') ?? 'int32') === 'int64'
  return wide
    ? { dtype: 'int64', shape: [shape.length], data: BigInt64Array.from(shape, BigInt) }
    : { dtype: 'int32', shape: [shape.length], data: Int32Array.from(shape) }
}

const cast: Kernel = call => {
  const { tf, node, inputs } = call
  const to = attrOf(node, 'DstT', 'type')
  const x = tensorAt(inputs, 0)
  if (to === 'float32' || to === 'float64' || to === 'float16' || to === 'bfloat16')
    return tf.cast(x, 'float32')
  if (to === 'bool') return tf.cast(x, 'bool')
  if (to?.startsWith('int') || to?.startsWith('uint'))
    return x.dtype === 'float32'
      ? tf.tensor(Int32Array.from(x.dataSync()), x.shape, 'int32')
      : tf.cast(x, 'int32')
  throw unsupported(node, `turns values into ${to}`)
}

const broadcastTo: Kernel = ({ tf, inputs }) =>
  tf.broadcastTo(tensorAt(inputs, 0), wholes(operandAt(inputs, 1)))

const expandDims: Kernel = ({ tf, inputs }) => {
  const x = tensorAt(inputs, 0)
  return tf.expandDims(x, axisOf(scalar(operandAt(inputs, 1)), x.rank + 1))
}

const reverse: Kernel = ({ tf, inputs }) => tf.reverse(tensorAt(inputs, 0), wholes(operandAt(inputs, 1)))

/** Values moved, chosen, put together and taken apart. */
export const movement: Family = {
  BatchToSpaceND: batchToSpace,
  BroadcastTo: broadcastTo,
  Cast: cast,
  Concat: concat,
  ConcatV2: concat,
  DepthToSpace: depthToSpace,
  EnsureShape: pass,
  ExpandDims: expandDims,
  Fill: fill,
  Gather: gather,
  GatherNd: ({ tf, inputs }) => tf.gatherND(tensorAt(inputs, 0), tensorAt(inputs, 1)),
  GatherV2: gather,
  Identity: pass,
  IdentityN: passAll,
  MatrixBandPart: ({ tf, inputs }) =>
    tf.linalg.bandPart(tensorAt(inputs, 0), scalar(operandAt(inputs, 1)), scalar(operandAt(inputs, 2))),
  MirrorPad: mirrorPad,
  OneHot: oneHot,
  OnesLike: ({ tf, inputs }) => tf.onesLike(tensorAt(inputs, 0)),
  Pack: pack,
  Pad: pad,
  PadV2: pad,
  PlaceholderWithDefault: pass,
  PreventGradient: pass,
  Reshape: ({ tf, inputs }) => tf.reshape(tensorAt(inputs, 0), wholes(operandAt(inputs, 1))),
  ReverseSequence: reverseSequence,
  ReverseV2: reverse,
  Roll: roll,
  ScatterNd: ({ tf, inputs }) =>
    tf.scatterND(tensorAt(inputs, 0), tensorAt(inputs, 1), wholes(operandAt(inputs, 2))),
  Select: select,
  SelectV2: select,
  Shape: ({ node, inputs }) => shapeOf(node, operandAt(inputs, 0).shape),
  ShapeN: ({ node, inputs }) => inputs.map(({ shape }) => shapeOf(node, shape)),
  Slice: slice,
  Snapshot: pass,
  SpaceToBatchND: spaceToBatch,
  SpaceToDepth: spaceToDepth,
  Split: split,
  SplitV: splitV,
  Squeeze: squeeze,
  StopGradient: pass,
  StridedSlice: strided,
  Tile: ({ tf, inputs }) => tf.tile(tensorAt(inputs, 0), wholes(operandAt(inputs, 1))),
  Transpose: ({ tf, inputs }) => tf.transpose(tensorAt(inputs, 0), wholes(operandAt(inputs, 1))),
  Unpack: unpack,
  ZerosLike: ({ tf, inputs }) => tf.zerosLike(tensorAt(inputs, 0)),
}
