import type { Evaluation, Metrics } from '#contract'
import { seeded, shuffled } from '../../kit/index.ts'

/**
 * Figures of a regression: mse, the mean of `(y - p)^2`; rmse, its root; mae, the mean of `|y - p|`;
 * medianAbsoluteError and maxError of the same; mape, the mean of `|y - p| / |y|`, not there where a `y` is 0; bias, the
 * mean of `p - y`; r2, `1 - sum((y - p)^2) / sum((y - mean y)^2)`, which is 1 for an exact and else 0 where all `y` are
 * the same; pearson, the correlation of `y` and `p`, not there where one of them does not vary.
 */
export function regressionFigures(actual: ArrayLike<number>, predicted: ArrayLike<number>): Metrics {
  const rows = actual.length
  const distances = new Float64Array(rows)
  let squares = 0
  let absolute = 0
  let shares = 0
  let sum = 0
  let sumPredicted = 0
  for (let row = 0; row < rows; row++) {
    const [y, p] = [actual[row] as number, predicted[row] as number]
    distances[row] = Math.abs(y - p)
    squares += (y - p) ** 2
    absolute += Math.abs(y - p)
    shares += Math.abs(y - p) / Math.abs(y)
    sum += y
    sumPredicted += p
  }
  const [mean, meanPredicted] = [sum / rows, sumPredicted / rows]
  let spread = 0
  let spreadPredicted = 0
  let together = 0
  for (let row = 0; row < rows; row++) {
    const [y, p] = [(actual[row] as number) - mean, (predicted[row] as number) - meanPredicted]
    spread += y ** 2
    spreadPredicted += p ** 2
    together += y * p
  }
  distances.sort()
  const mse = squares / rows
  const r2 = spread === 0 ? Number(squares === 0) : 1 - squares / spread
  const pearson = together / Math.sqrt(spread * spreadPredicted)
  return {
    mse,
    rmse: Math.sqrt(mse),
    mae: absolute / rows,
    medianAbsoluteError: ((distances[(rows - 1) >> 1] as number) + (distances[rows >> 1] as number)) / 2,
    maxError: distances[rows - 1] as number,
    bias: meanPredicted - mean,
    r2,
    ...(Number.isFinite(shares) && { mape: shares / rows }),
    ...(Number.isFinite(pearson) && { pearson }),
  }
}

const MOST_DOTS = 2000

/** Rows for a plot: all, or 2,000 by a draw that is the same each time, in their order. */
export function scatterOf(actual: ArrayLike<number>, predicted: ArrayLike<number>): Evaluation['scatter'] {
  const rows = actual.length
  const drawn =
    rows <= MOST_DOTS
      ? Array.from({ length: rows }, (_, row) => row)
      : [...shuffled(rows, seeded(1)).subarray(0, MOST_DOTS)].sort((a, b) => a - b)
  return drawn.map(row => ({ actual: actual[row] as number, predicted: predicted[row] as number }))
}
