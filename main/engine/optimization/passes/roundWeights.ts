import type { Tensor } from '../../graph/index.ts'
import { fail } from '../../kit/index.ts'
import { whole } from './arguments.ts'
import { constantFrom, tensorOf } from './draft.ts'
import { count, type Pass } from './pass.ts'

const { fround } = Math

/** Tensors of fewer elements are not worth it: scalars and small vectors are used where every digit counts. */
const SMALL = 16

/** Few levels for each tensor: the file keeps its size, but compresses to a third. */
export const roundWeights: Pass<{ rounded: string[] }> = {
  name: 'round_weights',
  title: 'Weights in few levels',
  about: 'Rounds large float constants to a number of levels, so that the file compresses well.',
  arguments: [{ name: 'num_steps', about: 'How many levels a tensor has; 256 without it.', required: false }],
  run(graph, args = {}) {
    const steps = whole(args, 'num_steps', 256)
    if (steps < 1)
      throw fail('bad-input', `"num_steps" is ${steps}, and there is no rounding to that.`, 'Give 1 or more.')
    const rounded: string[] = []
    const nodes = graph.nodes.map(node => {
      const value = tensorOf(node)
      if (value?.dtype !== 'float32' || value.data.length < SMALL) return node
      const data = roundToLevels(value.data as Float32Array, steps)
      if (!data) return node
      rounded.push(node.name)
      const made: Tensor = { ...value, data }
      return { ...constantFrom(node.name, made, node), controls: node.controls }
    })
    return {
      graph: { ...graph, nodes },
      report: { rounded },
      note: `${count(rounded.length, 'tensor')} rounded`,
    }
  },
}

/**
 * The middle of the level that each value falls into, in the 32-bit arithmetic of TensorFlow's `round_weights.cc`.
 * There the largest value falls into a level of its own above all others, and tensors of equal or negative values are
 * moved; here it belongs to the last level, and equal values stay as they are.
 *
 * @returns undefined for a tensor that has no levels: equal values, or some that are no numbers
 */
function roundToLevels(values: Float32Array, steps: number): Float32Array | undefined {
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  for (const value of values) {
    if (!Number.isFinite(value)) return undefined
    if (value < min) min = value
    if (value > max) max = value
  }
  const width = fround(fround(max - min) / steps)
  if (!(width > 0) || !Number.isFinite(width)) return undefined
  const made = new Float32Array(values.length)
  for (let i = 0; i < values.length; i++) {
    const level = Math.min(steps - 1, Math.floor(fround(fround((values[i] as number) - min) / width)))
    made[i] = fround(min + fround(width * fround(level + 0.5)))
  }
  return made
}
