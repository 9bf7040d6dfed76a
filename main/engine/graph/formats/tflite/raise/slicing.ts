import { attr } from '../../../graph.ts'
import type { Call, Raise } from './call.ts'
import { ports } from './shaping.ts'

const T = (call: Call, input = 0) => ({ T: attr.type(call.dtype(input)) })

const all = (call: Call) => Array.from({ length: call.count }, (_, i) => call.input(i))

const MASKS = ['begin_mask', 'end_mask', 'ellipsis_mask', 'new_axis_mask', 'shrink_axis_mask']

const stridedSlice: Raise = call => {
  if (call.flag('offset')) throw call.unsupported('counts its end from its beginning')
  return call.add('StridedSlice', all(call), {
    ...T(call),
    Index: attr.type(call.dtype(1)),
    ...Object.fromEntries(MASKS.map(mask => [mask, attr.int(call.number(mask))])),
  })
}

const gather = (call: Call, params: number, indices: number, axis: number): ReturnType<Call['add']> =>
  call.add('GatherV2', [call.input(params), call.input(indices), call.ints('axis', [axis], [])], {
    Tparams: attr.type(call.dtype(params)),
    Tindices: attr.type(call.dtype(indices)),
    Taxis: attr.type('int32'),
    batch_dims: attr.int(call.number('batch_dims')),
  })

const padding = (call: Call) => ({ ...T(call), Tpaddings: attr.type(call.dtype(1)) })

export const slicing: Record<string, Raise> = {
  SLICE: call => call.add('Slice', all(call), { ...T(call), Index: attr.type(call.dtype(1)) }),
  STRIDED_SLICE: stridedSlice,
  GATHER: call => gather(call, 0, 1, call.number('axis')),
  /** Inputs are what is looked up and the table. */
  EMBEDDING_LOOKUP: call => gather(call, 1, 0, 0),
  GATHER_ND: call =>
    call.add('GatherNd', all(call), {
      Tparams: attr.type(call.dtype(0)),
      Tindices: attr.type(call.dtype(1)),
    }),
  SCATTER_ND: call => call.add('ScatterNd', all(call), { ...T(call, 1), Tindices: attr.type(call.dtype(0)) }),
  PAD: call => call.add('Pad', all(call), padding(call)),
  PADV2: call => call.add('PadV2', all(call), padding(call)),
  MIRROR_PAD: call =>
    call.add('MirrorPad', all(call), { ...padding(call), mode: attr.string(call.text('mode', 'REFLECT')) }),
  REVERSE_V2: call => call.add('ReverseV2', all(call), { ...T(call), Tidx: attr.type(call.dtype(1)) }),
  REVERSE_SEQUENCE: call =>
    call.add('ReverseSequence', all(call), {
      ...T(call),
      Tlen: attr.type(call.dtype(1)),
      seq_dim: attr.int(call.number('seq_dim')),
      batch_dim: attr.int(call.number('batch_dim')),
    }),
  TOPK_V2: call => ports(call.add('TopKV2', all(call), { ...T(call), sorted: attr.bool(true) }), 2),
  ONE_HOT: call =>
    call.add('OneHot', all(call), {
      ...T(call, 2),
      TI: attr.type(call.dtype(0)),
      axis: attr.int(call.number('axis')),
    }),
  WHERE: call => call.add('Where', all(call), T(call)),
  UNIQUE: call =>
    ports(
      call.add('Unique', all(call), { ...T(call), out_idx: attr.type(call.outputs[1]?.dtype ?? 'int32') }),
      2,
    ),
  SEGMENT_SUM: call => call.add('SegmentSum', all(call), { ...T(call), Tindices: attr.type(call.dtype(1)) }),
}
