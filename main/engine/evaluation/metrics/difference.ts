import { studentTails } from './distributions.ts'
import { logError, type Sample } from './intervals.ts'

/**
 * Fisher's exact test: how likely two shares differ at least as much as these do, if both come from the same one. All
 * tables with the same sums that are not more likely than this one are counted, on both sides.
 */
export function fisher(hits: number, rows: number, otherHits: number, otherRows: number): number {
  const all = hits + otherHits
  const [least, most] = [Math.max(0, all - otherRows), Math.min(rows, all)]
  const mode = Math.floor(((rows + 1) * (all + 1)) / (rows + otherRows + 2))
  // Weights by the hits of the first, each from its neighbor: they begin with 1 in the middle and fall on both sides,
  // so that only those are walked through that weigh anything, and nothing overflows.
  const weights = new Map<number, number>()
  for (let k = Math.min(most, Math.max(least, mode)), weight = 1; k <= most && weight > 0; k++) {
    weights.set(k, weight)
    weight *= ((rows - k) / (k + 1)) * ((all - k) / (otherRows - all + k + 1))
  }
  for (let k = Math.min(most, Math.max(least, mode)), weight = 1; k >= least && weight > 0; k--) {
    weights.set(k, weight)
    weight *= (k / (rows - k + 1)) * ((otherRows - all + k) / (all - k + 1))
  }
  // Two tables that are equally likely differ by rounding only.
  const limit = (weights.get(hits) ?? 0) * (1 + 1e-7)
  let sum = 0
  let total = 0
  for (const weight of [...weights.values()].sort((a, b) => a - b)) {
    total += weight
    if (weight <= limit) sum = total
  }
  return sum / total
}

/**
 * Welch's t-test of the logarithms of two means of squares: how likely they differ at least as much if both come from
 * the same. 1 where a sample has fewer than two rows or no error at all, which says nothing.
 */
export function welch(one: Sample, other: Sample): number {
  const [a, b] = [logError(one), logError(other)]
  if (a === null || b === null || a + b === 0) return 1
  const freedom = (a ** 2 + b ** 2) ** 2 / (a ** 4 / (one.rows - 1) + b ** 4 / (other.rows - 1))
  return studentTails(Math.log(one.mean / other.mean) / Math.hypot(a, b), freedom)
}

/**
 * Holm's method (1979): among many tests some come out small by chance, so each is held down for how many are not
 * smaller. With all below a limit called real, the likelihood of even one false call stays below that limit.
 */
export function holm(chances: readonly number[]): number[] {
  const held = new Array<number>(chances.length)
  const rising = chances.map((_, i) => i).sort((i, j) => (chances[i] as number) - (chances[j] as number))
  let most = 0
  for (const [nth, i] of rising.entries()) {
    most = Math.max(most, Math.min(1, (chances[i] as number) * (chances.length - nth)))
    held[i] = most
  }
  return held
}
