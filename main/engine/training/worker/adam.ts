import type { NamedTensorMap, Variable } from '@tensorflow/tfjs'
import type { Tf } from '../../tensor/index.ts'

const BETA1 = 0.9
const BETA2 = 0.999
const EPSILON = 1e-7

/**
 * Adam (Kingma and Ba, 2015, algorithm 1). It is our own for one reason: its whole state can be written down and put
 * back to the bit, so that a run that was stopped ends with the same weights as one that was not. TensorFlow.js'
 * optimizer recomputes its bias corrections in 32 bits when it is loaded.
 */
export interface Adam {
  /** @param rate learning rate of this step */
  apply(gradients: NamedTensorMap, rate: number): void
  /** Steps done, then all first moments, then all second ones, in the order of the variables. */
  state(): { steps: number; moments: Float32Array[] }
  restore(state: { steps: number; moments: Float32Array[] }): void
}

export function adam(tf: Tf, variables: Variable[]): Adam {
  let steps = 0
  const zeros = () => variables.map(variable => tf.tidy(() => tf.variable(tf.zerosLike(variable), false)))
  const first = zeros()
  const second = zeros()
  return {
    apply(gradients, rate) {
      steps++
      const correction1 = 1 - BETA1 ** steps
      const correction2 = 1 - BETA2 ** steps
      tf.tidy(() => {
        variables.forEach((variable, i) => {
          const gradient = gradients[variable.name]
          const m = first[i] as Variable
          const v = second[i] as Variable
          if (!gradient) return
          m.assign(tf.add(tf.mul(m, BETA1), tf.mul(gradient, 1 - BETA1)))
          v.assign(tf.add(tf.mul(v, BETA2), tf.mul(tf.square(gradient), 1 - BETA2)))
          const scale = tf.add(tf.sqrt(tf.div(v, correction2)), EPSILON)
          variable.assign(tf.sub(variable, tf.div(tf.mul(m, rate / correction1), scale)))
        })
      })
    },
    state: () => ({
      steps,
      moments: [...first, ...second].map(moment => Float32Array.from(moment.dataSync())),
    }),
    restore(state) {
      steps = state.steps
      const moments = [...first, ...second]
      moments.forEach((moment, i) => {
        tf.tidy(() => moment.assign(tf.tensor(state.moments[i] as Float32Array, moment.shape)))
      })
    },
  }
}
