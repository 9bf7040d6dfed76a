import { attr, type Port } from '../../../graph.ts'
import type { Call, Raise } from './call.ts'
import { transposed } from './values.ts'

const NHWC = { data_format: attr.string('NHWC') }

const window = (call: Call) => ({
  strides: attr.ints([1, call.number('stride_h', 1), call.number('stride_w', 1), 1]),
  padding: attr.string(call.text('padding', 'SAME')),
  ...NHWC,
})

const dilations = (call: Call) => ({
  dilations: attr.ints([1, call.number('dilation_h_factor', 1), call.number('dilation_w_factor', 1), 1]),
})

/** Weights with their axes in TensorFlow's order. */
export function reordered(call: Call, input: number, order: number[]): Port {
  const weights = call.value(input)
  if (weights.constant) return call.constant('weights', transposed(weights.constant(), order, weights.own))
  return call.typed('Transpose', [weights.port, call.ints('order', order)], { Tperm: attr.type('int32') })
}

/** Adds the bias, where there is one, and the activation. */
export const finished = (call: Call, result: Port, bias: number): Port =>
  call.activated(call.has(bias) ? call.typed('BiasAdd', [result, call.input(bias)], NHWC) : result)

/** Weights [out, rows, columns, in] are [rows, columns, in, out] in TensorFlow. */
const conv2d: Raise = call => {
  const weights = reordered(call, 1, [1, 2, 3, 0])
  const result = call.typed('Conv2D', [call.input(0), weights], { ...window(call), ...dilations(call) })
  return finished(call, result, 2)
}

/** Weights [1, rows, columns, in * multiplier] are [rows, columns, in, multiplier] in TensorFlow. */
const depthwise: Raise = call => {
  const [, rows = 0, columns = 0, out = 0] = call.value(1).tensor.shape
  const channels = call.shape(0)[3] ?? -1
  if (channels <= 0 || out % channels !== 0) throw call.unsupported('has weights that do not fit its input')
  const shape = [rows, columns, channels, out / channels]
  const { constant } = call.value(1)
  const weights = constant
    ? call.constant('weights', { ...constant(), shape })
    : call.typed('Reshape', [call.input(1), call.ints('shape', shape)], { Tshape: attr.type('int32') })
  const result = call.typed('DepthwiseConv2dNative', [call.input(0), weights], {
    ...window(call),
    ...dilations(call),
  })
  return finished(call, result, 2)
}

/** Inputs are the shape of the result, the weights [out, rows, columns, in], and what is convolved. */
const transposeConv: Raise = call => {
  const weights = reordered(call, 1, [1, 2, 0, 3])
  const result = call.typed('Conv2DBackpropInput', [call.input(0), weights, call.input(2)], window(call))
  return finished(call, result, 3)
}

const conv3d: Raise = call => {
  const sizes = (of: string) => [1, ...['d', 'h', 'w'].map(axis => call.number(of.replace('?', axis), 1)), 1]
  const result = call.typed('Conv3D', [call.input(0), call.input(1)], {
    strides: attr.ints(sizes('stride_?')),
    dilations: attr.ints(sizes('dilation_?_factor')),
    padding: attr.string(call.text('padding', 'SAME')),
    data_format: attr.string('NDHWC'),
  })
  return call.activated(call.has(2) ? call.typed('AddV2', [result, call.input(2)]) : result)
}

export const convolutions: Record<string, Raise> = {
  CONV_2D: conv2d,
  DEPTHWISE_CONV_2D: depthwise,
  TRANSPOSE_CONV: transposeConv,
  CONV_3D: conv3d,
}
