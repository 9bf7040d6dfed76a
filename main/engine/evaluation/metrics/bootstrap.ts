import type { Interval } from '#contract'
import { seeded } from '../../kit/index.ts'
import { quantileOf } from './residuals.ts'

export const DRAWS = 400
const SEED = 1

/** A number of a normal distribution (Box and Muller 1958). */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}

/** How many of `n` come out with likelihood `p`: counted one by one where few, else by the normal distribution. */
function binomial(n: number, p: number, random: () => number): number {
  if (n <= 0 || p <= 0) return 0
  if (p >= 1) return n
  if (p > 0.5) return n - binomial(n, 1 - p, random)
  if (n * p > 30) {
    const drawn = Math.round(n * p + Math.sqrt(n * p * (1 - p)) * normal(random))
    return Math.min(n, Math.max(0, drawn))
  }
  // Steps between hits are geometric (Devroye 1986, X.4.3), so that the work is as large as the answer.
  let hits = 0
  for (let at = 0; ; hits++) {
    at += Math.floor(Math.log(1 - random()) / Math.log1p(-p)) + 1
    if (at > n) return hits
  }
}

/** Draws rows again whose kinds alone count: how many there are of each, with the same sum. */
export function* drawnCounts(counts: readonly number[]): Generator<number[]> {
  const random = seeded(SEED)
  const rows = counts.reduce((sum, count) => sum + count, 0)
  for (let draw = 0; draw < DRAWS; draw++) {
    let [left, of] = [rows, rows]
    yield counts.map(count => {
      const drawn = binomial(left, of > 0 ? count / of : 0, random)
      left -= drawn
      of -= count
      return drawn
    })
  }
}

/** Draws rows again: how often each was drawn. The same array each time. */
export function* drawnRows(rows: number): Generator<Uint16Array> {
  const random = seeded(SEED)
  const times = new Uint16Array(rows)
  for (let draw = 0; draw < DRAWS; draw++) {
    times.fill(0)
    for (let i = 0; i < rows; i++) {
      const row = Math.floor(random() * rows)
      times[row] = (times[row] as number) + 1
    }
    yield times
  }
}

/** Where the middle 95% of the draws lie, and how likely 0 is to be crossed; null where hardly any draw has a value. */
export function spreadOf(
  values: readonly number[],
  confidence = 0.95,
): (Interval & { chance: number }) | null {
  const rising = Float64Array.from(values.filter(Number.isFinite)).sort()
  if (rising.length < DRAWS / 2) return null
  const out = (1 - confidence) / 2
  const below = rising.filter(value => value <= 0).length
  const above = rising.filter(value => value >= 0).length
  return {
    low: quantileOf(rising, out),
    high: quantileOf(rising, 1 - out),
    chance: Math.min(1, (2 * (1 + Math.min(below, above))) / (1 + rising.length)),
  }
}
