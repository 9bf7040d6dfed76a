import { attr } from '../../graph.ts'
import { activate } from './activations.ts'
import type { GraphBuilder, Place } from './builder.ts'
import type { Lowering } from './lowering.ts'
import { pair, slide } from './window.ts'

export const conv2D: Lowering = (builder, input) => {
  const channels = input.shape.at(-1) as number
  const filters = builder.option('filters', 0)
  if (builder.option('groups', 1) !== 1) throw builder.unsupported('convolves in groups')
  const { kernel, out, attrs } = geometry(builder, input)
  const weight = builder.weight('kernel', 'Conv2D/ReadVariableOp', [...kernel, channels, filters])
  return finish(builder, builder.add('Conv2D', 'Conv2D', [input, weight], [-1, ...out, filters], attrs))
}

/** Each channel has `depth_multiplier` filters of its own. */
export const depthwiseConv2D: Lowering = (builder, input) => {
  const channels = input.shape.at(-1) as number
  const times = builder.option('depth_multiplier', 1)
  const { kernel, out, attrs } = geometry(builder, input)
  const weight = builder.weight('depthwise_kernel', 'depthwise/ReadVariableOp', [...kernel, channels, times])
  const shape = [-1, ...out, channels * times]
  return finish(builder, builder.add('DepthwiseConv2dNative', 'depthwise', [input, weight], shape, attrs))
}

function geometry(builder: GraphBuilder, input: Place) {
  const kernel = pair(builder.option<number | [number, number]>('kernel_size', 1))
  const strides = pair(builder.option<number | [number, number]>('strides', 1))
  const dilation = pair(builder.option<number | [number, number]>('dilation_rate', 1))
  const reach: [number, number] = [(kernel[0] - 1) * dilation[0] + 1, (kernel[1] - 1) * dilation[1] + 1]
  const { size, attrs } = slide(builder, input, reach, strides)
  return { kernel, out: size, attrs: { ...attrs, dilations: attr.ints([1, ...dilation, 1]) } }
}

function finish(builder: GraphBuilder, out: Place): Place {
  if (!builder.option('use_bias', true)) return activate(builder, out)
  const bias = builder.weight('bias', 'BiasAdd/ReadVariableOp', [out.shape.at(-1) as number])
  const data_format = attr.string('NHWC')
  return activate(builder, builder.add('BiasAdd', 'BiasAdd', [out, bias], out.shape, { data_format }))
}
