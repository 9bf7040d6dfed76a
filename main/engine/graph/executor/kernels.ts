import type { Rank, Tensor1D, Tensor2D, Tensor3D, Tensor4D, Tensor as TfTensor } from '@tensorflow/tfjs'
import { fail } from '../../kit/index.ts'
import type { Tf } from '../../tensor/index.ts'
import { attrOf, type GraphNode } from '../graph.ts'
import { dequantize } from '../quantization.ts'
import type { Made, Operand } from './operand.ts'

interface Call {
  tf: Tf
  node: GraphNode
  inputs: Operand[]
}

/** Computes one operation in TensorFlow's meaning of it; more than one result where the operation has several. */
type Kernel = (call: Call) => Made | Made[]

const unary =
  (compute: (tf: Tf, x: TfTensor) => TfTensor): Kernel =>
  ({ tf, inputs }) =>
    compute(tf, tensorAt(inputs, 0))

const binary =
  (compute: (tf: Tf, a: TfTensor, b: TfTensor) => TfTensor): Kernel =>
  ({ tf, inputs }) =>
    compute(tf, tensorAt(inputs, 0), tensorAt(inputs, 1))

const convolution =
  (kind: 'conv2d' | 'depthwiseConv2d'): Kernel =>
  ({ tf, node, inputs }) => {
    channelsLast(node)
    return tf[kind](
      tensorAt(inputs, 0) as Tensor4D,
      tensorAt(inputs, 1) as Tensor4D,
      inner(node, 'strides'),
      padding(node),
      'NHWC',
      inner(node, 'dilations', [1, 1]),
    )
  }

/** What is handed on unchanged must be a tensor of its own, or freeing one would free the other. */
const pass: Kernel = ({ inputs }) => tensorAt(inputs, 0).clone()

/** How each operation is computed, by its name in a GraphDef. To know a new one, add a line. */
export const KERNELS: Record<string, Kernel> = {
  Abs: unary((tf, x) => tf.abs(x)),
  Add: binary((tf, a, b) => tf.add(a, b)),
  AddV2: binary((tf, a, b) => tf.add(a, b)),
  AvgPool: call => pool(call, (tf, x, size, strides, pad) => tf.avgPool(x, size, strides, pad)),
  BiasAdd: call => {
    channelsLast(call.node)
    return call.tf.add(tensorAt(call.inputs, 0), tensorAt(call.inputs, 1))
  },
  Const: ({ node }) => {
    const value = attrOf(node, 'value', 'tensor')
    if (!value)
      throw fail(
        'unsupported-graph',
        `The constant "${node.name}" has no plain values.`,
        'Export the graph again.',
        {
          node: node.name,
        },
      )
    return value
  },
  Conv2D: convolution('conv2d'),
  DepthwiseConv2dNative: convolution('depthwiseConv2d'),
  Dequantize: ({ node, inputs }) => {
    const mode = attrOf(node, 'mode', 'string') ?? 'MIN_COMBINED'
    const type = attrOf(node, 'T', 'type')
    if (mode !== 'MIN_FIRST' || type !== 'quint8')
      throw unsupported(node, `unpacks ${type} values in the mode ${mode}`)
    const [values, min, max] = [0, 1, 2].map(i => operandAt(inputs, i)) as [Operand, Operand, Operand]
    const data = dequantize(values.data() as Uint8Array, { min: scalar(min), max: scalar(max) })
    return { dtype: 'float32', shape: values.shape, data }
  },
  Elu: unary((tf, x) => tf.elu(x)),
  FusedBatchNorm: batchNorm,
  FusedBatchNormV2: batchNorm,
  FusedBatchNormV3: batchNorm,
  Identity: pass,
  LeakyRelu: ({ tf, node, inputs }) =>
    tf.leakyRelu(tensorAt(inputs, 0), attrOf(node, 'alpha', 'float') ?? 0.2),
  MatMul: ({ tf, node, inputs }) =>
    tf.matMul(
      tensorAt(inputs, 0) as Tensor2D,
      tensorAt(inputs, 1) as Tensor2D,
      attrOf(node, 'transpose_a', 'bool') ?? false,
      attrOf(node, 'transpose_b', 'bool') ?? false,
    ),
  Maximum: binary((tf, a, b) => tf.maximum(a, b)),
  MaxPool: call => pool(call, (tf, x, size, strides, pad) => tf.maxPool(x, size, strides, pad)),
  Mean: ({ tf, node, inputs }) =>
    tf.mean(tensorAt(inputs, 0), wholes(operandAt(inputs, 1)), attrOf(node, 'keep_dims', 'bool') ?? false),
  Minimum: binary((tf, a, b) => tf.minimum(a, b)),
  Mul: binary((tf, a, b) => tf.mul(a, b)),
  Neg: unary((tf, x) => tf.neg(x)),
  Pad: ({ tf, inputs }) => tf.pad(tensorAt(inputs, 0), pairs(wholes(operandAt(inputs, 1)))),
  PadV2: ({ tf, inputs }) =>
    tf.pad(tensorAt(inputs, 0), pairs(wholes(operandAt(inputs, 1))), scalar(operandAt(inputs, 2))),
  RealDiv: binary((tf, a, b) => tf.div(a, b)),
  Relu: unary((tf, x) => tf.relu(x)),
  Relu6: unary((tf, x) => tf.relu6(x)),
  Reshape: ({ tf, inputs }) => tf.reshape(tensorAt(inputs, 0), wholes(operandAt(inputs, 1))),
  Rsqrt: unary((tf, x) => tf.rsqrt(x)),
  Selu: unary((tf, x) => tf.selu(x)),
  Sigmoid: unary((tf, x) => tf.sigmoid(x)),
  Softmax: unary((tf, x) => tf.softmax(x)),
  Softplus: unary((tf, x) => tf.softplus(x)),
  Softsign: unary((tf, x) => tf.div(x, tf.add(tf.abs(x), 1))),
  Squeeze: ({ tf, node, inputs }) => {
    const axes = attrOf(node, 'squeeze_dims', 'ints')
    return tf.squeeze(tensorAt(inputs, 0), axes?.length ? axes : undefined)
  },
  StopGradient: pass,
  Sub: binary((tf, a, b) => tf.sub(a, b)),
  Tanh: unary((tf, x) => tf.tanh(x)),
  Transpose: ({ tf, inputs }) => tf.transpose(tensorAt(inputs, 0), wholes(operandAt(inputs, 1))),
}

/** Normalization with the averages that came with the model: y, and (for the curious) those averages again. */
function batchNorm({ tf, node, inputs }: Call): TfTensor[] {
  channelsLast(node)
  // True is what TensorFlow takes when the attribute is left out.
  if (attrOf(node, 'is_training', 'bool') ?? true) throw unsupported(node, 'normalizes as in training')
  const [x, scale, offset, mean, variance] = [0, 1, 2, 3, 4].map(i => tensorAt(inputs, i)) as [
    TfTensor<Rank>,
    Tensor1D,
    Tensor1D,
    Tensor1D,
    Tensor1D,
  ]
  const y = tf.batchNorm(x, mean, variance, offset, scale, attrOf(node, 'epsilon', 'float') ?? 1e-4)
  return [y, mean.clone(), variance.clone()]
}

type Pool = (tf: Tf, x: Tensor3D | Tensor4D, size: Pair, strides: Pair, pad: 'same' | 'valid') => TfTensor
type Pair = [number, number]

function pool({ tf, node, inputs }: Call, compute: Pool): TfTensor {
  channelsLast(node)
  const pad = padding(node)
  if (typeof pad !== 'string') throw unsupported(node, 'pools with explicit padding')
  return compute(tf, tensorAt(inputs, 0) as Tensor4D, inner(node, 'ksize'), inner(node, 'strides'), pad)
}

function padding(node: GraphNode): 'same' | 'valid' | [Pair, Pair, Pair, Pair] {
  const pad = attrOf(node, 'padding', 'string')
  if (pad === 'SAME') return 'same'
  if (pad === 'VALID') return 'valid'
  const explicit = attrOf(node, 'explicit_paddings', 'ints')
  if (pad === 'EXPLICIT' && explicit?.length === 8) return pairs(explicit) as [Pair, Pair, Pair, Pair]
  throw unsupported(node, `pads in the manner ${pad}`)
}

/** Rows and columns of an attribute like `strides`, which has four numbers. */
function inner(node: GraphNode, name: string, otherwise?: Pair): Pair {
  const list = attrOf(node, name, 'ints')
  if (!list && otherwise) return otherwise
  if (list?.length !== 4 || list[0] !== 1 || list[3] !== 1) throw unsupported(node, `has unusual ${name}`)
  return [list[1] as number, list[2] as number]
}

function channelsLast(node: GraphNode): void {
  if ((attrOf(node, 'data_format', 'string') ?? 'NHWC') !== 'NHWC')
    throw unsupported(node, 'expects the channels before rows and columns')
}

const unsupported = (node: GraphNode, what: string) =>
  fail(
    'unsupported-graph',
    `"${node.name}" (${node.op}) ${what}, which cannot be computed here.`,
    'Export the graph for use on a CPU, with channels last and for predicting.',
    { node: node.name },
  )

function operandAt(inputs: Operand[], index: number): Operand {
  const operand = inputs[index]
  if (!operand) throw new Error(`input ${index} is missing`)
  return operand
}

const tensorAt = (inputs: Operand[], index: number): TfTensor => operandAt(inputs, index).tensor()

const wholes = (operand: Operand): number[] => Array.from(operand.data() as Int32Array, Number)

const scalar = (operand: Operand): number => Number(operand.data()[0])

const pairs = (list: number[]): Pair[] =>
  Array.from({ length: list.length / 2 }, (_, i) => [list[2 * i] as number, list[2 * i + 1] as number])

/** Whether the executor knows an operation; inputs are fed and need none. */
export const hasKernel = (op: string): boolean => Object.hasOwn(KERNELS, op) || op.startsWith('Placeholder')
