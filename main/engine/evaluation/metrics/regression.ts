import type { Evaluation, Metrics } from '#contract'
import { seeded, shuffled } from '../../kit/index.ts'

/**
 * Figures of a regression: mse, the mean of `(y - p)^2`; rmse, its root; mae, the mean of `|y - p|`; r2,
 * `1 - sum((y - p)^2) / sum((y - mean y)^2)`, which is 1 for an exact and else 0 where all `y` are the same.
 */
export function regressionFigures(actual: ArrayLike<number>, predicted: ArrayLike<number>): Metrics {
  const rows = actual.length
  let squares = 0
  let absolute = 0
  let sum = 0
  for (let row = 0; row < rows; row++) {
    const difference = (actual[row] as number) - (predicted[row] as number)
    squares += difference ** 2
    absolute += Math.abs(difference)
    sum += actual[row] as number
  }
  const mean = sum / rows
  let spread = 0
  for (let row = 0; row < rows; row++) spread += ((actual[row] as number) - mean) ** 2
  const mse = squares / rows
  const r2 = spread === 0 ? Number(squares === 0) : 1 - squares / spread
  return { mse, rmse: Math.sqrt(mse), mae: absolute / rows, r2 }
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
