import { attr, type Port } from '../../../graph.ts'
import { type Call, openShape, type Raise } from './call.ts'

const T = (call: Call, input = 0) => ({ T: attr.type(call.dtype(input)) })

const all = (call: Call) => Array.from({ length: call.count }, (_, i) => call.input(i))

/** The ports of a node with that many outputs. */
export const ports = ({ node }: Port, count: number): Port[] =>
  Array.from({ length: count }, (_, port) => ({ node, port }))

/** The new shape is an input, or an option in old files. */
const reshape: Raise = call => {
  const given = call.list('new_shape') ?? openShape(call.outputs[0]?.tensor ?? call.value(0).tensor)
  const shape = call.has(1) ? call.input(1) : call.ints('shape', given)
  const dtype = call.has(1) ? call.dtype(1) : 'int32'
  return call.add('Reshape', [call.input(0), shape], { ...T(call), Tshape: attr.type(dtype) })
}

const concatenation: Raise = call => {
  const axis = call.ints('axis', [call.number('axis')], [])
  const joined = call.add('ConcatV2', [...all(call), axis], {
    ...T(call),
    N: attr.int(call.count),
    Tidx: attr.type('int32'),
  })
  return call.activated(joined)
}

/** Inputs are the axis and what is split. */
const split: Raise = call => {
  const count = call.outputs.length
  const parts = call.add('Split', [call.input(0), call.input(1)], {
    ...T(call, 1),
    num_split: attr.int(count),
  })
  return ports(parts, count)
}

const splitV: Raise = call => {
  const count = call.outputs.length
  const parts = call.add('SplitV', [call.input(0), call.input(1), call.input(2)], {
    ...T(call),
    Tlen: attr.type(call.dtype(1)),
    num_split: attr.int(count),
  })
  return ports(parts, count)
}

const outType = (call: Call) => attr.type(call.outputs[0]?.dtype ?? 'int32')

export const shaping: Record<string, Raise> = {
  RESHAPE: reshape,
  SQUEEZE: call =>
    call.add('Squeeze', [call.input(0)], {
      ...T(call),
      squeeze_dims: attr.ints(call.list('squeeze_dims') ?? []),
    }),
  EXPAND_DIMS: call =>
    call.add('ExpandDims', [call.input(0), call.input(1)], { ...T(call), Tdim: attr.type(call.dtype(1)) }),
  TRANSPOSE: call =>
    call.add('Transpose', [call.input(0), call.input(1)], { ...T(call), Tperm: attr.type(call.dtype(1)) }),
  SHAPE: call => call.add('Shape', [call.input(0)], { ...T(call), out_type: outType(call) }),
  RANK: call => call.add('Rank', [call.input(0)], T(call)),
  CONCATENATION: concatenation,
  SPLIT: split,
  SPLIT_V: splitV,
  PACK: call =>
    call.add('Pack', all(call), {
      ...T(call),
      N: attr.int(call.count),
      axis: attr.int(call.number('axis')),
    }),
  UNPACK: call =>
    ports(
      call.add('Unpack', [call.input(0)], {
        ...T(call),
        num: attr.int(call.outputs.length),
        axis: attr.int(call.number('axis')),
      }),
      call.outputs.length,
    ),
  TILE: call =>
    call.add('Tile', [call.input(0), call.input(1)], { ...T(call), Tmultiples: attr.type(call.dtype(1)) }),
  BROADCAST_TO: call =>
    call.add('BroadcastTo', [call.input(0), call.input(1)], { ...T(call), Tidx: attr.type(call.dtype(1)) }),
  BROADCAST_ARGS: call => call.add('BroadcastArgs', all(call), T(call)),
  FILL: call =>
    call.add('Fill', [call.input(0), call.input(1)], {
      ...T(call, 1),
      index_type: attr.type(call.dtype(0)),
    }),
  RANGE: call => call.add('Range', all(call), { Tidx: attr.type(call.dtype(0)) }),
  MATRIX_DIAG: call => call.add('MatrixDiag', [call.input(0)], T(call)),
  MATRIX_SET_DIAG: call => call.add('MatrixSetDiag', all(call), T(call)),
}
