import type { Metrics } from '#contract'

const share = (part: number, whole: number) => (whole === 0 ? 0 : part / whole)
const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0)

/**
 * Figures that follow from a confusion matrix (rows: actual, columns: predicted) alone, so that they can also be taken
 * of a resampled one. With `tp`, `fp`, `fn` of one class against all others: precision `tp / (tp + fp)`, recall
 * `tp / (tp + fn)`, f1 `2 tp / (2 tp + fp + fn)`, each 0 where nothing can be divided.
 *
 * Averages over the classes that are there or were predicted: macro is the plain mean, weighted that by actual rows,
 * micro of all decisions together. `precision`, `recall`, `f1`: of the positive class of a binary task, else macro.
 * balancedAccuracy: mean recall of the classes that are there. mcc: Matthews' correlation for any number of classes
 * (Gorodkin 2004), 0 where one side has one class only. kappa: Cohen 1960; not there where chance explains all.
 */
export function countFigures(counts: readonly (readonly number[])[], isBinary: boolean): Metrics {
  const actual = counts.map(sum)
  const called = counts.map((_, i) => sum(counts.map(row => row[i] as number)))
  const right = counts.map((row, i) => row[i] as number)
  const rows = sum(actual)
  const there = counts.map((_, i) => i).filter(i => (actual[i] as number) + (called[i] as number) > 0)
  const of = {
    precision: (i: number) => share(right[i] as number, called[i] as number),
    recall: (i: number) => share(right[i] as number, actual[i] as number),
    f1: (i: number) => share(2 * (right[i] as number), (actual[i] as number) + (called[i] as number)),
  }
  const accuracy = share(sum(right), rows)
  const present = there.filter(i => (actual[i] as number) > 0)
  const metrics: Metrics = {
    accuracy,
    balancedAccuracy: share(sum(present.map(of.recall)), present.length),
  }
  for (const name of ['precision', 'recall', 'f1'] as const) {
    const macro = share(sum(there.map(of[name])), there.length)
    metrics[name] = isBinary ? of[name](1) : macro
    metrics[`${name}Macro`] = macro
    metrics[`${name}Micro`] = accuracy
    metrics[`${name}Weighted`] = share(sum(there.map(i => of[name](i) * (actual[i] as number))), rows)
  }
  if (isBinary) metrics.specificity = of.recall(0)
  const joint = sum(counts.map((_, i) => (actual[i] as number) * (called[i] as number)))
  const squares = (values: number[]) => sum(values.map(value => value ** 2))
  const spread = Math.sqrt(rows ** 2 - squares(called)) * Math.sqrt(rows ** 2 - squares(actual))
  metrics.mcc = share(sum(right) * rows - joint, spread)
  const expected = joint / rows ** 2
  if (expected < 1) metrics.kappa = (accuracy - expected) / (1 - expected)
  return metrics
}

/** Whether a figure follows from the confusion matrix alone. */
export const isOfCounts = (metric: string): boolean =>
  /^(accuracy|balancedAccuracy|specificity|mcc|kappa|(precision|recall|f1)(Macro|Micro|Weighted)?)$/.test(
    metric,
  )
