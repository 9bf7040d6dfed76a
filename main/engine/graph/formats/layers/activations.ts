import type { GraphBuilder } from './builder.ts'
import { isFields } from './calls.ts'
import { ACTIVATIONS, above, alongAxis, eluOf, leakyOf } from './functions.ts'
import type { Lowering } from './lowering.ts'
import type { Place } from './place.ts'
import { layerOf } from './topology.ts'

/** The activation that a layer names in its options, behind `input`. */
export const activate = (builder: GraphBuilder, input: Place, option = 'activation', otherwise = 'linear') =>
  applied(builder, input, builder.option<unknown>(option, otherwise))

/** A name, a function that Keras 3 wrote as an object, or a layer in the place of one. */
function applied(builder: GraphBuilder, input: Place, given: unknown): Place {
  if (isFields(given)) {
    if (typeof given.config === 'string') return applied(builder, input, given.config)
    if (typeof given.class_name === 'string' && isFields(given.config)) {
      const layer = layerOf(given, 1, 'activation')
      return builder.wrapped('activation', layer, () => builder.lower(builder, layer, [input])[0] as Place)
    }
  }
  const name = String(given)
  // The layers that Keras 2 took for activations are named so by TensorFlow.js: `hardSigmoid`.
  const known = name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
  const activation = Object.hasOwn(ACTIVATIONS, known) ? ACTIVATIONS[known] : undefined
  if (!activation) throw builder.unsupported(`uses the activation "${name}"`)
  return activation(builder, input)
}

export const activation: Lowering = (builder, input) => activate(builder, input as Place)

/**
 * Keras' ReLU layer: `max_value` caps it, 6 has an operation of its own; below `threshold` it is `negative_slope` times
 * the distance from there.
 */
export const reLU: Lowering = (builder, x) => {
  const input = x as Place
  const slope = builder.option('negative_slope', 0)
  const threshold = builder.option('threshold', 0)
  const cap = builder.option<number | undefined>('max_value', undefined)
  if (slope === 0 && threshold === 0) {
    if (cap === 6) return builder.each('Relu6', input)
    const relu = builder.each('Relu', input)
    return cap === undefined ? relu : builder.pair('Minimum', 'Minimum', relu, cap)
  }
  const over = threshold === 0 ? builder.each('Relu', input) : above(threshold)(builder, input)
  const capped = cap === undefined ? over : builder.pair('Minimum', 'Minimum', over, cap)
  if (slope === 0) return capped
  const under = builder.each('Relu', builder.pair('Sub', 'sub', threshold, input))
  return builder.pair('Sub', 'sub', capped, builder.pair('Mul', 'mul', under, slope))
}

/** TensorFlow.js and Keras 2 call the slope `alpha`; it is 0.3 everywhere. */
export const leakyReLU: Lowering = (builder, input) =>
  leakyOf(builder.option('alpha', builder.option('negative_slope', 0.3)))(builder, input as Place)

export const elu: Lowering = (builder, input) => eluOf(builder.option('alpha', 1))(builder, input as Place)

export const softmax: Lowering = (builder, input) => {
  const axis = builder.option<number | number[]>('axis', -1)
  const axes = Array.isArray(axis) ? axis : [axis]
  if (axes.length !== 1) throw builder.unsupported('takes the softmax over several axes')
  return alongAxis('Softmax', axes[0])(builder, input as Place)
}

/** Values up to `theta` become zero. */
export const thresholdedReLU: Lowering = (builder, input) =>
  above(builder.option('theta', 1))(builder, input as Place)

/** `relu(x) - alpha * relu(-x)` with a slope that was learned, shared along some axes. */
export const preLU: Lowering = (builder, x) => {
  const input = x as Place
  const shared = builder.option<number | number[]>('shared_axes', [])
  const axes = new Set(Array.isArray(shared) ? shared : [shared])
  const shape = input.shape.slice(1).map((size, i) => (axes.has(i + 1) ? 1 : size))
  if (shape.some(size => size < 0)) throw builder.unsupported('does not know the size of its input')
  const alpha = builder.weight('alpha', 'ReadVariableOp', shape)
  const under = builder.each('Relu', builder.each('Neg', input, 'Neg_1'), 'Relu_1')
  const scaled = builder.pair('Mul', 'mul', builder.each('Neg', alpha), under)
  return builder.pair('AddV2', 'add', builder.each('Relu', input), scaled)
}
