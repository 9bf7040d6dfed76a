import type { ClassFigures, Metrics } from '#contract'
import { curveOf, MOST_POINTS } from './curve.ts'
import { auc, averagePrecision, rank } from './ranked.ts'

/** Probabilities are held this far from 0 and 1 before a logarithm is taken. */
export const CLIP = 1e-7

/** Points of all curves together; a label of very many classes gets coarser ones, for a document of bearable size. */
const ALL_POINTS = 20_000
const LEAST_POINTS = 21

export interface Classified {
  classes: string[]
  /** A binary task has a positive class: the second. */
  isBinary: boolean
  /** `rows` times `classes`, rows first. */
  probabilities: ArrayLike<number>
  /** Index of the class by row. */
  labels: ArrayLike<number>
}

export interface ClassificationFigures {
  metrics: Metrics
  confusion: { classes: string[]; counts: number[][] }
  perClass: ClassFigures[]
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

/** `-1/n sum(log p[row, label])`, with `p` held within 1e-7 of 0 and 1. */
export function logLoss({ classes, probabilities, labels }: Classified): number {
  let sum = 0
  for (let row = 0; row < labels.length; row++) {
    const p = probabilities[row * classes.length + (labels[row] as number)] as number
    sum -= Math.log(Math.min(1 - CLIP, Math.max(CLIP, p)))
  }
  return sum / labels.length
}

const share = (part: number, whole: number) => (whole === 0 ? 0 : part / whole)

/**
 * All figures of a classification. With `tp`, `fp`, `fn` of one class against all others: precision `tp / (tp + fp)`,
 * recall `tp / (tp + fn)`, f1 `2 tp / (2 tp + fp + fn)`, each 0 where nothing can be divided.
 *
 * Overall: accuracy, the share of rows on the diagonal; precision, recall, f1, auc and averagePrecision of the
 * positive class for a binary task, else their plain mean over the classes that are there or were predicted (auc and
 * averagePrecision: over the classes where they exist); logLoss.
 */
export function classificationFigures(classified: Classified): ClassificationFigures {
  const { classes, isBinary, probabilities, labels } = classified
  const rows = labels.length
  const counts = confusionOf(classified)
  const points = Math.min(MOST_POINTS, Math.max(LEAST_POINTS, Math.floor(ALL_POINTS / classes.length)))
  const scores = new Float64Array(rows)
  let right = 0
  const present: boolean[] = []

  const perClass = classes.map((label, index): ClassFigures => {
    for (let row = 0; row < rows; row++) scores[row] = probabilities[row * classes.length + index] as number
    const ranked = rank(scores, row => labels[row] === index)
    const tp = counts[index]?.[index] as number
    const support = ranked.positives.length
    const called = counts.reduce((sum, of) => sum + (of[index] as number), 0)
    right += tp
    present.push(support > 0 || called > 0)
    return {
      label,
      support,
      precision: share(tp, called),
      recall: share(tp, support),
      f1: share(2 * tp, called + support),
      auc: auc(ranked),
      averagePrecision: averagePrecision(ranked),
      curve: curveOf(ranked, points),
    }
  })

  const judged = isBinary ? perClass.slice(1) : perClass.filter((_, i) => present[i])
  const metrics: Metrics = { accuracy: share(right, rows) }
  for (const name of ['precision', 'recall', 'f1', 'auc', 'averagePrecision'] as const) {
    const values = judged.map(figures => figures[name]).filter(value => value !== null)
    if (values.length) metrics[name] = values.reduce((sum, value) => sum + value, 0) / values.length
  }
  metrics.logLoss = logLoss(classified)
  return { metrics, confusion: { classes, counts }, perClass }
}
