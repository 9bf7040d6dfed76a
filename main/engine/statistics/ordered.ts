import type { Session } from '../dataset/index.ts'
import { type Counted, eachPart } from './counts.ts'
import type { NumberSketch } from './sketch.ts'

/** What follows from the order of a feature's numbers. */
export interface Ordered {
  /** The middle of each part's values. */
  medians: (number | undefined)[]
  /** The values at 0, 10, … 100 % of each part's values. */
  quantiles: (number[] | undefined)[]
  sketch: NumberSketch
}

/** The middle of two numbers, also of those whose sum is beyond all numbers. */
const between = (a: number, b: number): number => (Number.isFinite(a + b) ? (a + b) / 2 : a / 2 + b / 2)

/** Which figure lies at the least value up to which there is more than `above`, or at least that. */
interface Target {
  which: number
  above: number
  orEqual: boolean
}

/** Where the figures of a part lie that holds so much, in order: two around the middle, and eleven quantiles. */
function targetsOf(total: number): Target[] {
  const ranks = Array.from({ length: 10 }, (_, tenth) => Math.round((Math.max(0, total - 1) * tenth) / 10))
  return [
    { which: 0, above: total / 2, orEqual: true },
    { which: 1, above: total / 2, orEqual: false },
    ...ranks.map((above, tenth) => ({ which: tenth + 2, above, orEqual: false })),
    { which: 12, above: total, orEqual: true },
  ].sort((a, b) => a.above - b.above || Number(b.orEqual) - Number(a.orEqual))
}

/** The figures of one part, of values that come in ascending order. */
class Ranks {
  readonly #targets: Target[]
  readonly #found: number[] = []
  #next = 0
  #sum = 0
  #last = 0

  constructor(total: number) {
    this.#targets = targetsOf(total)
  }

  push(x: number, count: number): void {
    this.#sum += count
    this.#last = x
    for (; this.#next < this.#targets.length; this.#next++) {
      const { which, above, orEqual } = this.#targets[this.#next] as Target
      if (orEqual ? this.#sum < above : this.#sum <= above) return
      this.#found[which] = x
    }
  }

  end(): { median: number; quantiles: number[] } {
    // Sums of weights may end a rounding short of their total.
    for (; this.#next < this.#targets.length; this.#next++)
      this.#found[(this.#targets[this.#next] as Target).which] = this.#last
    const [lower, upper, ...quantiles] = this.#found as [number, number, ...number[]]
    return { median: lower === upper ? lower : between(lower, upper), quantiles }
  }
}

/** The sketch of a feature with so many different values, which come in ascending order. */
class Sketching {
  readonly #sketch: NumberSketch
  readonly #different: number
  readonly #total: number
  readonly #most: number
  readonly #held: number[]
  #at = 0
  #sum = 0
  #told = 0

  constructor(different: number, totals: number[], most: number) {
    this.#sketch = { whole: different <= most, xs: [], counts: totals.map(() => []) }
    this.#different = different
    this.#total = totals[0] as number
    this.#most = most
    this.#held = totals.map(() => 0)
  }

  push(x: number, counts: number[]): void {
    const { whole, xs } = this.#sketch
    for (let part = 0; part < counts.length; part++) (this.#held[part] as number) += counts[part] as number
    this.#sum += counts[0] as number
    const nth = this.#at++
    if (!whole && nth > 0 && nth < this.#different - 1) {
      // About as many values lie in each cell; the least value is a bound of its own.
      const reached = Math.floor((this.#sum / this.#total) * (this.#most - 2))
      if (reached === this.#told) return
      this.#told = reached
    }
    xs.push(x)
    for (let part = 0; part < counts.length; part++) {
      this.#sketch.counts[part]?.push(this.#held[part] as number)
      this.#held[part] = 0
    }
  }

  end = (): NumberSketch => this.#sketch
}

/** How much there is of a feature: different values, and what each part holds. */
export interface Totals {
  different: number
  parts: number[]
}

/**
 * Medians and quantiles, exact, and sketches of the numeric features in `g`: their values come once, in order, and none
 * is held.
 */
export async function orderedOf(
  session: Session,
  { kind, parts, most }: Counted,
  totals: Map<number, Totals>,
): Promise<Map<number, Ordered>> {
  const found = new Map<number, Ordered>()
  let f = -1
  let ranks: (Ranks | null)[] = []
  let sketching: Sketching | null = null
  const counts = parts.map(() => 0)
  const settle = () => {
    if (!sketching) return
    const figures = ranks.map(each => each?.end())
    found.set(f, {
      medians: figures.map(each => each?.median),
      quantiles: figures.map(each => each?.quantiles),
      sketch: sketching.end(),
    })
  }
  const stream = session.stream(
    `SELECT f::DOUBLE, ${kind.number}, ${eachPart(parts, n => `${n}::DOUBLE`)} FROM g ORDER BY f, v`,
  )
  for await (const { rows, columns } of stream) {
    const [fs, xs, ...each] = columns as number[][] as [number[], number[], ...number[][]]
    for (let at = 0; at < rows; at++) {
      if (fs[at] !== f) {
        settle()
        f = fs[at] as number
        const total = totals.get(f) as Totals
        ranks = total.parts.map(many => (many > 0 ? new Ranks(many) : null))
        sketching = new Sketching(total.different, total.parts, most)
      }
      const x = xs[at] as number
      for (let part = 0; part < counts.length; part++) {
        const count = each[part]?.[at] as number
        counts[part] = count
        if (count > 0) ranks[part]?.push(x, count)
      }
      sketching?.push(x, counts)
    }
  }
  settle()
  return found
}
