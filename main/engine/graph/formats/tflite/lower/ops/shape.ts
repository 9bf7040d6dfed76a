import { type GraphNode, sizeOf } from '../../../../graph.ts'
import type { Builder, Lowering } from '../builder.ts'
import type { Value } from '../draft.ts'
import { Refusal } from '../refusal.ts'
import { inChannelsLast, int, plainAxes, text } from './attributes.ts'

/** Whatever only changes the shape is a RESHAPE to the shape that it has. */
const reshape: Lowering = (builder, node) => {
  const [x, result] = [builder.input(node, 0), builder.result(node)]
  if (sizeOf(x.shape) !== sizeOf(result.shape)) throw new Refusal('its shapes do not fit')
  const to = builder.target(node, result.shape, result.signature)
  builder.emit(node, 'RESHAPE', [x, to.input], { new_shape: to.sizes })
}

const transpose: Lowering = (builder, node) => {
  const x = builder.input(node, 0)
  builder.emit(node, 'TRANSPOSE', [
    x,
    builder.int32(node, 'perm', plainAxes(builder.ints(node, 1), x.shape.length)),
  ])
}

const pack: Lowering = (builder, node) => {
  const inputs = builder.inputs(node)
  if (inputs.length === 1) return reshape(builder, node)
  const [axis = 0] = plainAxes([int(node, 'axis')], builder.result(node).shape.length)
  builder.emit(node, 'PACK', inputs, { values_count: inputs.length, axis })
}

const unpack: Lowering = (builder, node) => {
  const x = builder.input(node, 0)
  const [axis = 0] = plainAxes([int(node, 'axis')], x.shape.length)
  const num = int(node, 'num', x.shape[axis])
  if (num !== x.shape[axis]) throw new Refusal('its number of outputs is not the size of the axis')
  const outputs = Array.from({ length: num }, (_, port) => builder.result(node, port))
  builder.emit(node, 'UNPACK', [x], { num, axis }, outputs)
}

const split: Lowering = (builder, node) => {
  const x = builder.input(node, 1)
  const num_splits = int(node, 'num_split', 1)
  if (num_splits === 1) return builder.alias(node, x)
  const [along = 0] = plainAxes(builder.ints(node, 0), x.shape.length)
  if (num_splits < 1 || num_splits > (x.shape[along] ?? 0))
    throw new Refusal('it splits into more parts than there are')
  const axis = builder.int32(node, 'axis', [along], [])
  const outputs = Array.from({ length: num_splits }, (_, port) => builder.result(node, port))
  builder.emit(node, 'SPLIT', [axis, x], { num_splits }, outputs)
}

const splitV: Lowering = (builder, node) => {
  const x = builder.input(node, 0)
  const [axis = 0] = plainAxes(builder.ints(node, 2), x.shape.length)
  const sizes = builder.ints(node, 1)
  if (sizes.length === 1) return builder.alias(node, x)
  const rest = (x.shape[axis] as number) - sizeOfAll(sizes)
  const list = builder.int32(
    node,
    'sizes',
    sizes.map(size => (size < 0 ? rest : size)),
  )
  const outputs = sizes.map((_, port) => builder.result(node, port))
  const where = builder.int32(node, 'axis', [axis], [])
  builder.emit(node, 'SPLIT_V', [x, list, where], { num_splits: sizes.length }, outputs)
}

const sizeOfAll = (sizes: number[]): number => sizes.reduce((sum, size) => sum + Math.max(0, size), 0)

const concatenate = (builder: Builder, node: GraphNode, values: Value[], given: number[]): void => {
  const [only] = values
  if (values.length === 1) {
    builder.alias(node, only as Value)
    return
  }
  const [axis = 0] = plainAxes(given, builder.result(node).shape.length)
  builder.emit(node, 'CONCATENATION', values, { axis })
}

/** How often a tensor is repeated; along the batch it cannot be left open. */
const tile: Lowering = (builder, node) => {
  const times = builder.ints(node, 1)
  if (times.every(count => count === 1)) return builder.alias(node, builder.input(node, 0))
  builder.emit(node, 'TILE', [builder.input(node, 0), builder.int32(node, 'multiples', times)])
}

const broadcastTo: Lowering = (builder, node) => {
  const [x, result] = [builder.input(node, 0), builder.result(node)]
  if (result.signature) builder.fix(node.name)
  if (x.shape.join() === result.shape.join()) return builder.alias(node, x)
  builder.emit(node, 'BROADCAST_TO', [x, builder.int32(node, 'shape', result.shape)])
}

const fill: Lowering = (builder, node) => {
  const result = builder.result(node)
  if (result.signature) builder.fix(node.name)
  builder.emit(node, 'FILL', [builder.int32(node, 'shape', result.shape), builder.input(node, 1)])
}

const pads = (builder: Builder, node: GraphNode): Value => {
  const sizes = builder.ints(node, 1)
  return builder.int32(node, 'paddings', sizes, [sizes.length / 2, 2])
}

const pad: Lowering = (builder, node) => {
  const x = builder.input(node, 0)
  const value = node.op === 'PadV2' ? builder.input(node, 2) : undefined
  const isZero = !value || (value.data && Number(value.data[0]) === 0)
  builder.emit(
    node,
    isZero ? 'PAD' : 'PADV2',
    isZero ? [x, pads(builder, node)] : [x, pads(builder, node), value],
  )
}

const mirrorPad: Lowering = (builder, node) => {
  builder.emit(node, 'MIRROR_PAD', [builder.input(node, 0), pads(builder, node)], {
    mode: text(node, 'mode', 'REFLECT'),
  })
}

const blocks =
  (op: 'SPACE_TO_BATCH_ND' | 'BATCH_TO_SPACE_ND', old: boolean): Lowering =>
  (builder, node) => {
    const side = int(node, 'block_size', 1)
    const sizes = old ? [side, side] : builder.ints(node, 1)
    const edges = builder.ints(node, old ? 1 : 2)
    const around = builder.int32(node, 'edges', edges, [edges.length / 2, 2])
    builder.emit(node, op, [builder.input(node, 0), builder.int32(node, 'block', sizes), around])
  }

const depth =
  (op: 'DEPTH_TO_SPACE' | 'SPACE_TO_DEPTH'): Lowering =>
  (builder, node) =>
    inChannelsLast(builder, node, builder.input(node, 0), (image, result) => {
      builder.emit(node, op, [image], { block_size: int(node, 'block_size', 1) }, [result])
    })

const reverse: Lowering = (builder, node) => {
  const x = builder.input(node, 0)
  const axes = plainAxes(builder.ints(node, 1), x.shape.length)
  if (axes.length === 0) return builder.alias(node, x)
  // The operator takes axes that lie side by side only; others are turned one after the other.
  axes.sort((a, b) => a - b)
  const apart = axes.some((axis, i) => i > 0 && axis !== (axes[i - 1] as number) + 1)
  const early = apart ? axes.slice(0, -1) : []
  const turned = early.reduce(
    (value, axis) => builder.step(node, 'REVERSE_V2', [value, builder.int32(node, 'axis', [axis])]),
    x,
  )
  builder.emit(node, 'REVERSE_V2', [turned, builder.int32(node, 'axes', apart ? axes.slice(-1) : axes)])
}

const reverseSequence: Lowering = (builder, node) => {
  const options = { seq_dim: int(node, 'seq_dim'), batch_dim: int(node, 'batch_dim') }
  builder.emit(node, 'REVERSE_SEQUENCE', builder.inputs(node), options)
}

/** The values that stand in a row behind one another, cut and put together the other way round. */
const roll: Lowering = (builder, node) => {
  let x = builder.input(node, 0)
  const axes = plainAxes(builder.ints(node, 2), x.shape.length)
  const shifts = builder.ints(node, 1)
  axes.forEach((axis, i) => {
    const size = x.shape[axis] as number
    const by = (((shifts[i] as number) % size) + size) % size
    if (by === 0) return
    const part = (begin: number, length: number) => {
      const start = builder.int32(
        node,
        'begin',
        x.shape.map((_, k) => (k === axis ? begin : 0)),
      )
      const sizes = (shape: number[]) => shape.map((own, k) => (k === axis ? length : own))
      const like = { shape: sizes(x.shape), signature: x.signature && sizes(x.signature) }
      const count = builder.int32(
        node,
        'size',
        x.shape.map((_, k) => (k === axis ? length : -1)),
      )
      return builder.step(node, 'SLICE', [x, start, count], {}, like)
    }
    const parts = [part(size - by, by), part(0, size - by)]
    x = builder.step(node, 'CONCATENATION', parts, { axis }, { shape: x.shape, signature: x.signature })
  })
  builder.alias(node, x)
}

export const SHAPE: Record<string, Lowering> = {
  Reshape: reshape,
  Squeeze: reshape,
  ExpandDims: reshape,
  Transpose: transpose,
  Pack: pack,
  Unpack: unpack,
  Split: split,
  SplitV: splitV,
  Concat: (builder, node) => concatenate(builder, node, builder.inputs(node).slice(1), builder.ints(node, 0)),
  ConcatV2: (builder, node) =>
    concatenate(builder, node, builder.inputs(node).slice(0, -1), builder.ints(node, node.inputs.length - 1)),
  Tile: tile,
  BroadcastTo: broadcastTo,
  Fill: fill,
  Pad: pad,
  PadV2: pad,
  MirrorPad: mirrorPad,
  SpaceToBatchND: blocks('SPACE_TO_BATCH_ND', false),
  BatchToSpaceND: blocks('BATCH_TO_SPACE_ND', false),
  SpaceToBatch: blocks('SPACE_TO_BATCH_ND', true),
  BatchToSpace: blocks('BATCH_TO_SPACE_ND', true),
  DepthToSpace: depth('DEPTH_TO_SPACE'),
  SpaceToDepth: depth('SPACE_TO_DEPTH'),
  ReverseV2: reverse,
  ReverseSequence: reverseSequence,
  Roll: roll,
  MatrixDiag: (builder, node) => {
    builder.emit(node, 'MATRIX_DIAG', [builder.input(node, 0)])
  },
  MatrixDiagV2: diagonal,
  MatrixDiagV3: diagonal,
}

function diagonal(builder: Builder, node: GraphNode): void {
  const [k] = builder.ints(node, 1)
  if (k !== 0) throw new Refusal('its diagonal is not the main one')
  builder.emit(node, 'MATRIX_DIAG', [builder.input(node, 0)])
}
