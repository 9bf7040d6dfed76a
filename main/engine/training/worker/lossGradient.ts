import type { TrainWork } from '../work.ts'

/**
 * The gradient of the loss by what goes into the last activation, `rows` times `outputs`; see `figures.ts` for the
 * losses. It is the mean over the batch; with class weights each row counts as its class weighs and the sum is divided
 * by the rows, as Keras does. By row: `(p - y) w / rows`, of a value `2 (z - y) / rows`. It is computed here and not by
 * TensorFlow since it is a handful of numbers that are read for the figures anyway.
 * @param rows of the batch, where these are a part of it
 */
export function lossGradient(
  { task, outputs: width, classWeights }: Pick<TrainWork, 'task' | 'outputs' | 'classWeights'>,
  outputs: ArrayLike<number>,
  labels: Float32Array,
  rows = labels.length,
): Float32Array {
  const gradient = new Float32Array(labels.length * width)
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row] as number
    const share = (classWeights ? (classWeights[label] as number) : 1) / rows
    if (task === 'regression') gradient[row] = (2 * ((outputs[row] as number) - label)) / rows
    else if (task === 'binary')
      gradient[row] = (1 / (1 + Math.exp(-(outputs[row] as number))) - label) * share
    else {
      const from = row * width
      let top = Number.NEGATIVE_INFINITY
      for (let i = from; i < from + width; i++) top = Math.max(top, outputs[i] as number)
      let sum = 0
      for (let i = from; i < from + width; i++) sum += Math.exp((outputs[i] as number) - top)
      for (let i = from; i < from + width; i++)
        gradient[i] = (Math.exp((outputs[i] as number) - top) / sum - Number(i - from === label)) * share
    }
  }
  return gradient
}
