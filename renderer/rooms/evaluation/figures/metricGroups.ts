import type { Metrics } from '#contract'
import { metricKeys } from '../metricWords.ts'

/** Figures that answer one question. */
export interface MetricGroup {
  title: string
  keys: string[]
}

const GROUPS: [title: string, keys: string[]][] = [
  [
    'Decisions',
    [
      'accuracy',
      'balancedAccuracy',
      'precision',
      'recall',
      'f1',
      'specificity',
      'mcc',
      'kappa',
      'top3Accuracy',
      'top5Accuracy',
    ],
  ],
  ['Ranking', ['auc', 'averagePrecision']],
  ['Probabilities', ['logLoss', 'brier', 'ece']],
  [
    'Means over classes',
    ['precision', 'recall', 'f1'].flatMap(name => ['Macro', 'Micro', 'Weighted'].map(of => name + of)),
  ],
  ['Errors', ['rmse', 'mae', 'mse', 'medianAbsoluteError', 'maxError', 'mape']],
  ['Fit', ['r2', 'pearson', 'bias']],
]

/** The figures that are there by what they tell; those that no group knows stand last. */
export function metricGroups(metrics: Metrics): MetricGroup[] {
  const there = metricKeys(metrics)
  const groups = GROUPS.map(([title, keys]) => ({ title, keys: keys.filter(key => there.includes(key)) }))
  const known = new Set(groups.flatMap(group => group.keys))
  return [...groups, { title: 'Others', keys: there.filter(key => !known.has(key)) }].filter(
    group => group.keys.length > 0,
  )
}
