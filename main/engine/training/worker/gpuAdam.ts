import type { NamedTensorMap, Tensor, Tensor1D, Variable } from '@tensorflow/tfjs'
import type { Tf } from '../../tensor/index.ts'
import { BETA1, BETA2, EPSILON } from './adamUpdate.ts'
import type { Learner } from './learn.ts'

/** Adam, see `adam.ts`, on the GPU. */
export interface GpuAdam extends Pick<Learner, 'weights' | 'state' | 'restore'> {
  /** @param rate learning rate of this step */
  apply(gradients: NamedTensorMap, rate: number): void
}

/**
 * All weights are one long row, and so are their moments: of a net with many small layers, the operations are then as
 * few as of one with a single layer, and it is their number that takes the time.
 */
export async function gpuAdam(tf: Tf, variables: Variable[]): Promise<GpuAdam> {
  const sizes = variables.map(variable => variable.size)
  const total = sizes.reduce((sum, size) => sum + size, 0)
  const row = (values: Tensor1D): Variable => tf.variable(values as Tensor, false)
  const joined = (parts: Tensor[]) =>
    tf.concat1d(parts.map((part, i) => tf.reshape(part, [sizes[i] as number])))
  const weights = tf.tidy(() => row(joined(variables)))
  const [first, second] = [row(tf.zeros([total])), row(tf.zeros([total]))]
  let steps = 0

  /** The variables of the layers, as the long row has them. */
  const follow = () =>
    tf.tidy(() => {
      const parts = tf.split(weights as Tensor, sizes)
      variables.forEach((variable, i) => {
        variable.assign(tf.reshape(parts[i] as Tensor, variable.shape))
      })
    })
  const parted = async (values: Tensor): Promise<Float32Array[]> => {
    const all = (await values.data()) as Float32Array
    let at = 0
    return sizes.map(size => {
      at += size
      return all.slice(at - size, at)
    })
  }
  const put = (into: Variable, parts: readonly Float32Array[]) =>
    tf.tidy(() => {
      const all = new Float32Array(total)
      let at = 0
      for (const part of parts) {
        all.set(part, at)
        at += part.length
      }
      into.assign(tf.tensor1d(all) as Tensor)
    })

  return {
    apply(gradients, rate) {
      steps++
      const correction = Math.sqrt(1 - BETA2 ** steps)
      const step = (rate * correction) / (1 - BETA1 ** steps)
      tf.tidy(() => {
        const gradient = joined(
          variables.map(variable => gradients[variable.name] ?? tf.zeros(variable.shape)),
        )
        const m = tf.add(tf.mul(first, BETA1), tf.mul(gradient, 1 - BETA1))
        const v = tf.add(tf.mul(second, BETA2), tf.mul(tf.square(gradient), 1 - BETA2))
        first.assign(m)
        second.assign(v)
        weights.assign(tf.sub(weights, tf.div(tf.mul(m, step), tf.add(tf.sqrt(v), EPSILON * correction))))
      })
      follow()
    },
    weights: () => parted(weights),
    state: async () => ({ steps, moments: [...(await parted(first)), ...(await parted(second))] }),
    restore(before) {
      steps = before.steps
      put(weights, before.weights)
      put(first, before.moments.slice(0, sizes.length))
      put(second, before.moments.slice(sizes.length))
      follow()
    },
  }
}
