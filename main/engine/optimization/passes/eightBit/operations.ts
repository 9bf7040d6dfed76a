import { attrOf, type DataType, type GraphNode } from '../../../graph/index.ts'

/** How an operation on floats is written for 8 bits (TensorFlow's `quantize_nodes.cc`). */
export interface EightBit {
  op: string
  /** Attributes that it takes over as they are. */
  copied: string[]
  /** Types that it asks for. */
  types: Record<string, DataType>
  /** Its result has 32 bits and must be brought back to 8. */
  wide: boolean
  /** Inputs that stay as they are: shapes and axes, by place. A negative place counts from the end. */
  plain: number[]
  /** All lower ends of ranges first, then all upper ones; without it one after the other. */
  apart?: boolean
  /** Plain inputs go to the front though they stood at the end. */
  plainFirst?: boolean
  /** Whether the node asks for nothing that the 8-bit operation does not know. */
  fits?(node: GraphNode): boolean
}

const wideTypes = (left: string, right: string, out: string): EightBit['types'] => ({
  [left]: 'quint8',
  [right]: 'quint8',
  [out]: 'qint32',
})

const ones = (node: GraphNode, name: string) => (attrOf(node, name, 'ints') ?? []).every(each => each === 1)
const lastChannels = (node: GraphNode) => (attrOf(node, 'data_format', 'string') ?? 'NHWC') === 'NHWC'
const window = (node: GraphNode) => lastChannels(node) && attrOf(node, 'padding', 'string') !== 'EXPLICIT'
const convolution = (node: GraphNode) => window(node) && ones(node, 'dilations')

const sum: EightBit = {
  op: 'QuantizedAdd',
  copied: [],
  types: wideTypes('T1', 'T2', 'Toutput'),
  wide: true,
  plain: [],
}
const pool = (op: string): EightBit => ({
  op,
  copied: ['ksize', 'strides', 'padding'],
  types: { T: 'quint8' },
  wide: false,
  plain: [],
  fits: window,
})
const clip = (op: string): EightBit => ({
  op,
  copied: [],
  types: { Tinput: 'quint8' },
  wide: false,
  plain: [],
})
const concat: EightBit = {
  op: 'QuantizedConcat',
  copied: ['N'],
  types: { T: 'quint8' },
  wide: false,
  plain: [0],
  apart: true,
}

export const EIGHT_BIT: Record<string, EightBit> = {
  Add: sum,
  AddV2: sum,
  AvgPool: pool('QuantizedAvgPool'),
  BiasAdd: {
    op: 'QuantizedBiasAdd',
    copied: [],
    types: wideTypes('T1', 'T2', 'out_type'),
    wide: true,
    plain: [],
    fits: lastChannels,
  },
  Concat: concat,
  ConcatV2: { ...concat, plain: [-1], plainFirst: true },
  Conv2D: {
    op: 'QuantizedConv2D',
    copied: ['strides', 'padding'],
    types: wideTypes('Tinput', 'Tfilter', 'out_type'),
    wide: true,
    plain: [],
    fits: convolution,
  },
  Conv2DBackpropInput: {
    op: 'QuantizedConv2DTranspose',
    copied: ['strides', 'padding'],
    types: wideTypes('Tinput', 'Tfilter', 'out_type'),
    wide: true,
    plain: [0],
    fits: convolution,
  },
  MatMul: {
    op: 'QuantizedMatMul',
    copied: ['transpose_a', 'transpose_b'],
    types: wideTypes('T1', 'T2', 'Toutput'),
    wide: true,
    plain: [],
  },
  MaxPool: pool('QuantizedMaxPool'),
  Mul: { ...sum, op: 'QuantizedMul' },
  Relu: clip('QuantizedRelu'),
  Relu6: clip('QuantizedRelu6'),
  ResizeBilinear: {
    op: 'QuantizedResizeBilinear',
    copied: ['align_corners', 'half_pixel_centers'],
    types: { T: 'quint8' },
    wide: false,
    plain: [1],
  },
  Reshape: { op: 'QuantizedReshape', copied: [], types: { T: 'quint8' }, wide: false, plain: [1] },
}
