import type { Tensor, Tensor2D } from '@tensorflow/tfjs'
import type { Tf } from '../../tensor/index.ts'
import type { TrainWork } from '../work.ts'

/**
 * The loss that the gradients are taken of, the mean over the batch; see `figures.ts` for the formulas. With class
 * weights each row counts as its class weighs, and the sum is divided by the rows, as Keras does.
 */
export function lossOf(tf: Tf, work: Pick<TrainWork, 'task' | 'outputs' | 'classWeights'>) {
  const { SUM } = tf.Reduction
  return (outputs: Tensor2D, labels: Float32Array): Tensor => {
    const rows = labels.length
    const weights = rowWeights(work, labels)
    if (work.task === 'multiclass') {
      const classes = tf.oneHot(tf.tensor1d(Int32Array.from(labels), 'int32'), work.outputs)
      if (!weights) return tf.losses.softmaxCrossEntropy(classes, outputs)
      return tf.div(tf.losses.softmaxCrossEntropy(classes, outputs, tf.tensor1d(weights), 0, SUM), rows)
    }
    const wanted = tf.tensor2d(labels, [rows, 1])
    if (work.task === 'regression') return tf.losses.meanSquaredError(wanted, outputs)
    if (!weights) return tf.losses.sigmoidCrossEntropy(wanted, outputs)
    const counts = tf.tensor2d(weights, [rows, 1])
    return tf.div(tf.losses.sigmoidCrossEntropy(wanted, outputs, counts, 0, SUM), rows)
  }
}

/** What each row counts, or null where all count the same. */
export function rowWeights(
  { classWeights }: Pick<TrainWork, 'classWeights'>,
  labels: Float32Array,
): Float32Array | null {
  return classWeights ? labels.map(label => classWeights[label] as number) : null
}
