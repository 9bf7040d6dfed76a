import { attrOf, type GraphNode } from '../../../../graph.ts'
import type { LiteOptions } from '../../model.ts'
import type { Builder, Lowering } from '../builder.ts'
import type { Value } from '../draft.ts'
import { Refusal } from '../refusal.ts'
import { fusedActivation } from './activation.ts'
import {
  fusedOps,
  inChannelsLast,
  int,
  isChannelsFirst,
  reordered,
  reshapedConstant,
  spatial,
  text,
} from './attributes.ts'

/** A window's options, and the image padded by hand where TensorFlow does so. */
function framed(builder: Builder, node: GraphNode, image: Value): { image: Value; options: LiteOptions } {
  const [stride_h = 1, stride_w = 1] = spatial(node, 'strides')
  const [dilation_h_factor = 1, dilation_w_factor = 1] = spatial(node, 'dilations')
  const options: LiteOptions = { stride_h, stride_w, dilation_h_factor, dilation_w_factor }
  const padding = text(node, 'padding', 'VALID')
  if (padding !== 'EXPLICIT') return { image, options: { padding, ...options } }
  const all = attrOf(node, 'explicit_paddings', 'ints') ?? []
  const order = isChannelsFirst(node) ? [0, 2, 3, 1] : [0, 1, 2, 3]
  const pads = order.flatMap(axis => [all[2 * axis] ?? 0, all[2 * axis + 1] ?? 0])
  return { image: padded(builder, node, image, pads), options: { padding: 'VALID', ...options } }
}

/** Pads with zeros, by `[before, after]` for each axis in one list. */
export function padded(builder: Builder, node: GraphNode, image: Value, pads: number[]): Value {
  if (pads.every(size => size === 0)) return image
  const grow = (size: number, axis: number) =>
    size + (pads[2 * axis] as number) + (pads[2 * axis + 1] as number)
  return builder.step(
    node,
    'PAD',
    [image, builder.int32(node, 'paddings', pads, [pads.length / 2, 2])],
    {},
    {
      shape: image.shape.map(grow),
      signature: image.signature?.map((size, axis) => (size < 0 ? size : grow(size, axis))),
    },
  )
}

const noBias = (builder: Builder, node: GraphNode, channels: number): Value =>
  builder.make(node, 'no_bias', 'float32', [channels], new Float32Array(channels))

const channelsOf = (value: Value): number => value.shape.at(-1) as number

function convolve(builder: Builder, node: GraphNode, result: Value, image: Value): void {
  const filter = builder.input(node, 1)
  // [H, W, in, out] to [out, H, W, in].
  const weights = reordered(builder, node, filter, [3, 0, 1, 2], 'filter')
  const { image: input, options } = framed(builder, node, image)
  const inputs = [input, weights, noBias(builder, node, channelsOf(filter))]
  builder.emit(node, 'CONV_2D', inputs, options, [result])
}

function convolveDepthwise(builder: Builder, node: GraphNode, result: Value, image: Value): void {
  const filter = builder.input(node, 1)
  const [height = 1, width = 1, channels = 1, multiplier = 1] = filter.shape
  const shape = [1, height, width, channels * multiplier]
  const weights = filter.data
    ? reshapedConstant(builder, filter, shape)
    : builder.reshaped(node, filter, shape)
  const { image: input, options } = framed(builder, node, image)
  builder.emit(
    node,
    'DEPTHWISE_CONV_2D',
    [input, weights, noBias(builder, node, channels * multiplier)],
    { ...options, depth_multiplier: multiplier },
    [result],
  )
}

const conv2D: Lowering = (builder, node) =>
  inChannelsLast(builder, node, builder.input(node, 0), (image, result) =>
    convolve(builder, node, result, image),
  )

const depthwise: Lowering = (builder, node) =>
  inChannelsLast(builder, node, builder.input(node, 0), (image, result) =>
    convolveDepthwise(builder, node, result, image),
  )

/** Convolution with bias and activation in one node, as graph optimizers and TensorFlow.js write them. */
const fused =
  (convolution: typeof convolve): Lowering =>
  (builder, node) => {
    const args = int(node, 'num_args', node.inputs.length - 2)
    inChannelsLast(builder, node, builder.input(node, 0), (image, result) => {
      const plain = builder.draft.value({ ...result, name: `${result.name}/conv` })
      convolution(builder, node, plain, image)
      fusedActivation(builder, node, plain, fusedOps(node), 2, args, result)
    })
  }

const transposed: Lowering = (builder, node) => {
  const [stride_h = 1, stride_w = 1] = spatial(node, 'strides')
  const padding = text(node, 'padding', 'VALID')
  if (padding === 'EXPLICIT') throw new Refusal('it pads by explicit sizes', 'Use "same" or "valid" padding.')
  if (spatial(node, 'dilations').some(size => size !== 1)) throw new Refusal('it is dilated')
  // The filter is [H, W, out, in] and becomes [out, H, W, in].
  const weights = reordered(builder, node, builder.input(node, 1), [2, 0, 1, 3], 'filter')
  inChannelsLast(builder, node, builder.input(node, 2), (image, result) => {
    if (result.signature) builder.fix(node.name)
    const shape = builder.int32(node, 'output_shape', result.shape)
    builder.emit(node, 'TRANSPOSE_CONV', [shape, weights, image], { padding, stride_h, stride_w }, [result])
  })
}

const conv3D: Lowering = (builder, node) => {
  const [stride_d = 1, stride_h = 1, stride_w = 1] = spatial(node, 'strides', 5)
  const [dilation_d_factor = 1, dilation_h_factor = 1, dilation_w_factor = 1] = spatial(node, 'dilations', 5)
  const options = { stride_d, stride_h, stride_w, dilation_d_factor, dilation_h_factor, dilation_w_factor }
  inChannelsLast(builder, node, builder.input(node, 0), (image, result) => {
    builder.emit(
      node,
      'CONV_3D',
      [image, builder.input(node, 1)],
      { padding: text(node, 'padding', 'VALID'), ...options },
      [result],
    )
  })
}

/** A mirrored border and a convolution in one node, as the transform fuse_pad_and_conv writes them. */
const paddedByMirror: Lowering = (builder, node) => {
  const [image, result] = [builder.input(node, 0), builder.result(node)]
  const pads = builder.ints(node, 1)
  const grow = (size: number, axis: number) =>
    size < 0 ? size : size + (pads[2 * axis] ?? 0) + (pads[2 * axis + 1] ?? 0)
  const bordered = builder.step(
    node,
    'MIRROR_PAD',
    [image, builder.int32(node, 'paddings', pads, [pads.length / 2, 2])],
    { mode: text(node, 'mode', 'REFLECT') },
    { shape: image.shape.map(grow), signature: image.signature?.map(grow) },
  )
  const plain = { ...node, inputs: [node.inputs[0], node.inputs[2]] as GraphNode['inputs'] }
  convolve(builder, plain, result, bordered)
}

export const CONVOLUTION: Record<string, Lowering> = {
  Conv2D: conv2D,
  DepthwiseConv2dNative: depthwise,
  Conv2DBackpropInput: transposed,
  Conv3D: conv3D,
  FusedPadConv2D: paddedByMirror,
  _FusedConv2D: fused(convolve),
  FusedConv2D: fused(convolve),
  _FusedDepthwiseConv2dNative: fused(convolveDepthwise),
  FusedDepthwiseConv2dNative: fused(convolveDepthwise),
}
