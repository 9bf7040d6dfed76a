import type { NamedTensorMap, Variable } from '@tensorflow/tfjs'
import type { Tf } from '../../tensor/index.ts'
import { BETA1, BETA2, EPSILON, updates } from './adamUpdate.ts'

/**
 * Adam (Kingma and Ba, 2015, algorithm 1, in the order of its section 2). It is our own for two reasons: its whole state
 * can be written down and put back to the bit, so that a run that was stopped ends with the same weights as one that was
 * not; and it runs over plain arrays, one pass over each weight, where TensorFlow.js would make nine operations of it.
 */
export interface Adam {
  /** The weights as they are, in the order of the variables; the variables follow them. */
  readonly weights: readonly Float32Array[]
  setWeights(weights: readonly Float32Array[]): void
  /** @param rate learning rate of this step */
  apply(gradients: NamedTensorMap, rate: number): void
  /** Steps done, then all first moments, then all second ones, in the order of the variables. */
  state(): { steps: number; moments: Float32Array[] }
  restore(state: { steps: number; moments: Float32Array[] }): void
}

export function adam(tf: Tf, variables: Variable[]): Adam {
  let steps = 0
  const { weights, first, second, update } = updates(variables.map(variable => variable.size))
  variables.forEach((variable, i) => {
    weights[i]?.set(variable.dataSync() as Float32Array)
  })
  const follow = (i: number) => {
    const variable = variables[i] as Variable
    tf.tidy(() => variable.assign(tf.tensor(weights[i] as Float32Array, variable.shape)))
  }
  return {
    weights,
    setWeights(values) {
      weights.forEach((own, i) => {
        own.set(values[i] as Float32Array)
        follow(i)
      })
    },
    apply(gradients, rate) {
      steps++
      const correction = Math.sqrt(1 - BETA2 ** steps)
      const step = (rate * correction) / (1 - BETA1 ** steps)
      variables.forEach((variable, i) => {
        const gradient = gradients[variable.name]
        if (!gradient) return
        update(i, gradient.dataSync() as Float32Array, step, EPSILON * correction)
        follow(i)
      })
    },
    state: () => ({ steps, moments: [...first, ...second].map(moment => Float32Array.from(moment)) }),
    restore(state) {
      steps = state.steps
      ;[...first, ...second].forEach((moment, i) => {
        moment.set(state.moments[i] as Float32Array)
      })
    },
  }
}
