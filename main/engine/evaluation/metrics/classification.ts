import type { ClassFigures, Metrics } from '#contract'
import { type Classified, confusionOf, logLoss } from './classified.ts'
import { countFigures } from './counts.ts'
import { curveOf, MOST_POINTS } from './curve.ts'
import { probabilityFigures } from './probabilities.ts'
import { auc, averagePrecision, type Ranked, rank } from './ranked.ts'

/** Points of all curves together; a label of very many classes gets coarser ones, for a document of bearable size. */
const ALL_POINTS = 20_000
const LEAST_POINTS = 21

export interface ClassificationFigures {
  metrics: Metrics
  confusion: { classes: string[]; counts: number[][] }
  perClass: ClassFigures[]
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
