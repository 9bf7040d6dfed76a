import type { Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs'
import type { Tf } from '../../tensor/index.ts'
import { build } from './build.ts'
import { addFigures, type Sums } from './figures.ts'
import { gpuAdam } from './gpuAdam.ts'
import type { Learner } from './learn.ts'
import { forwardOf, learned, type NetTask } from './net.ts'

/** What a batch gave, and what its figures are added to once that is read. */
interface Given {
  logits: Tensor
  labels: Float32Array
  rows: number
  classWeights: readonly number[] | null
  sums: Sums
}

/**
 * A learner whose weights and state stay on the GPU: reading a value back takes longer than a step, so that steps only
 * put work in the GPU's queue, and the logits of many are read at once when their figures are wanted.
 */
export async function gpuLearner(tf: Tf, work: NetTask): Promise<Learner> {
  const model = await build(tf, work.net)
  const layers = learned(tf, model, work.net)
  const variables = layers.flatMap(layer => layer.variables)
  const forward = forwardOf(tf, work.net, layers)
  const optimizer = await gpuAdam(tf, variables)
  const waiting: Given[] = []

  return {
    parameters: model.countParams(),
    teach({ features, labels, rows }, rate, random, sums) {
      let logits: Tensor | undefined
      const loss = tf.customGrad((given, save) => {
        logits = tf.keep((given as Tensor).clone())
        const gradient = lossGradient(tf, work, given as Tensor2D, labels)
        ;(save as (tensors: Tensor[]) => void)([gradient])
        // Only its gradient is wanted.
        return { value: tf.scalar(0), gradFunc: (_, [kept]) => (kept as Tensor).clone() }
      })
      tf.tidy(() => {
        const batch = tf.tensor2d(features, [rows, work.inputs])
        const { grads } = tf.variableGrads(() => loss(forward(batch, random)) as Scalar, variables)
        optimizer.apply(grads, rate)
      })
      waiting.push({ logits: logits as Tensor, labels, rows, classWeights: work.classWeights, sums })
    },
    judge({ features, labels, rows }, sums) {
      const logits = tf.tidy(() => tf.keep(forward(tf.tensor2d(features, [rows, work.inputs]), null)))
      waiting.push({ logits, labels, rows, classWeights: null, sums })
    },
    async settle() {
      const all = waiting.splice(0)
      if (all.length === 0) return
      const flat = tf.tidy(() => tf.concat1d(all.map(({ logits }) => tf.reshape(logits, [logits.size]))))
      const values = (await flat.data()) as Float32Array
      let at = 0
      for (const { logits, labels, rows, classWeights, sums } of all) {
        addFigures(sums, work.task, values.subarray(at, at + logits.size), labels, rows, classWeights)
        at += logits.size
      }
      tf.dispose([flat, ...all.map(({ logits }) => logits)])
    },
    weights: optimizer.weights,
    state: optimizer.state,
    restore: optimizer.restore,
  }
}

/** The same as `lossGradient.ts` says, in operations of the backend. */
function lossGradient(
  tf: Tf,
  { task, outputs: width, classWeights }: NetTask,
  logits: Tensor2D,
  labels: Float32Array,
): Tensor {
  const rows = labels.length
  const by = (values: Float32Array) => tf.tensor2d(values, [rows, 1])
  if (task === 'regression') return tf.mul(tf.sub(logits, by(labels)), 2 / rows)
  const shares = labels.map(label => (classWeights ? (classWeights[label] as number) : 1) / rows)
  if (task === 'binary') return tf.mul(tf.sub(tf.sigmoid(logits), by(labels)), by(shares))
  const wanted = new Float32Array(rows * width)
  labels.forEach((label, row) => {
    wanted[row * width + label] = 1
  })
  return tf.mul(tf.sub(tf.softmax(logits), tf.tensor2d(wanted, [rows, width])), by(shares))
}
