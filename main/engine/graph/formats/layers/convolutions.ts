import { type Attr, attr } from '../../graph.ts'
import { activate } from './activations.ts'
import type { GraphBuilder } from './builder.ts'
import { biased } from './dense.ts'
import type { Lowering } from './lowering.ts'
import type { Place } from './place.ts'
import { expanded } from './shapes.ts'
import { onImage, padded, perAxis, slide } from './window.ts'

interface Geometry {
  kernel: number[]
  strides: number[]
  dilation: number[]
}

const geometry = (builder: GraphBuilder, axes: number): Geometry => ({
  kernel: perAxis(builder, 'kernel_size', axes),
  strides: perAxis(builder, 'strides', axes),
  dilation: perAxis(builder, 'dilation_rate', axes),
})

const reachOf = ({ kernel, dilation }: Geometry) =>
  kernel.map((size, axis) => (size - 1) * (dilation[axis] as number) + 1)

/** The image and the padding that is left to the operation: causal padding is zeros before the first step. */
function prepared(
  builder: GraphBuilder,
  image: Place,
  geometry: Geometry,
): { image: Place; padding: string } {
  const padding = builder.option('padding', 'valid').toUpperCase()
  if (padding !== 'CAUSAL') return { image, padding }
  const before = (reachOf(geometry).at(-1) as number) - 1
  const pads = image.shape.slice(1, -1).map((): [number, number] => [0, 0])
  return { image: padded(builder, image, pads.with(-1, [before, 0])), padding: 'VALID' }
}

/** For series one row of an image: the kernel gets that axis, too. */
function onRows(geometry: Geometry, axes: number): Geometry {
  if (axes !== 1) return geometry
  const { kernel, strides, dilation } = geometry
  // A convolution of one row strides alike along both axes, as depthwise ones must.
  return { kernel: [1, ...kernel], strides: [...strides, ...strides], dilation: [1, ...dilation] }
}

const attrsOf = (dilation: number[], attrs: Record<string, Attr>) => ({
  ...attrs,
  dilations: attr.ints([1, ...dilation, 1]),
})

/** A convolution over one, two or three axes. */
const convolution =
  (axes: 1 | 2 | 3): Lowering =>
  (builder, input) => {
    const name = axes === 1 ? 'Conv1D' : axes === 2 ? 'Conv2D' : 'Conv3D'
    const out = onImage(
      builder,
      input as Place,
      axes,
      given => {
        const own = geometry(builder, axes)
        const { image, padding } = prepared(builder, given, own)
        const { kernel, strides, dilation } = onRows(own, axes)
        const channels = channelsOf(builder, image)
        const groups = builder.option('groups', 1)
        const filters = builder.option('filters', 0)
        if (channels % groups !== 0)
          throw builder.damaged(`splits ${channels} channels into ${groups} groups`)
        const stored = builder.weight('kernel', `${name}/ReadVariableOp`, [
          ...own.kernel,
          channels / groups,
          filters,
        ])
        const weight = axes === 1 ? expanded(builder, stored, 0, 'Conv1D/ExpandDims_1') : stored
        const { size, attrs } = slide(
          builder,
          image,
          reachOf({ kernel, strides, dilation }),
          strides,
          padding,
        )
        const shape = [-1, ...size, filters]
        return builder.add(
          axes === 3 ? 'Conv3D' : 'Conv2D',
          name,
          [image, weight],
          shape,
          attrsOf(dilation, attrs),
        )
      },
      axes === 1 ? 'Conv1D' : undefined,
    )
    return finish(builder, out)
  }

/** Each channel has `depth_multiplier` filters of its own. */
const depthwise =
  (axes: 1 | 2): Lowering =>
  (builder, input) =>
    finish(
      builder,
      onImage(builder, input as Place, axes, image => perChannel(builder, image, axes), 'depthwise'),
    )

function perChannel(builder: GraphBuilder, given: Place, axes: 1 | 2): Place {
  const own = geometry(builder, axes)
  const { image, padding } = prepared(builder, given, own)
  const { kernel, strides, dilation } = onRows(own, axes)
  const channels = channelsOf(builder, image)
  // TensorFlow.js does not write it for separable convolutions; then the weight tells.
  const told = builder.option<number | undefined>('depth_multiplier', undefined)
  const times = told ?? builder.value('depthwise_kernel')?.shape.at(-1) ?? 1
  const stored = builder.weight('depthwise_kernel', 'depthwise/ReadVariableOp', [
    ...own.kernel,
    channels,
    times,
  ])
  const weight = axes === 1 ? expanded(builder, stored, 0, 'depthwise/ExpandDims_1') : stored
  const { size, attrs } = slide(builder, image, reachOf({ kernel, strides, dilation }), strides, padding)
  const shape = [-1, ...size, channels * times]
  return builder.add('DepthwiseConv2dNative', 'depthwise', [image, weight], shape, attrsOf(dilation, attrs))
}

/** Each channel by itself, then all of them at each place. */
const separable =
  (axes: 1 | 2): Lowering =>
  (builder, input) =>
    finish(
      builder,
      onImage(
        builder,
        input as Place,
        axes,
        image => {
          const each = perChannel(builder, image, axes)
          const filters = builder.option('filters', 0)
          const ones = Array<number>(axes).fill(1)
          const channels = each.shape.at(-1) as number
          const reader = 'separable_conv2d/ReadVariableOp_1'
          const stored = builder.weight('pointwise_kernel', reader, [...ones, channels, filters])
          const weight = axes === 1 ? expanded(builder, stored, 0, 'separable_conv2d/ExpandDims_1') : stored
          const { size, attrs } = slide(builder, each, [1, 1], [1, 1], 'VALID')
          const shape = [-1, ...size, filters]
          return builder.add('Conv2D', 'separable_conv2d', [each, weight], shape, attrsOf([1, 1], attrs))
        },
        'separable_conv2d',
      ),
    )

function channelsOf(builder: GraphBuilder, image: Place): number {
  const channels = image.shape.at(-1) as number
  if (channels < 0) throw builder.unsupported('does not know how many channels its input has')
  return channels
}

/** Bias and activation, on channels that stand first, too. */
export function finish(builder: GraphBuilder, out: Place): Place {
  if (builder.option('data_format', 'channels_last') !== 'channels_first')
    return activate(builder, biased(builder, out))
  if (!builder.option('use_bias', true)) return activate(builder, out)
  const channels = out.shape[1] as number
  const bias = builder.weight('bias', 'BiasAdd/ReadVariableOp', [channels])
  const wide = out.shape.slice(2).map(() => 1)
  const shape = builder.ints('BiasAdd/shape', [channels, ...wide])
  const column = builder.add('Reshape', 'BiasAdd/Reshape', [bias, shape], [channels, ...wide])
  return activate(builder, builder.pair('AddV2', 'BiasAdd', out, column))
}

export const conv1D = convolution(1)
export const conv2D = convolution(2)
export const conv3D = convolution(3)
export const depthwiseConv1D = depthwise(1)
export const depthwiseConv2D = depthwise(2)
export const separableConv1D = separable(1)
export const separableConv2D = separable(2)
