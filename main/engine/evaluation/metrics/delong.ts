import { judgedClasses } from './classification.ts'
import type { Classified } from './classified.ts'
import { type Sample, sampleOf } from './intervals.ts'
import { countAbove, countAtLeast, rank } from './ranked.ts'

/**
 * Structural components of an AUC (DeLong, DeLong and Clarke-Pearson 1988), by the ranks of Sun and Xu (2014): of each
 * positive row the share of negative rows below it, of each negative row the share of positive rows above it, equal
 * scores counting half. Null where one side is empty.
 */
export interface Components {
  auc: number
  /** By row. */
  of: Float64Array
  positives: number
  negatives: number
}

export function componentsOf(scores: Float64Array, isPositive: Uint8Array): Components | null {
  const { positives, negatives } = rank(scores, row => isPositive[row] === 1)
  if (!positives.length || !negatives.length) return null
  const of = new Float64Array(scores.length)
  let auc = 0
  for (let row = 0; row < of.length; row++) {
    const score = scores[row] as number
    if (isPositive[row]) auc += of[row] = 1 - shareAbove(negatives, score)
    else of[row] = shareAbove(positives, score)
  }
  return { auc: auc / positives.length, of, positives: positives.length, negatives: negatives.length }
}

/** Share of the rising values above one, equal ones counting half. */
const shareAbove = (rising: Float64Array, value: number): number =>
  (countAtLeast(rising, value) + countAbove(rising, value)) / 2 / rising.length

/** Standard error of an AUC, or of the difference of two on the same rows. */
export function aucError(one: Components, isPositive: Uint8Array, other?: Components): number | null {
  if (one.positives < 2 || one.negatives < 2) return null
  const of = other ? one.of.map((value, row) => value - (other.of[row] as number)) : one.of
  const variance = ({ squares, rows }: Sample) => squares / (rows - 1) / rows
  return Math.sqrt(
    variance(sampleOf(of, row => isPositive[row] === 1)) +
      variance(sampleOf(of, row => isPositive[row] === 0)),
  )
}

/**
 * By row how much it moves the AUC that a classification is told by (the mean over the judged classes), so that its
 * variance is that of their mean; null where there is none. Of two classes this is what DeLong's components say.
 */
export function aucInfluence(
  classified: Classified,
  counts: number[][],
): { value: number; of: Float64Array } | null {
  const { classes, isBinary, probabilities, labels } = classified
  const rows = labels.length
  const of = new Float64Array(rows)
  let value = 0
  let parts = 0
  for (const index of judgedClasses(counts, isBinary)) {
    const scores = Float64Array.from(
      { length: rows },
      (_, row) => probabilities[row * classes.length + index] as number,
    )
    const isPositive = Uint8Array.from({ length: rows }, (_, row) => Number(labels[row] === index))
    const found = componentsOf(scores, isPositive)
    if (!found) continue
    parts++
    value += found.auc
    for (let row = 0; row < rows; row++) {
      const weight = rows / (isPositive[row] ? found.positives : found.negatives)
      of[row] = (of[row] as number) + ((found.of[row] as number) - found.auc) * weight
    }
  }
  if (!parts) return null
  return { value: value / parts, of: of.map(each => each / parts) }
}
