/** Boundaries of equally heavy parts: `values[i]` is the boundary of rank i, `cumulative[i]` the weight up to and with it. */
export interface Boundaries {
  values: Float64Array
  cumulative: Float64Array
}

/**
 * Quantile boundaries of values that come in ascending order, each once with its whole weight. This is the answer that
 * the weighted quantiles sketch of tfx_bsl gives as long as it need not compress (5,701 different values at TFDV's
 * epsilon of 0.01); here it is exact for any number of values.
 */
export class Quantiles {
  readonly #total: number
  readonly #parts: number
  readonly #values: Float64Array
  readonly #cumulative: Float64Array
  #rank = 0
  #value = Number.NaN
  #reached = 0

  /** @param total the weight of all values that will come; @param parts how many parts the boundaries make */
  constructor(total: number, parts: number) {
    this.#total = total
    this.#parts = parts
    this.#values = new Float64Array(parts + 1)
    this.#cumulative = new Float64Array(parts + 1)
  }

  /** The next greater value; one without weight counts as not there. */
  push(value: number, weight: number): void {
    if (!(weight > 0)) return
    const before = this.#reached
    const after = before + weight
    // A boundary lies at the last value whose middle rank is not beyond its rank, or at the next one if that is nearer.
    if (before > 0)
      for (; this.#rank <= this.#parts; this.#rank++) {
        const twice = 2 * ((this.#rank * this.#total) / this.#parts)
        if (twice >= before + after) break
        if (twice < 2 * before) this.#set(this.#value, before)
        else this.#set(value, after)
      }
    this.#value = value
    this.#reached = after
  }

  #set(value: number, cumulative: number): void {
    this.#values[this.#rank] = value
    this.#cumulative[this.#rank] = cumulative
  }

  /** The boundaries, or null where no value had any weight. */
  end(): Boundaries | null {
    if (!this.#reached) return null
    for (; this.#rank <= this.#parts; this.#rank++) this.#set(this.#value, this.#reached)
    return { values: this.#values, cumulative: this.#cumulative }
  }
}

/** Boundaries of values in ascending order and their weights. */
export function quantilesOf(entries: [value: number, weight: number][], parts: number): Boundaries | null {
  const found = new Quantiles(
    entries.reduce((sum, [, weight]) => sum + Math.max(0, weight), 0),
    parts,
  )
  for (const [value, weight] of entries) found.push(value, weight)
  return found.end()
}
