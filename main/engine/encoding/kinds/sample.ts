import { seeded } from '../../kit/index.ts'

/** Values that are kept; with more, a sample of so many is. */
const KEPT = 1 << 20

/**
 * Quantiles of a stream in bounded memory: exact for up to 1,048,576 values, beyond them of an even sample of so many
 * (Vitter's algorithm R), which is the same for the same values in the same order. The quartiles of such a sample lie
 * within a tenth of a percent of the rows.
 */
export class Sample {
  private values = new Float64Array(1024)
  private seen = 0
  private random = seeded(1)
  private sorted: Float64Array | null = null

  add(value: number): void {
    this.sorted = null
    const at = this.seen < KEPT ? this.seen : Math.floor(this.random() * (this.seen + 1))
    this.seen++
    if (at >= KEPT) return
    if (at >= this.values.length) {
      const longer = new Float64Array(this.values.length * 2)
      longer.set(this.values)
      this.values = longer
    }
    this.values[at] = value
  }

  /** What was kept, ascending. */
  get ascending(): Float64Array {
    this.sorted ??= this.values.slice(0, Math.min(this.seen, KEPT)).sort()
    return this.sorted
  }

  /** @param share from 0 to 1; between two values in a straight line, as NumPy's default does. NaN: there is none. */
  quantile(share: number): number {
    const { ascending } = this
    const at = share * (ascending.length - 1)
    const low = ascending[Math.floor(at)] ?? Number.NaN
    const high = ascending[Math.ceil(at)] ?? Number.NaN
    return low === high ? low + 0 : low + (high - low) * (at - Math.floor(at))
  }
}
