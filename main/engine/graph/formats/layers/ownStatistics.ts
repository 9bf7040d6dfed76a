import type { GraphBuilder } from './builder.ts'
import type { Lowering } from './lowering.ts'
import { axisOf, type Place } from './place.ts'
import { reduced, reshaped } from './shapes.ts'
import { channelsLast } from './window.ts'

function axesOf(builder: GraphBuilder, input: Place): number[] {
  const given = builder.option<number | number[]>('axis', -1)
  const axes = (Array.isArray(given) ? given : [given]).map(axis => axisOf(axis, input.shape.length))
  return axes.sort((a, b) => a - b)
}

/** The layer's scale and offset for some axes, stretched over the others. */
function scaledBy(builder: GraphBuilder, x: Place, axes: number[], names = ['gamma', 'beta']): Place {
  const sizes = axes.map(axis => x.shape[axis] as number)
  const ahead = axes[0] as number
  const wide = x.shape.slice(ahead).map((size, i) => (axes.includes(i + ahead) ? size : 1))
  const stretched = (weight: string, suffix: string) => {
    const stored = builder.weight(weight, `${suffix}/ReadVariableOp`, sizes)
    return wide.length === sizes.length ? stored : reshaped(builder, stored, wide, `${suffix}/Reshape`)
  }
  const [gamma, beta] = names as [string, string | undefined]
  const scaled = builder.value(gamma) ? builder.pair('Mul', 'mul', x, stretched(gamma, 'mul')) : x
  return beta && builder.value(beta) ? builder.pair('AddV2', 'add', scaled, stretched(beta, 'add')) : scaled
}

/** `(x - mean) / sqrt(variance + epsilon)` with the mean and variance along some axes of each row. */
function standardized(builder: GraphBuilder, x: Place, axes: number[], epsilon: number): Place {
  const mean = reduced(builder, 'Mean', x, axes, true, 'moments/mean')
  const centered = builder.pair('Sub', 'sub', x, mean)
  const square = builder.pair('SquaredDifference', 'moments/SquaredDifference', x, mean)
  const variance = reduced(builder, 'Mean', square, axes, true, 'moments/variance')
  const root = builder.each(
    'Rsqrt',
    builder.pair('AddV2', 'batchnorm/add', variance, epsilon),
    'batchnorm/Rsqrt',
  )
  return builder.pair('Mul', 'batchnorm/mul', centered, root)
}

/** Layer normalization: Ba, Kiros and Hinton, arXiv:1607.06450; or by the root of the mean square alone. */
export const layerNormalization: Lowering = (builder, x) => {
  const input = x as Place
  const axes = axesOf(builder, input)
  const epsilon = builder.option('epsilon', 1e-3)
  if (builder.option('rms_scaling', false)) return rootMeanSquare(builder, input, axes, epsilon, 'gamma')
  return scaledBy(builder, standardized(builder, input, axes, epsilon), axes)
}

export const rmsNormalization: Lowering = (builder, x) =>
  rootMeanSquare(builder, x as Place, axesOf(builder, x as Place), builder.option('epsilon', 1e-6), 'scale')

function rootMeanSquare(
  builder: GraphBuilder,
  x: Place,
  axes: number[],
  epsilon: number,
  scale: string,
): Place {
  const mean = reduced(builder, 'Mean', builder.each('Square', x), axes, true)
  const root = builder.each('Rsqrt', builder.pair('AddV2', 'add', mean, epsilon))
  return scaledBy(builder, builder.pair('Mul', 'mul', x, root), axes, [scale])
}

/** Each row made of length 1 along some axes. */
export const unitNormalization: Lowering = (builder, x) => {
  const input = x as Place
  const sum = reduced(builder, 'Sum', builder.each('Square', input), axesOf(builder, input), true)
  const root = builder.each('Rsqrt', builder.pair('Maximum', 'Maximum', sum, 1e-12))
  return builder.pair('Mul', 'mul', input, root)
}

/** Group normalization: Wu and He, arXiv:1803.08494. */
export const groupNormalization: Lowering = (builder, x) => {
  const input = x as Place
  const [axis] = axesOf(builder, input) as [number]
  const last = input.shape.length - 1
  if (axis !== last) throw builder.unsupported('normalizes groups of an inner axis')
  return channelsLast(builder, input, place => {
    const channels = place.shape[last] as number
    const inner = place.shape.slice(1, -1)
    if (channels < 0 || inner.filter(size => size < 0).length > 0)
      throw builder.unsupported('does not know the size of its input')
    const asked = builder.option('groups', 32)
    const groups = asked === -1 ? channels : asked
    if (groups < 1 || channels % groups !== 0)
      throw builder.damaged(`splits ${channels} channels into ${groups} groups`)
    const grouped = reshaped(builder, place, [-1, ...inner, groups, channels / groups])
    const axes = [...inner.map((_, i) => i + 1), grouped.shape.length - 1]
    const normal = standardized(builder, grouped, axes, builder.option('epsilon', 1e-3))
    return scaledBy(builder, reshaped(builder, normal, place.shape, 'Reshape_1'), [last])
  })
}
