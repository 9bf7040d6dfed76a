/** Probabilities are held this far from 0 and 1 before a logarithm is taken: as scikit-learn's log_loss does for doubles. */
export const CLIP = Number.EPSILON

/** What a model said of rows whose class is known. */
export interface Classified {
  classes: string[]
  /** A binary task has a positive class: the second. */
  isBinary: boolean
  /** `rows` times `classes`, rows first. */
  probabilities: ArrayLike<number>
  /** Index of the class by row. */
  labels: ArrayLike<number>
}

/** The class with the greatest probability, the first of equals; binary: the positive one from 0.5 on. */
export function predictedClass({ classes, isBinary, probabilities }: Classified, row: number): number {
  const at = row * classes.length
  if (isBinary) return Number((probabilities[at + 1] as number) >= 0.5)
  let best = 0
  for (let i = 1; i < classes.length; i++)
    if ((probabilities[at + i] as number) > (probabilities[at + best] as number)) best = i
  return best
}

/** Rows by what they are (first index) and what was predicted (second). */
export function confusionOf(classified: Classified): number[][] {
  const counts = classified.classes.map(() => classified.classes.map(() => 0))
  for (let row = 0; row < classified.labels.length; row++) {
    const is = counts[classified.labels[row] as number] as number[]
    const predicted = predictedClass(classified, row)
    is[predicted] = (is[predicted] as number) + 1
  }
  return counts
}

/** `-1/n sum(log p[row, label])`, with `p` held `CLIP` away from 0 and 1. */
export function logLoss({ classes, probabilities, labels }: Classified): number {
  let sum = 0
  for (let row = 0; row < labels.length; row++) {
    const p = probabilities[row * classes.length + (labels[row] as number)] as number
    sum -= Math.log(Math.min(1 - CLIP, Math.max(CLIP, p)))
  }
  return sum / labels.length
}
