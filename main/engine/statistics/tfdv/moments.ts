/** Values that are taken together, so that no sum gets long. */
const BLOCK = 1024

/**
 * Mean and population variance of weighted values, in one pass: each block is measured around its own mean, and blocks
 * are put together as Chan, Golub and LeVeque (1979) have it. The same values in the same order give the same bits.
 */
export class Moments {
  readonly #values = new Float64Array(BLOCK)
  readonly #weights = new Float64Array(BLOCK)
  #held = 0
  #weight = 0
  #mean = 0
  /** Sum of the weighted squares of the distances from the mean. */
  #squares = 0

  push(value: number, weight: number): void {
    if (!(weight > 0)) return
    this.#values[this.#held] = value
    this.#weights[this.#held] = weight
    if (++this.#held === BLOCK) this.#settle()
  }

  #settle(): void {
    let weight = 0
    for (let at = 0; at < this.#held; at++) weight += this.#weights[at] as number
    if (!weight) return
    // Around one of the values, so that values far from zero lose nothing.
    const around = this.#values[0] as number
    let off = 0
    for (let at = 0; at < this.#held; at++)
      off += (this.#weights[at] as number) * ((this.#values[at] as number) - around)
    const mean = around + off / weight
    let squares = 0
    for (let at = 0; at < this.#held; at++)
      squares += (this.#weights[at] as number) * ((this.#values[at] as number) - mean) ** 2
    if (!this.#weight) {
      this.#weight = weight
      this.#mean = mean
      this.#squares = squares
      this.#held = 0
      return
    }
    const all = this.#weight + weight
    const apart = mean - this.#mean
    this.#squares += squares + apart * apart * ((this.#weight / all) * weight)
    this.#mean += apart * (weight / all)
    this.#weight = all
    this.#held = 0
  }

  /** 0 and 0 where no value had any weight. */
  end(): { mean: number; variance: number } {
    this.#settle()
    return { mean: this.#mean, variance: this.#weight ? Math.max(0, this.#squares / this.#weight) : 0 }
  }
}
