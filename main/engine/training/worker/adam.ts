import type { NamedTensorMap, Variable } from '@tensorflow/tfjs'
import type { Tf } from '../../tensor/index.ts'

export const BETA1 = 0.9
export const BETA2 = 0.999
export const EPSILON = 1e-7

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
  const weights = variables.map(variable => Float32Array.from(variable.dataSync()))
  const first = weights.map(values => new Float32Array(values.length))
  const second = weights.map(values => new Float32Array(values.length))
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
        const moments = [first[i], second[i]] as [Float32Array, Float32Array]
        update(
          weights[i] as Float32Array,
          gradient.dataSync() as Float32Array,
          ...moments,
          step,
          EPSILON * correction,
        )
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

/**
 * One step on the weights of one variable. Each weight in 64 bits, moments and weights kept in 32: JavaScript computes
 * in 64, and rounding each part to 32 takes half as long again. With tensor operations, eleven of them, native
 * TensorFlow on two cores takes about as long (measured for 0.5 and 1.3 million weights), and many times as long for small nets.
 */
function update(
  weights: Float32Array,
  gradient: Float32Array,
  first: Float32Array,
  second: Float32Array,
  step: number,
  epsilon: number,
): void {
  for (let i = 0; i < weights.length; i++) {
    const g = gradient[i] as number
    const m = (first[i] as number) * BETA1 + g * (1 - BETA1)
    const v = (second[i] as number) * BETA2 + g * g * (1 - BETA2)
    first[i] = m
    second[i] = v
    weights[i] = (weights[i] as number) - (m * step) / (Math.sqrt(v) + epsilon)
  }
}
