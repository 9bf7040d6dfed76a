import type { LayersModel, Tensor, Tensor2D, Variable } from '@tensorflow/tfjs'
import type { Tf } from '../../tensor/index.ts'
import type { TrainWork } from '../work.ts'
import { adam } from './adam.ts'

/** A net that can be taught a batch at a time. */
export interface Net {
  model: LayersModel
  parameters: number
  /**
   * One step on `rows` rows; returns what went into the last activation, before the step.
   * @param random draws the dropout of this step
   */
  teach(features: Float32Array, labels: Float32Array, rows: number, random: () => number): Float32Array
  /** What goes into the last activation, without dropout. */
  compute(features: Float32Array, rows: number): Float32Array
  weights(): Float32Array[]
  setWeights(weights: Float32Array[]): void
  optimizer: ReturnType<typeof adam>
}

/** The loss that the gradients are taken of, the mean over the batch; see `figures.ts` for the formulas. */
function lossOf(tf: Tf, work: TrainWork, outputs: Tensor2D, labels: Float32Array): Tensor {
  if (work.task === 'multiclass') {
    const classes = tf.oneHot(tf.tensor1d(Int32Array.from(labels), 'int32'), work.outputs)
    return tf.losses.softmaxCrossEntropy(classes, outputs)
  }
  const wanted = tf.tensor2d(labels, [labels.length, 1])
  return work.task === 'binary'
    ? tf.losses.sigmoidCrossEntropy(wanted, outputs)
    : tf.losses.meanSquaredError(wanted, outputs)
}

export function netOf(tf: Tf, work: TrainWork, model: LayersModel): Net {
  const variables = model.trainableWeights.map(weight => weight.read() as Variable)
  const optimizer = adam(tf, variables, work.learningRate)
  const layers = model.layers.filter(layer => layer.getClassName() !== 'InputLayer')
  // The loss is taken of the logits: the probabilities of a sure net round to 0 and 1, where gradients end.
  const learning = layers.filter(
    (layer, i) => !(i === layers.length - 1 && layer.getClassName() === 'Activation'),
  )

  /** @param random null: no dropout */
  function forward(features: Tensor2D, random: (() => number) | null): Tensor2D {
    let flow: Tensor = features
    for (const layer of learning) {
      if (layer.getClassName() !== 'Dropout') flow = layer.apply(flow) as Tensor
      else if (random)
        flow = tf.mul(flow, maskOf(tf, flow, (layer as unknown as { rate: number }).rate, random))
    }
    return flow as Tensor2D
  }

  return {
    model,
    parameters: model.countParams(),
    optimizer,
    teach(features, labels, rows, random) {
      return tf.tidy(() => {
        const batch = tf.tensor2d(features, [rows, work.inputs])
        let outputs: Tensor | undefined
        const { grads } = tf.variableGrads(() => {
          const computed = forward(batch, random)
          outputs = tf.keep(computed)
          return lossOf(tf, work, computed, labels).asScalar()
        }, variables)
        optimizer.apply(grads)
        const values = (outputs as Tensor).dataSync() as Float32Array
        outputs?.dispose()
        return Float32Array.from(values)
      })
    },
    compute: (features, rows) =>
      tf.tidy(() => Float32Array.from(forward(tf.tensor2d(features, [rows, work.inputs]), null).dataSync())),
    weights: () => variables.map(variable => Float32Array.from(variable.dataSync())),
    setWeights(weights) {
      variables.forEach((variable, i) => {
        tf.tidy(() => variable.assign(tf.tensor(weights[i] as Float32Array, variable.shape)))
      })
    },
  }
}

/** Inverted dropout (Srivastava et al., 2014): a unit is 0, or made larger by what the others lack. */
function maskOf(tf: Tf, flow: Tensor, rate: number, random: () => number): Tensor {
  const kept = 1 / (1 - rate)
  const mask = Float32Array.from({ length: flow.size }, () => (random() < rate ? 0 : kept))
  return tf.tensor(mask, flow.shape)
}
