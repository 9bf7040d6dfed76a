import type { Task } from '#contract'
import { seeded } from '../../kit/index.ts'
import type { NetLayer, NetSpec } from './netSpec.ts'

/** Seeds of the layers of a net, one after another, from the seed of its plan. */
export function layerSeeds(seed: number): () => number {
  const random = seeded(seed, 0)
  return () => Math.floor(random() * 2 ** 31)
}

/**
 * Ends a net: its logits become probabilities, by sigmoid for a binary task and softmax else; the value of a regression
 * stays as it is.
 * @param layers all layers, the last one gives the logits, or the value
 */
export function answered(layers: NetLayer[], task: Task): NetSpec {
  const logits = layers.at(-1)?.name as string
  if (task === 'regression') return { layers, logits, output: logits }
  const probabilities: NetLayer = {
    name: 'probabilities',
    inputs: [logits],
    kind: 'activation',
    activation: task === 'binary' ? 'sigmoid' : 'softmax',
  }
  return { layers: [...layers, probabilities], logits, output: probabilities.name }
}

/** What the layer is called that the loss is taken of. */
export const headName = (task: Task): string => (task === 'regression' ? 'value' : 'logits')
