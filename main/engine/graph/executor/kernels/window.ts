import type { Tensor3D, Tensor4D, Tensor5D, Tensor as TfTensor } from '@tensorflow/tfjs'
import { attrOf, type GraphNode, sizeOf } from '../../graph.ts'
import {
  type Call,
  channelsLast,
  type Family,
  type Kernel,
  operandAt,
  tensorAt,
  text,
  unsupported,
  wholes,
} from '../kernel.ts'
import { operandOf } from '../operand.ts'

type Pair = [number, number]
type Padding = 'same' | 'valid' | [Pair, Pair, Pair, Pair]

/** Convolutions, by channel groups where the kernel is narrower than the image. */
export function conv2d(call: Call): TfTensor {
  const { tf, node, inputs } = call
  channelsLast(node)
  const [x, kernel] = [tensorAt<Tensor4D>(inputs, 0), tensorAt<Tensor4D>(inputs, 1)]
  const run = (image: Tensor4D, filter: Tensor4D) =>
    tf.conv2d(
      image,
      filter,
      inner(node, 'strides'),
      paddingOf(node),
      'NHWC',
      inner(node, 'dilations', [1, 1]),
    )
  const [channels, wide] = [x.shape[3], kernel.shape[2]]
  if (channels === wide) return run(x, kernel)
  if (channels % wide !== 0) throw new Error(`${channels} channels do not fit to a kernel for ${wide}`)
  const groups = channels / wide
  const [images, filters] = [tf.split(x, groups, 3), tf.split(kernel, groups, 3)]
  return tf.concat(
    images.map((image, i) => run(image as Tensor4D, filters[i] as Tensor4D)),
    3,
  )
}

/** A convolution over an image with its own edge mirrored around. */
const paddedConv2d: Kernel = ({ tf, node, inputs }) => {
  const [x, pads, kernel] = [tensorAt(inputs, 0), wholes(operandAt(inputs, 1)), operandAt(inputs, 2)]
  const around = [0, 2, 4, 6].map((i): Pair => [pads[i] as number, pads[i + 1] as number])
  const wide = tf.mirrorPad(x, around, text(node, 'mode') === 'SYMMETRIC' ? 'symmetric' : 'reflect')
  return conv2d({ tf, node, inputs: [operandOf(tf, wide, false), kernel] })
}

export function depthwise(call: Call): TfTensor {
  const { tf, node, inputs } = call
  channelsLast(node)
  return tf.depthwiseConv2d(
    tensorAt<Tensor4D>(inputs, 0),
    tensorAt<Tensor4D>(inputs, 1),
    inner(node, 'strides'),
    paddingOf(node),
    'NHWC',
    inner(node, 'dilations', [1, 1]),
  )
}

const transposed: Kernel = ({ tf, node, inputs }) => {
  channelsLast(node)
  const pad = paddingOf(node)
  const [rate] = inner(node, 'dilations', [1, 1])
  if (typeof pad !== 'string' || rate !== 1)
    throw unsupported(node, 'is transposed with explicit padding or holes')
  const size = wholes(operandAt(inputs, 0))
  const [kernel, x] = [tensorAt<Tensor4D>(inputs, 1), tensorAt<Tensor4D>(inputs, 2)]
  // Some graphs give rows and columns only.
  const whole = size.length === 4 ? size : [x.shape[0], ...size, kernel.shape[2]]
  return tf.conv2dTranspose(x, kernel, whole as [number, number, number, number], inner(node, 'strides'), pad)
}

const conv3d: Kernel = ({ tf, node, inputs }) => {
  channelsLast(node)
  const pad = paddingOf(node)
  const dilations = attrOf(node, 'dilations', 'ints')?.slice(1, 4) ?? [1, 1, 1]
  if (typeof pad !== 'string' || dilations.some(rate => rate !== 1))
    throw unsupported(node, 'has explicit padding or holes')
  return tf.conv3d(tensorAt<Tensor5D>(inputs, 0), tensorAt<Tensor5D>(inputs, 1), cube(node, 'strides'), pad)
}

/**
 * The gradient of a convolution of volumes: a plain one over the input with zeros put between, by the kernel turned
 * round. The WebAssembly kernel for it (TensorFlow.js 4.22) gives wrong numbers for strides other than 1.
 */
const transposed3d: Kernel = ({ tf, node, inputs }) => {
  channelsLast(node)
  const pad = paddingOf(node)
  if (typeof pad !== 'string') throw unsupported(node, 'is transposed with explicit padding')
  const size = wholes(operandAt(inputs, 0)).slice(1, 4)
  const [kernel, x] = [tensorAt<Tensor5D>(inputs, 1), tensorAt<Tensor5D>(inputs, 2)]
  const strides = cube(node, 'strides')
  const pads = strides.map((stride, i): Pair => {
    const [from, reach, to] = [x.shape[i + 1], kernel.shape[i], size[i]] as [number, number, number]
    const spread = (from - 1) * stride
    const before = pad === 'same' ? Math.floor(Math.max(spread + reach - to, 0) / 2) : 0
    return [reach - 1 - before, to - 1 + before - spread]
  })
  const wide = strides.reduce((volume, stride, i) => spreadOut(tf, volume, i + 1, stride), x)
  const around = tf.pad(wide, [[0, 0], ...pads, [0, 0]]) as Tensor5D
  const turned = tf.transpose(tf.reverse(kernel, [0, 1, 2]), [0, 1, 2, 4, 3])
  return tf.conv3d(around, turned, [1, 1, 1], 'valid')
}

/** With zeros between the places along an axis. */
function spreadOut(tf: Call['tf'], x: Tensor5D, axis: number, stride: number): Tensor5D {
  if (stride === 1) return x
  const size = x.shape[axis] as number
  const [ahead, behind] = [sizeOf(x.shape.slice(0, axis)), sizeOf(x.shape.slice(axis + 1))]
  const apart = tf.pad(tf.reshape(x, [ahead, size, 1, behind]), [
    [0, 0],
    [0, 0],
    [0, stride - 1],
    [0, 0],
  ])
  const whole = tf.reshape(apart, [ahead, size * stride, behind])
  const length = (size - 1) * stride + 1
  const cut = tf.slice(whole, [0, 0, 0], [ahead, length, behind])
  return tf.reshape(cut as TfTensor, x.shape.with(axis, length) as Tensor5D['shape'])
}

const LOWEST = -3.4028234663852886e38

type Pool = (call: Call, x: Tensor3D | Tensor4D, size: Pair, strides: Pair, pad: 'same' | 'valid') => TfTensor

const pool =
  (compute: Pool): Kernel =>
  call => {
    channelsLast(call.node)
    const pad = paddingOf(call.node)
    const [size, strides] = [inner(call.node, 'ksize'), inner(call.node, 'strides')]
    const x = tensorAt<Tensor4D>(call.inputs, 0)
    if (typeof pad === 'string') return compute(call, x, size, strides, pad)
    if (call.node.op !== 'MaxPool') throw unsupported(call.node, 'takes means with explicit padding')
    // What is put around is never the largest.
    return compute(call, call.tf.pad(x, pad, LOWEST), size, strides, 'valid')
  }

const pool3d =
  (op: 'maxPool3d' | 'avgPool3d'): Kernel =>
  ({ tf, node, inputs }) => {
    channelsLast(node)
    const pad = paddingOf(node)
    if (typeof pad !== 'string') throw unsupported(node, 'pools with explicit padding')
    return tf[op](tensorAt<Tensor5D>(inputs, 0), cube(node, 'ksize'), cube(node, 'strides'), pad)
  }

export function paddingOf(node: GraphNode): Padding {
  const pad = text(node, 'padding')
  if (pad === 'SAME') return 'same'
  if (pad === 'VALID') return 'valid'
  const explicit = attrOf(node, 'explicit_paddings', 'ints')
  if (pad === 'EXPLICIT' && explicit?.length === 8)
    return [0, 2, 4, 6].map(i => [explicit[i], explicit[i + 1]]) as Padding
  throw unsupported(node, `pads in the manner ${pad}`)
}

/** Rows and columns of an attribute like `strides`, which has four numbers. */
function inner(node: GraphNode, name: string, otherwise?: Pair): Pair {
  const list = attrOf(node, name, 'ints')
  if (!list?.length && otherwise) return otherwise
  if (list?.length !== 4 || list[0] !== 1 || list[3] !== 1) throw unsupported(node, `has unusual ${name}`)
  return [list[1] as number, list[2] as number]
}

function cube(node: GraphNode, name: string): [number, number, number] {
  const list = attrOf(node, name, 'ints')
  if (list?.length !== 5 || list[0] !== 1 || list[4] !== 1) throw unsupported(node, `has unusual ${name}`)
  return list.slice(1, 4) as [number, number, number]
}

/** What slides a window over an image or a volume. */
export const window: Family = {
  AvgPool: pool(({ tf }, x, size, strides, pad) => tf.avgPool(x, size, strides, pad)),
  AvgPool3D: pool3d('avgPool3d'),
  Conv2D: conv2d,
  Conv2DBackpropInput: transposed,
  Conv3D: conv3d,
  Conv3DBackpropInputV2: transposed3d,
  DepthwiseConv2dNative: depthwise,
  FusedPadConv2D: paddedConv2d,
  MaxPool: pool(({ tf }, x, size, strides, pad) => tf.maxPool(x, size, strides, pad)),
  MaxPool3D: pool3d('maxPool3d'),
}
