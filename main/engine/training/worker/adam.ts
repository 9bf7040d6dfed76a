import type { NamedTensorMap, Tensor, Variable } from '@tensorflow/tfjs'
import { adamStep, hasAdamStep, type Tf } from '../../tensor/index.ts'
import { BETA1, BETA2, EPSILON, LEAST, updates } from './adamUpdate.ts'

/**
 * Adam (Kingma and Ba, 2015, algorithm 1, in the order of its section 2). It is our own for two reasons: its whole state
 * can be written down and put back to the bit, so that a run that was stopped ends with the same weights as one that was
 * not; and it is one pass over each weight, where TensorFlow.js would make nine operations of it: in the backend's own
 * memory where that has such an operation, else over plain arrays.
 */
export interface Adam {
  /** The weights as they are, in the order of the variables; the variables follow them. */
  weights(): Float32Array[]
  setWeights(weights: readonly Float32Array[]): void
  /** @param rate learning rate of this step */
  apply(gradients: NamedTensorMap, rate: number): void
  /** Steps done, then all first moments, then all second ones, in the order of the variables. */
  state(): { steps: number; moments: Float32Array[] }
  restore(state: { steps: number; moments: Float32Array[] }): void
}

export const adam = (tf: Tf, variables: Variable[]): Adam =>
  hasAdamStep(tf) ? inBackend(tf, variables) : inArrays(tf, variables)

/** The factors of a step, with the corrections of moments that began at 0. */
function factorsOf(steps: number, rate: number): { step: number; epsilon: number } {
  const correction = Math.sqrt(1 - BETA2 ** steps)
  return { step: (rate * correction) / (1 - BETA1 ** steps), epsilon: EPSILON * correction }
}

function inBackend(tf: Tf, variables: Variable[]): Adam {
  let steps = 0
  const zeros = () => variables.map(({ shape }) => tf.keep(tf.zeros(shape)))
  const [first, second] = [zeros(), zeros()]
  const read = (tensors: readonly Tensor[]) => tensors.map(each => each.dataSync() as Float32Array)
  return {
    weights: () => read(variables),
    setWeights(values) {
      variables.forEach((variable, i) => {
        tf.tidy(() => variable.assign(tf.tensor(values[i] as Float32Array, variable.shape)))
      })
    },
    apply(gradients, rate) {
      steps++
      const attributes = { beta1: BETA1, beta2: BETA2, least: LEAST, ...factorsOf(steps, rate) }
      variables.forEach((weights, i) => {
        const gradient = gradients[weights.name]
        if (!gradient) return
        const moments = { first: first[i] as Tensor, second: second[i] as Tensor }
        tf.tidy(() => weights.assign(adamStep(tf, { weights, gradient, ...moments }, attributes)))
      })
    },
    state: () => ({ steps, moments: read([...first, ...second]) }),
    restore(state) {
      steps = state.steps
      for (const [which, moments] of [first, second].entries())
        moments.forEach((before, i) => {
          const values = state.moments[which * variables.length + i] as Float32Array
          moments[i] = tf.keep(tf.tensor(values, before.shape))
          before.dispose()
        })
    },
  }
}

function inArrays(tf: Tf, variables: Variable[]): Adam {
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
    weights: () => weights.map(values => Float32Array.from(values)),
    setWeights(values) {
      weights.forEach((own, i) => {
        own.set(values[i] as Float32Array)
        follow(i)
      })
    },
    apply(gradients, rate) {
      steps++
      const { step, epsilon } = factorsOf(steps, rate)
      variables.forEach((variable, i) => {
        const gradient = gradients[variable.name]
        if (!gradient) return
        update(i, gradient.dataSync() as Float32Array, step, epsilon)
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
