import { type NetSpec, shapesOf, weightsOf } from '../trainers/index.ts'

/**
 * How often a net multiplies for one row, about: each weight as often as it is used. A dense layer uses its weights once, a
 * convolution at every place that it gives, a recurrent layer at every step, a bag only the rows of its words.
 */
export function multiplicationsOf(net: NetSpec): number {
  const weights = weightsOf(net)
  return shapesOf(net).reduce((sum, { layer, shape, inputs: [from = []] }) => {
    if (layer.kind === 'embedding-bag') return sum + layer.units * (from.at(-1) ?? 0)
    const own = weights.filter(({ name }) => name.startsWith(`${layer.name}/`))
    const times = layer.kind === 'gru' ? (from[0] ?? 1) : product(shape.slice(0, -1))
    return sum + times * own.reduce((count, weight) => count + product(weight.shape), 0)
  }, 0)
}

const product = (sizes: readonly number[]) => sizes.reduce((all, size) => all * size, 1)
