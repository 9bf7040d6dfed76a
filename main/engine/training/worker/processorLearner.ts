import type { Tf } from '../../tensor/index.ts'
import { addFigures } from './figures.ts'
import type { Learner } from './learn.ts'
import { type NetTask, netOf } from './net.ts'

/** A learner on the processor, where every figure is there as soon as it is computed. */
export async function processorLearner(tf: Tf, work: NetTask): Promise<Learner> {
  const net = await netOf(tf, work)
  const { task, classWeights } = work
  return {
    parameters: net.parameters,
    teach({ features, labels, rows }, rate, random, sums) {
      addFigures(sums, task, net.teach(features, labels, rows, rate, random), labels, rows, classWeights)
    },
    judge({ features, labels, rows }, sums) {
      addFigures(sums, task, net.compute(features, rows), labels, rows)
    },
    settle: async () => {},
    weights: async () => net.weights(),
    state: async () => net.optimizer.state(),
    restore({ weights, steps, moments }) {
      net.setWeights(weights)
      net.optimizer.restore({ steps, moments })
    },
  }
}
