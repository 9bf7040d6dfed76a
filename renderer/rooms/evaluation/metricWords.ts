import type { Metrics, Task } from '#contract'
import { fixed, NONE, percent, signed } from '../../ui/format.ts'

/** How one figure is called, written and judged. `share` figures run from 0 to 1 and are shown in percent. */
export interface MetricWord {
  key: string
  title: string
  share: boolean
  /** More is better; the other figures are errors, where less is. */
  more: boolean
  digits: number
}

const share = (key: string, title: string): MetricWord => ({ key, title, share: true, more: true, digits: 1 })
const score = (key: string, title: string): MetricWord => ({
  key,
  title,
  share: false,
  more: true,
  digits: 4,
})
const error = (key: string, title: string): MetricWord => ({
  key,
  title,
  share: false,
  more: false,
  digits: 4,
})

const WORDS: MetricWord[] = [
  share('accuracy', 'Accuracy'),
  share('precision', 'Precision'),
  share('recall', 'Recall'),
  share('f1', 'F1'),
  score('auc', 'AUC'),
  score('averagePrecision', 'Avg. precision'),
  error('logLoss', 'Log loss'),
  share('balancedAccuracy', 'Balanced accuracy'),
  share('specificity', 'Specificity'),
  score('mcc', 'MCC'),
  score('kappa', 'Kappa'),
  share('top3Accuracy', 'Top-3 accuracy'),
  share('top5Accuracy', 'Top-5 accuracy'),
  error('brier', 'Brier score'),
  error('ece', 'Calibration error'),
  ...['precision', 'recall', 'f1'].flatMap(name => {
    const title = name === 'f1' ? 'F1' : `${name[0]?.toUpperCase()}${name.slice(1)}`
    return ['Macro', 'Micro', 'Weighted'].map(of => share(`${name}${of}`, `${title}, ${of.toLowerCase()}`))
  }),
  error('rmse', 'RMSE'),
  error('mae', 'MAE'),
  error('mse', 'MSE'),
  score('r2', 'R²'),
  error('medianAbsoluteError', 'Median error'),
  error('maxError', 'Greatest error'),
  { ...share('mape', 'MAPE'), more: false },
  error('bias', 'Bias'),
  score('pearson', 'Correlation'),
]

/** A figure this list does not know is shown by its own name with four decimals. */
export const metricWord = (key: string): MetricWord =>
  WORDS.find(word => word.key === key) ?? { key, title: key, share: false, more: true, digits: 4 }

/* A figure in its own unit is written with four figures that say something: 0.4131, 2.500, 332.6, 110,605. */
const decimalsOf = (word: MetricWord, size: number): number =>
  size < 1 || word.digits < 4 ? word.digits : Math.max(0, 3 - Math.floor(Math.log10(size)))

/** One figure in words: ('accuracy', 0.983) -> "98.3%", ('logLoss', 0.1) -> "0.1000", missing -> "none". */
export function metricText(key: string, value: number | null | undefined): string {
  if (value === null || value === undefined) return NONE
  const word = metricWord(key)
  return word.share ? percent(value, word.digits) : fixed(value, decimalsOf(word, Math.abs(value)))
}

/** How much a figure moved: shares in points, the rest in the figure's own unit, always with its sign. */
export function metricChange(key: string, before: number, after: number): string {
  const word = metricWord(key)
  const size = Math.max(Math.abs(before), Math.abs(after))
  return word.share
    ? signed((after - before) * 100, word.digits)
    : signed(after - before, decimalsOf(word, size))
}

/** -1 worse, 0 the same to the decimals shown, 1 better. */
export function metricTrend(key: string, before: number, after: number): -1 | 0 | 1 {
  const word = metricWord(key)
  const size = Math.max(Math.abs(before), Math.abs(after))
  const step = 10 ** -(word.share ? word.digits + 2 : decimalsOf(word, size)) / 2
  const gain = (after - before) * (word.more ? 1 : -1)
  return Math.abs(gain) < step ? 0 : gain > 0 ? 1 : -1
}

/** A figure's name inside a sentence: "accuracy", but "RMSE". */
export function metricName(key: string): string {
  const { title } = metricWord(key)
  return title === title.toUpperCase() ? title : title.toLowerCase()
}

/** The figures that are there, known ones first and in their order. */
export function metricKeys(metrics: Metrics): string[] {
  const known = WORDS.map(word => word.key).filter(key => key in metrics)
  return [...known, ...Object.keys(metrics).filter(key => !known.includes(key))]
}

/** The one figure to name a model by: accuracy for classes, RMSE for numbers, else whatever comes first. */
export function leadMetric(metrics: Metrics | null | undefined): string | null {
  if (!metrics) return null
  return ['accuracy', 'rmse'].find(key => key in metrics) ?? metricKeys(metrics)[0] ?? null
}

const REGRESSION = ['rmse', 'mae', 'mse', 'r2', 'medianAbsoluteError', 'maxError', 'mape', 'bias', 'pearson']

/** The figures that a gate can ask of a task, in the order they are shown. */
export const metricsOf = (task: Task): string[] =>
  WORDS.map(word => word.key).filter(key => REGRESSION.includes(key) === (task === 'regression'))
