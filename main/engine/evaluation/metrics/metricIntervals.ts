import type { MetricInterval, Metrics } from '#contract'
import type { Answers } from '../answers.ts'
import { drawnCounts, drawnRows, spreadOf } from './bootstrap.ts'
import { confusionOf } from './classified.ts'
import { countFigures, isOfCounts } from './counts.ts'
import { aucInfluence } from './delong.ts'
import { normalReach } from './distributions.ts'
import { CONFIDENCE, meanInterval, rootInterval, sampleOf, wilson } from './intervals.ts'
import { brierOf } from './probabilities.ts'

type Found = Record<string, MetricInterval>
type Method = MetricInterval['method']

/** Rows are drawn again and again for figures that need it, up to so many. */
const MOST_DRAWN = 50_000

/**
 * Where each figure lies with a confidence: shares by Wilson, auc by DeLong, means of rows by Student's t, rmse and mse
 * by t of the logarithm, what follows from the confusion matrix by drawing that again, averagePrecision, ece, r2 and
 * medianAbsoluteError by drawing rows again where there are at most 50,000.
 * @param metrics their figures
 * @param only of these; default: all
 */
export function intervalsOf(
  answers: Answers,
  metrics: Metrics,
  confidence = CONFIDENCE,
  only: readonly string[] = Object.keys(metrics),
): Found {
  const found: Found = {}
  const put = (name: string, method: Method, interval: { low: number; high: number } | null) => {
    if (interval && only.includes(name) && Number.isFinite(interval.low + interval.high))
      found[name] = { low: interval.low, high: interval.high, method }
  }
  const mean = (name: string, of: (row: number) => number) => {
    if (!only.includes(name) || metrics[name] === undefined) return
    put(
      name,
      't',
      meanInterval(sampleOf(Float64Array.from({ length: answers.rows }, (_, row) => of(row))), confidence),
    )
  }
  const { classified, regressed } = answers
  if (classified) {
    const counts = confusionOf(classified)
    shares(counts, classified.isBinary, (name, hits, rows) =>
      put(name, 'wilson', wilson(hits, rows, confidence)),
    )
    if (only.includes('auc')) {
      const influence = aucInfluence(classified, counts)
      const { squares, rows } = sampleOf(influence?.of ?? [])
      const reach = normalReach(confidence) * Math.sqrt(squares / (rows - 1) / rows)
      if (influence && rows > 2)
        put('auc', 'delong', {
          low: Math.max(0, influence.value - reach),
          high: Math.min(1, influence.value + reach),
        })
    }
    mean('logLoss', row => answers.losses[row] as number)
    mean('brier', row => brierOf(classified, row))
    for (const name of only.filter(each => /^top\d+Accuracy$/.test(each)))
      put(name, 'wilson', wilson(Math.round((metrics[name] ?? 0) * answers.rows), answers.rows, confidence))
    for (const [name, interval] of byCounts(
      counts,
      classified.isBinary,
      confidence,
      only.filter(name => isOfCounts(name) && !found[name]),
    ))
      put(name, 'bootstrap', interval)
  }
  if (regressed) {
    const { actual, predicted } = regressed
    const root = rootInterval(sampleOf(answers.scores), confidence)
    put('rmse', 'log-t', root)
    put('mse', 'log-t', root && { low: root.low ** 2, high: root.high ** 2 })
    mean('mae', row => Math.abs((actual[row] as number) - (predicted[row] as number)))
    mean('bias', row => (predicted[row] as number) - (actual[row] as number))
    mean('mape', row => Math.abs(1 - (predicted[row] as number) / (actual[row] as number)))
    put('pearson', 'fisher-z', fisherZ(metrics.pearson, answers.rows, confidence))
  }
  const drawn = only.filter(
    name => ['averagePrecision', 'ece', 'r2', 'medianAbsoluteError'].includes(name) && name in metrics,
  )
  // A row of a classification of many classes is much more work.
  const work = answers.rows * (classified ? classified.classes.length * 4 : 1)
  if (drawn.length && work <= MOST_DRAWN)
    for (const [name, interval] of byRows(answers, drawn, confidence)) put(name, 'bootstrap', interval)
  return found
}

function shares(
  counts: number[][],
  isBinary: boolean,
  put: (name: string, hits: number, rows: number) => void,
): void {
  const rows = counts.flat().reduce((sum, count) => sum + count, 0)
  const right = counts.reduce((sum, row, i) => sum + (row[i] as number), 0)
  for (const name of ['accuracy', 'precisionMicro', 'recallMicro', 'f1Micro']) put(name, right, rows)
  if (!isBinary) return
  const [[tn = 0, fp = 0] = [], [fn = 0, tp = 0] = []] = counts
  put('precision', tp, tp + fp)
  put('recall', tp, tp + fn)
  put('specificity', tn, tn + fp)
}

function byCounts(counts: number[][], isBinary: boolean, confidence: number, names: string[]) {
  if (!names.length) return []
  const drawn = names.map((): number[] => [])
  const width = counts.length
  for (const flat of drawnCounts(counts.flat())) {
    const figures = countFigures(
      counts.map((_, i) => flat.slice(i * width, (i + 1) * width)),
      isBinary,
    )
    for (const [nth, name] of names.entries()) drawn[nth]?.push(figures[name] ?? Number.NaN)
  }
  return names.map((name, nth) => [name, spreadOf(drawn[nth] as number[], confidence)] as const)
}

function byRows(answers: Answers, names: string[], confidence: number) {
  const drawn = names.map((): number[] => [])
  for (const times of drawnRows(answers.rows)) {
    const rows = new Uint32Array(answers.rows)
    for (let row = 0, at = 0; row < times.length; row++)
      for (let n = times[row] as number; n > 0; n--) rows[at++] = row
    const figures = answers.only(rows).metrics()
    for (const [nth, name] of names.entries()) drawn[nth]?.push(figures[name] ?? Number.NaN)
  }
  return names.map((name, nth) => [name, spreadOf(drawn[nth] as number[], confidence)] as const)
}

/** Of a correlation (Fisher 1921). */
function fisherZ(r: number | undefined, rows: number, confidence: number) {
  if (r === undefined || rows < 4 || Math.abs(r) >= 1) return null
  const reach = normalReach(confidence) / Math.sqrt(rows - 3)
  return { low: Math.tanh(Math.atanh(r) - reach), high: Math.tanh(Math.atanh(r) + reach) }
}
