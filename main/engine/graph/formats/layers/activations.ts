import { attr } from '../../graph.ts'
import type { GraphBuilder, Place } from './builder.ts'
import type { Lowering } from './lowering.ts'

/** Activations that are one operation, by Keras' name. */
const OPS: Record<string, string> = {
  relu: 'Relu',
  relu6: 'Relu6',
  sigmoid: 'Sigmoid',
  softmax: 'Softmax',
  tanh: 'Tanh',
  elu: 'Elu',
  selu: 'Selu',
  softplus: 'Softplus',
  softsign: 'Softsign',
}

/** The activation that a layer names in its options, behind `input`. */
export function activate(builder: GraphBuilder, input: Place): Place {
  const name = builder.option('activation', 'linear')
  if (name === 'linear') return input
  if (name === 'swish' || name === 'silu') {
    const gate = builder.add('Sigmoid', 'Sigmoid', [input], input.shape)
    return builder.add('Mul', 'mul', [input, gate], input.shape)
  }
  const op = OPS[name]
  if (!op) throw builder.unsupported(`uses the activation "${String(name)}"`)
  return builder.add(op, op, [input], input.shape)
}

export const activation: Lowering = activate

/** Keras' ReLU layer: `max_value` caps it, 6 has an operation of its own. A slope or threshold is another function. */
export const reLU: Lowering = (builder, input) => {
  if (builder.option('negative_slope', 0) !== 0 || builder.option('threshold', 0) !== 0)
    throw builder.unsupported('is a ReLU with a slope or threshold')
  const cap = builder.option<number | undefined>('max_value', undefined)
  if (cap === 6) return builder.add('Relu6', 'Relu6', [input], input.shape)
  const relu = builder.add('Relu', 'Relu', [input], input.shape)
  return cap === undefined
    ? relu
    : builder.add('Minimum', 'Minimum', [relu, builder.number('Minimum/y', cap)], input.shape)
}

/** TensorFlow.js calls the slope `alpha` and takes 0.3, as Keras 2 did. */
export const leakyReLU: Lowering = (builder, input) => {
  const alpha = builder.option('alpha', builder.option('negative_slope', 0.3))
  return builder.add('LeakyRelu', 'LeakyRelu', [input], input.shape, { alpha: attr.float(alpha) })
}

export const elu: Lowering = (builder, input) => {
  if (builder.option('alpha', 1) !== 1) throw builder.unsupported('is an ELU with an alpha other than 1')
  return builder.add('Elu', 'Elu', [input], input.shape)
}

export const softmax: Lowering = (builder, input) => {
  const axis = builder.option('axis', -1)
  if (axis !== -1 && axis !== input.shape.length - 1)
    throw builder.unsupported('takes the softmax over an inner axis')
  return builder.add('Softmax', 'Softmax', [input], input.shape)
}
