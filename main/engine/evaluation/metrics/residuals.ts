import type { Residuals } from '#contract'
import { sampleOf } from './intervals.ts'

const SHARES = [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1]
const BARS = 30
const RANGES = 10

const deviation = (squares: number, rows: number) => (rows < 2 ? 0 : Math.sqrt(squares / (rows - 1)))

/** Quantile of rising values, linear between two rows (type 7 of Hyndman and Fan 1996). */
export function quantileOf(rising: Float64Array, share: number): number {
  const at = share * (rising.length - 1)
  const low = Math.floor(at)
  const [a, b] = [rising[low] as number, rising[Math.min(low + 1, rising.length - 1)] as number]
  return a + (at - low) * (b - a)
}

/** What plots of a regression's errors are drawn from; residual: actual less predicted. */
export function residualsOf(actual: ArrayLike<number>, predicted: ArrayLike<number>): Residuals {
  const rows = actual.length
  const residuals = Float64Array.from(predicted, (p, row) => (actual[row] as number) - p)
  const all = sampleOf(residuals)
  const rising = residuals.slice().sort()
  const [low, high] = [rising[0] as number, rising[rows - 1] as number]
  const width = (high - low) / BARS || 1
  const bars = new Uint32Array(BARS)
  for (const value of residuals) {
    const bar = Math.min(BARS - 1, Math.floor((value - low) / width))
    bars[bar] = (bars[bar] as number) + 1
  }
  const order = Float64Array.from(predicted).sort()
  const edges = [
    ...new Set(Array.from({ length: RANGES }, (_, i) => order[Math.floor((i * rows) / RANGES)] as number)),
  ]
  return {
    mean: all.mean,
    deviation: deviation(all.squares, rows),
    quantiles: SHARES.map(share => ({ share, value: quantileOf(rising, share) })),
    histogram: Array.from(bars, (count, i) => ({
      low: low + i * width,
      high: low + (i + 1) * width,
      rows: count,
    })),
    byPredicted: edges.map((from, i) => {
      const to = edges[i + 1] ?? Number.POSITIVE_INFINITY
      const mine = sampleOf(residuals, row => {
        const p = predicted[row] as number
        return p >= from && p < to
      })
      const end = edges[i + 1] ?? (order[rows - 1] as number)
      return {
        low: from,
        high: end,
        rows: mine.rows,
        mean: mine.mean,
        deviation: deviation(mine.squares, mine.rows),
      }
    }),
  }
}
