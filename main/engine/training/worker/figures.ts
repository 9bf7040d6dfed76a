import type { Task } from '#contract'

/** Sums over rows, from which mean loss and accuracy are taken. */
export interface Sums {
  rows: number
  loss: number
  correct: number
}

export const noSums = (): Sums => ({ rows: 0, loss: 0, correct: 0 })

/**
 * Adds the rows of a batch, in 64 bits, from what goes into the last activation.
 * Loss a row: multiclass `log(sum(exp(z))) - z[y]`; binary `max(z, 0) - z y + log(1 + exp(-|z|))`, both shifted so
 * that nothing overflows; regression `(z - y)^2` of scaled values.
 * @param weights what a row of each class counts in the loss. Those that are learned from count so, as the gradients see
 * them; those that are only judged count the same, so that runs with and without weights can be compared.
 */
export function addFigures(
  sums: Sums,
  task: Task,
  outputs: ArrayLike<number>,
  labels: ArrayLike<number>,
  rows: number,
  weights: readonly number[] | null = null,
): void {
  const width = outputs.length / rows
  for (let row = 0; row < rows; row++) {
    const label = labels[row] as number
    const counts = weights ? (weights[label] as number) : 1
    if (task === 'multiclass') {
      let top = 0
      for (let i = 1; i < width; i++)
        if ((outputs[row * width + i] as number) > (outputs[row * width + top] as number)) top = i
      const greatest = outputs[row * width + top] as number
      let sum = 0
      for (let i = 0; i < width; i++) sum += Math.exp((outputs[row * width + i] as number) - greatest)
      sums.loss += counts * (Math.log(sum) + greatest - (outputs[row * width + label] as number))
      if (top === label) sums.correct++
    } else if (task === 'binary') {
      const z = outputs[row] as number
      sums.loss += counts * (Math.max(z, 0) - z * label + Math.log1p(Math.exp(-Math.abs(z))))
      if (Number(z >= 0) === label) sums.correct++
    } else sums.loss += ((outputs[row] as number) - label) ** 2
  }
  sums.rows += rows
}

export const meanLoss = (sums: Sums): number | null => (sums.rows ? sums.loss / sums.rows : null)
export const accuracyOf = (sums: Sums, task: Task): number | null =>
  sums.rows && task !== 'regression' ? sums.correct / sums.rows : null
