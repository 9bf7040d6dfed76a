import type { ClassFigures, Metrics } from '#contract'
import { countFigures } from './counts.ts'
import { curveOf, MOST_POINTS } from './curve.ts'
import { probabilityFigures } from './probabilities.ts'
import { auc, averagePrecision, type Ranked, rank } from './ranked.ts'

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

/** How a class is told from the others by its probability. */
export function rankOf({ classes, probabilities, labels }: Classified, index: number): Ranked {
  const scores = new Float64Array(labels.length)
  for (let row = 0; row < labels.length; row++)
    scores[row] = probabilities[row * classes.length + index] as number
  return rank(scores, row => labels[row] === index)
}

/**
 * The figures by name, without those of single classes: see `countFigures` and `probabilityFigures`. auc and
 * averagePrecision: of the positive class for a binary task, else the plain mean over the classes that are there or were
 * predicted, as far as they exist there.
 * @param ranks by class, where they are known already
 */
export function classificationMetrics(
  classified: Classified,
  counts = confusionOf(classified),
  ranks: (index: number) => Ranked = index => rankOf(classified, index),
): Metrics {
  const { isBinary } = classified
  const metrics: Metrics = countFigures(counts, isBinary)
  const judged = judgedClasses(counts, isBinary).map(ranks)
  for (const [name, of] of [
    ['auc', auc],
    ['averagePrecision', averagePrecision],
  ] as const) {
    const values = judged.map(of).filter(value => value !== null)
    if (values.length) metrics[name] = values.reduce((sum, value) => sum + value, 0) / values.length
  }
  metrics.logLoss = logLoss(classified)
  return { ...metrics, ...probabilityFigures(classified) }
}

/** Classes that averages are over: the positive one of a binary task, else those that are there or were predicted. */
export const judgedClasses = (counts: readonly (readonly number[])[], isBinary: boolean): number[] =>
  isBinary
    ? [1]
    : counts.flatMap((row, i) => (row.some(Boolean) || counts.some(other => other[i]) ? [i] : []))

/** All figures of a classification, also of each class against all others. */
export function classificationFigures(classified: Classified): ClassificationFigures {
  const { classes, labels } = classified
  const counts = confusionOf(classified)
  const points = Math.min(MOST_POINTS, Math.max(LEAST_POINTS, Math.floor(ALL_POINTS / classes.length)))
  const ranks = classes.map((_, index) => rankOf(classified, index))
  const perClass = ranks.map((ranked, index): ClassFigures => {
    const tp = counts[index]?.[index] as number
    const support = ranked.positives.length
    const called = counts.reduce((sum, of) => sum + (of[index] as number), 0)
    return {
      label: classes[index] as string,
      support,
      precision: share(tp, called),
      recall: share(tp, support),
      f1: share(2 * tp, called + support),
      specificity: share(labels.length - support - called + tp, labels.length - support),
      auc: auc(ranked),
      averagePrecision: averagePrecision(ranked),
      curve: curveOf(ranked, points),
    }
  })
  const metrics = classificationMetrics(classified, counts, index => ranks[index] as Ranked)
  return { metrics, confusion: { classes, counts }, perClass }
}
