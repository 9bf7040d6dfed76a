import type { Shape } from '../graph.ts'
import { type Call, type Known, type Rule, same } from './rule.ts'
import { asShape, plus, rankOnly, refine, times } from './shapes.ts'

/** Which axis holds the channels and which are slid over, by `data_format`; undefined for packed formats. */
export function layoutOf(call: Call, space: number): { channel: number; axes: number[] } | undefined {
  const format = call.string('data_format', space === 2 ? 'NHWC' : 'NDHWC')
  const axes = Array.from({ length: space }, (_, axis) => axis + 1)
  if (/^N[DHW]+C$/.test(format)) return { channel: space + 1, axes }
  if (/^NC[DHW]+$/.test(format)) return { channel: 1, axes: axes.map(axis => axis + 1) }
  return undefined
}

/** Places that a window of `size` finds along `length`. */
function places(
  length: number,
  size: number,
  stride: number,
  dilation: number,
  padding: string,
  around: number,
): number {
  if (length < 0 || (padding !== 'SAME' && size < 0) || stride < 1) return -1
  if (padding === 'SAME') return Math.ceil(length / stride)
  const reach = (size - 1) * dilation + 1
  return Math.max(0, Math.ceil((length + around - reach + 1) / stride))
}

/** Slides a window of the given sizes over the input; `channels` are what comes out. */
function slide(
  call: Call,
  space: number,
  sizes: number[],
  channels: (input: number[], at: number) => number,
): Shape {
  const layout = layoutOf(call, space)
  const input = call.input(0).shape ?? rankOnly(space + 2)
  if (!layout) return undefined
  if (input.length !== space + 2) return undefined
  const strides = call.ints('strides') ?? rankOnly(space + 2).fill(1)
  const dilations = call.ints('dilations') ?? rankOnly(space + 2).fill(1)
  const explicit = call.ints('explicit_paddings') ?? []
  const padding = call.string('padding', 'VALID')
  const shape = [...input]
  layout.axes.forEach((axis, i) => {
    const around = padding === 'EXPLICIT' ? (explicit[2 * axis] ?? 0) + (explicit[2 * axis + 1] ?? 0) : 0
    shape[axis] = places(
      input[axis] as number,
      sizes[i] ?? -1,
      strides[axis] ?? 1,
      dilations[axis] ?? 1,
      padding,
      around,
    )
  })
  shape[layout.channel] = channels(input, layout.channel)
  return shape
}

const convolution =
  (space: number): Rule =>
  call => {
    const filter = call.input(1).shape ?? []
    const { dtype } = call.input(0)
    return { dtype, shape: slide(call, space, filter.slice(0, space), () => filter[space + 1] ?? -1) }
  }

const depthwise: Rule = call => {
  const filter = call.input(1).shape ?? []
  const channels = (input: number[], at: number) => {
    const own = (filter[2] ?? -1) < 0 ? (input[at] ?? -1) : (filter[2] as number)
    return times(own, filter[3] ?? -1)
  }
  return { dtype: call.input(0).dtype, shape: slide(call, 2, filter.slice(0, 2), channels) }
}

const pool =
  (space: number): Rule =>
  call => {
    const { dtype } = call.input(0)
    const [ksize, layout] = [call.ints('ksize') ?? [], layoutOf(call, space)]
    const sizes = (layout?.axes ?? []).map(axis => ksize[axis] ?? -1)
    return { dtype, shape: slide(call, space, sizes, (input, at) => input[at] as number) }
  }

/** The shape of what a convolution was given, which its gradient gets as a tensor of sizes. */
const transposed =
  (rank: number): Rule =>
  call => {
    const { dtype } = call.input(2)
    const sizes = asShape(call.input(0).elements)
    // TensorFlow also takes the spatial sizes alone.
    if (sizes && sizes.length === rank) {
      const batch = call.input(2).shape?.[0] ?? -1
      return { dtype, shape: refine(sizes, [batch, ...rankOnly(rank - 1)]) }
    }
    return { dtype, shape: rankOnly(rank) }
  }

const dilation2d: Rule = call => {
  const [{ dtype, shape }, filter] = [call.input(0), call.input(1).shape ?? []]
  const [strides, rates] = [call.ints('strides') ?? [], call.ints('rates') ?? []]
  const size = (axis: number) =>
    places(
      shape?.[axis] ?? -1,
      filter[axis - 1] ?? -1,
      strides[axis] ?? 1,
      rates[axis] ?? 1,
      call.string('padding', 'VALID'),
      0,
    )
  return {
    dtype,
    shape: [shape?.[0] ?? -1, size(1), size(2), refine([shape?.[3] ?? -1], [filter[2] ?? -1])?.[0] ?? -1],
  }
}

/** Normalized values, then the averages and what the gradient reuses. */
const batchNorm =
  (outputs: number): Rule =>
  call => {
    const [x, scale] = [call.input(0), call.input(1)]
    const layout = layoutOf(call, (x.shape?.length ?? 4) === 5 ? 3 : 2)
    const channels = refine([layout ? (x.shape?.[layout.channel] ?? -1) : -1], scale.shape) ?? [-1]
    const shape =
      x.shape && layout
        ? x.shape.map((size, axis) => (axis === layout.channel ? (channels[0] as number) : size))
        : x.shape
    const vector: Known = { dtype: call.type('U', 'float32'), shape: channels }
    const results: Known[] = [{ dtype: x.dtype, shape }, vector, vector, vector, vector]
    if (outputs === 6) results.push({ dtype: 'float32', shape: undefined })
    return results
  }

/** Every window as one pixel whose channels are all that it saw. */
const patches: Rule = call => {
  const { dtype, shape } = call.input(0)
  const [sizes, strides, rates] = [call.ints('ksizes'), call.ints('strides'), call.ints('rates')]
  if (!sizes || !strides) return { dtype, shape: rankOnly(4) }
  const size = (axis: number) =>
    places(
      shape?.[axis] ?? -1,
      sizes[axis] ?? -1,
      strides[axis] ?? 1,
      rates?.[axis] ?? 1,
      call.string('padding', 'VALID'),
      0,
    )
  return {
    dtype,
    shape: [shape?.[0] ?? -1, size(1), size(2), times(shape?.[3] ?? -1, (sizes[1] ?? -1) * (sizes[2] ?? 1))],
  }
}

/** Operations that look at a picture through a window, or normalize its channels. */
export const WINDOW: Record<string, Rule> = {
  Conv2D: convolution(2),
  Conv3D: convolution(3),
  _FusedConv2D: convolution(2),
  DepthwiseConv2dNative: depthwise,
  FusedDepthwiseConv2dNative: depthwise,
  _FusedDepthwiseConv2dNative: depthwise,
  AvgPool: pool(2),
  MaxPool: pool(2),
  AvgPool3D: pool(3),
  MaxPool3D: pool(3),
  MaxPoolV2: call => {
    const { dtype, shape } = call.input(0)
    const [sizes, strides] = [call.whole(1), call.whole(2)]
    if (!sizes || !strides || shape?.length !== 4) return { dtype, shape: rankOnly(4) }
    const padding = call.string('padding', 'VALID')
    return {
      dtype,
      shape: shape.map((size, axis) =>
        axis === 0 || axis === 3 ? size : places(size, sizes[axis] ?? -1, strides[axis] ?? 1, 1, padding, 0),
      ),
    }
  },
  MaxPoolWithArgmax: call => {
    const result = pool(2)(call) as Known
    return [result, { dtype: call.type('Targmax', 'int64'), shape: result.shape }]
  },
  Conv2DBackpropInput: transposed(4),
  Conv3DBackpropInputV2: transposed(5),
  DepthwiseConv2dNativeBackpropInput: transposed(4),
  Dilation2D: dilation2d,
  ExtractImagePatches: patches,
  FusedBatchNorm: batchNorm(5),
  FusedBatchNormV2: batchNorm(5),
  FusedBatchNormV3: batchNorm(6),
  BatchNormWithGlobalNormalization: same,
  FusedResizeAndPadConv2D: call => ({
    dtype: call.input(0).dtype,
    shape: [call.input(0).shape?.[0] ?? -1, -1, -1, call.input(3).shape?.[3] ?? -1],
  }),
  FusedPadConv2D: call => {
    const pads = call.whole(1) ?? []
    const shape = call
      .input(0)
      .shape?.map((size, axis) =>
        pads.length === 8 ? plus(size, (pads[2 * axis] ?? 0) + (pads[2 * axis + 1] ?? 0)) : -1,
      )
    const filter = call.input(2).shape ?? []
    const { dtype } = call.input(0)
    const [strides, padding] = [call.ints('strides') ?? [], call.string('padding', 'VALID')]
    const size = (axis: number) =>
      places(shape?.[axis] ?? -1, filter[axis - 1] ?? -1, strides[axis] ?? 1, 1, padding, 0)
    return { dtype, shape: [shape?.[0] ?? -1, size(1), size(2), filter[3] ?? -1] }
  },
}
