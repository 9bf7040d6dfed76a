import type { Difference, Interval } from '#contract'
import type { Answers } from '../answers.ts'
import { drawnCounts, drawnRows, spreadOf } from './bootstrap.ts'
import { type Classified, confusionOf, predictedClass } from './classified.ts'
import { countFigures, isOfCounts } from './counts.ts'
import { aucError, aucInfluence, type Components, componentsOf } from './delong.ts'
import { normalReach, normalTails, studentTails } from './distributions.ts'
import { CONFIDENCE, meanInterval, type Sample, sampleOf } from './intervals.ts'
import { brierOf } from './probabilities.ts'

/** Figures where less is better. */
const ERRORS = /^(logLoss|brier|ece|mse|rmse|mae|medianAbsoluteError|maxError|mape)$/
export const isError = (metric: string): boolean => ERRORS.test(metric)

export type Paired = Pick<Difference, 'interval' | 'chance' | 'method'>

/**
 * McNemar's exact test (1947): how likely at least so uneven a split of the rows that only one of two models has right
 * is, if either is as likely to.
 */
export function mcnemar(onlyOne: number, onlyOther: number): number {
  const rows = onlyOne + onlyOther
  if (rows === 0) return 1
  const least = Math.min(onlyOne, onlyOther)
  // Terms of the binomial, each from its neighbor, beginning with that of `least`; the sum is scaled at the end.
  let term = 1
  let sum = 0
  for (let k = least; k >= 0 && term > sum * 1e-17; k--) {
    sum += term
    term *= k / (rows - k + 1)
  }
  let log = -rows * Math.LN2
  for (let i = 1; i <= least; i++) log += Math.log((rows - least + i) / i)
  return Math.min(1, 2 * Math.exp(log + Math.log(sum)))
}

/** Paired t-test of rows' differences. */
function pairedT(of: Float64Array, confidence: number): Paired {
  const sample: Sample = sampleOf(of)
  const { rows, mean, squares } = sample
  const error = Math.sqrt(squares / (rows - 1) / rows)
  const chance = rows < 2 ? null : error === 0 ? Number(mean === 0) : studentTails(mean / error, rows - 1)
  return { interval: meanInterval(sample, confidence), chance, method: 'paired-t' }
}

/**
 * Whether a figure of two models on the same rows differs by more than chance, and by how much.
 * @param one the model before
 * @param other the same rows in the same order
 */
export function paired(metric: string, one: Answers, other: Answers, confidence = CONFIDENCE): Paired {
  const perRow = rowLosses(metric, one, other)
  if (perRow) return pairedT(perRow, confidence)
  if (metric === 'accuracy') {
    const of = other.scores.map((score, row) => score - (one.scores[row] as number))
    const [gained, lost] = [of.filter(d => d > 0).length, of.filter(d => d < 0).length]
    return { ...pairedT(of, confidence), chance: mcnemar(gained, lost), method: 'mcnemar' }
  }
  if (one.classified && other.classified) {
    if (metric === 'auc') {
      const found = aucDifference(one.classified, other.classified, confidence)
      if (found) return found
    }
    if (isOfCounts(metric)) return byCounts(metric, one.classified, other.classified, confidence)
  }
  return byRows(metric, one, other, confidence)
}

/** By row the change of a figure that is a mean of rows, or moves like one. */
function rowLosses(metric: string, one: Answers, other: Answers): Float64Array | null {
  const of = (change: (row: number) => number) =>
    Float64Array.from({ length: one.rows }, (_, row) => change(row))
  if (metric === 'logLoss' || metric === 'mse')
    return of(row => (other.losses[row] as number) - (one.losses[row] as number))
  const [a, b] = [one.classified, other.classified]
  if (metric === 'brier' && a && b) return of(row => brierOf(b, row) - brierOf(a, row))
  const [from, to] = [one.regressed, other.regressed]
  if (!from || !to) return null
  const [before, after] = [one.metrics(), other.metrics()]
  const error = ({ actual, predicted }: typeof from, row: number) =>
    (predicted[row] as number) - (actual[row] as number)
  if (metric === 'mae') return of(row => Math.abs(error(to, row)) - Math.abs(error(from, row)))
  if (metric === 'bias') return of(row => error(to, row) - error(from, row))
  // The root moves by half the change of the square divided by the root (delta method); its mean is the change itself.
  if (metric === 'rmse' && before.rmse && after.rmse) {
    const [r0, r1] = [before.rmse, after.rmse]
    return of(row => ((other.losses[row] as number) / r1 - (one.losses[row] as number) / r0 + r1 - r0) / 2)
  }
  return null
}

/** DeLong's test of two correlated AUCs; of more than two classes by the influence of rows on their mean. */
function aucDifference(one: Classified, other: Classified, confidence: number): Paired | null {
  let difference: number
  let error: number | null
  if (one.isBinary) {
    const isPositive = Uint8Array.from({ length: one.labels.length }, (_, row) =>
      Number(one.labels[row] === 1),
    )
    const components = [one, other].map(({ probabilities }) =>
      componentsOf(
        Float64Array.from({ length: isPositive.length }, (_, row) => probabilities[2 * row + 1] as number),
        isPositive,
      ),
    ) as [Components | null, Components | null]
    const [a, b] = components
    if (!a || !b) return null
    difference = b.auc - a.auc
    error = aucError(a, isPositive, b)
  } else {
    const [a, b] = [aucInfluence(one, confusionOf(one)), aucInfluence(other, confusionOf(other))]
    if (!a || !b) return null
    const { rows, squares } = sampleOf(b.of.map((value, row) => value - (a.of[row] as number)))
    difference = b.value - a.value
    error = Math.sqrt(squares / (rows - 1) / rows)
  }
  if (error === null) return null
  const reach = normalReach(confidence) * error
  const interval: Interval = { low: difference - reach, high: difference + reach }
  const chance = error === 0 ? Number(difference === 0) : normalTails(difference / error)
  return { interval, chance, method: 'delong' }
}

/** Draws the rows again by what they are and what both models made of them, which is all that these figures see. */
function byCounts(metric: string, one: Classified, other: Classified, confidence: number): Paired {
  const width = one.classes.length
  const kinds = new Map<number, number>()
  for (let row = 0; row < one.labels.length; row++) {
    const label = one.labels[row] as number
    const kind = (label * width + predictedClass(one, row)) * width + predictedClass(other, row)
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
  }
  const keys = [...kinds.keys()]
  const changes: number[] = []
  for (const drawn of drawnCounts([...kinds.values()])) {
    const [before, after] = [0, 1].map(() => one.classes.map(() => new Array<number>(width).fill(0)))
    for (const [nth, key] of keys.entries()) {
      const label = Math.floor(key / width ** 2)
      const [was, is] = [Math.floor(key / width) % width, key % width]
      const times = drawn[nth] as number
      if (before?.[label]) before[label][was] = (before[label][was] as number) + times
      if (after?.[label]) after[label][is] = (after[label][is] as number) + times
    }
    const of = (counts: number[][] = []) => countFigures(counts, one.isBinary)[metric] ?? Number.NaN
    changes.push(of(after) - of(before))
  }
  return drawnChange(changes, confidence)
}

const MOST_DRAWN = 5000

function byRows(metric: string, one: Answers, other: Answers, confidence: number): Paired {
  if (one.rows > MOST_DRAWN) return { interval: null, chance: null, method: 'bootstrap' }
  const changes: number[] = []
  for (const times of drawnRows(one.rows)) {
    const rows = new Uint32Array(one.rows)
    for (let row = 0, at = 0; row < times.length; row++)
      for (let n = times[row] as number; n > 0; n--) rows[at++] = row
    const of = (answers: Answers) => answers.only(rows).metrics()[metric] ?? Number.NaN
    changes.push(of(other) - of(one))
  }
  return drawnChange(changes, confidence)
}

function drawnChange(changes: number[], confidence: number): Paired {
  const spread = spreadOf(changes, confidence)
  return {
    interval: spread && { low: spread.low, high: spread.high },
    chance: spread?.chance ?? null,
    method: 'bootstrap',
  }
}
