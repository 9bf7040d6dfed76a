import { IDLE } from './kind.ts'

/** Farther out than this many deviations, a value says no more; it keeps one wild value from blinding the net. */
const FARTHEST = 1000

/**
 * `(x - mean) / deviation`, held within 1000 deviations. Computed in 64 bits; the caller's Float32Array rounds once.
 * `+ 0` turns -0 into 0, which JSON cannot tell apart.
 */
export function scale(value: number, mean: number, deviation: number): number {
  const scaled = (value - mean) / deviation
  return scaled > FARTHEST ? FARTHEST : scaled < -FARTHEST ? -FARTHEST : scaled + 0
}

/** Mean and population deviation of a stream (Welford's method, which does not cancel), with the extremes. */
export class Moments {
  count = 0
  min = Number.POSITIVE_INFINITY
  max = Number.NEGATIVE_INFINITY
  mean = 0
  private squares = 0

  add(value: number): void {
    this.count++
    if (value < this.min) this.min = value
    if (value > this.max) this.max = value
    const before = value - this.mean
    this.mean += before / this.count
    this.squares += before * (value - this.mean)
  }

  get deviation(): number {
    return this.count === 0 ? 0 : Math.sqrt(this.squares / this.count)
  }

  get constant(): boolean {
    return this.min === this.max
  }

  /** Why a column of these values and so many missing ones says nothing, or null where it does. */
  idle(missing: number): string | null {
    if (this.count === 0) return IDLE.empty
    return this.constant && missing === 0 ? IDLE.same : null
  }

  /** What {@link scale} takes; the values of a constant all become 0. */
  get scaling(): { mean: number; deviation: number } {
    return {
      mean: (this.constant ? this.min : this.mean) + 0,
      deviation: this.constant ? 1 : this.deviation,
    }
  }

  /** Both can be used to scale with: finite, and not so small that it divides to infinity. */
  get usable(): boolean {
    return Number.isFinite(this.mean) && Number.isFinite(this.deviation) && this.deviation > 1e-300
  }
}
