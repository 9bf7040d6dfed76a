import type { Drift } from '#contract'
import type { DriftBin } from './tfdv/index.ts'

/** Bins that are shown of a drift. */
const MOST = 50

const digits = (value: number | undefined) => `${Number(value?.toPrecision(6))}`
const end = (value: number | undefined) => (value !== undefined && Number.isFinite(value) ? value : null)

/**
 * The bins that make most of a drift, largest part first. Tenths that end at one value come as a range up to that value
 * and the value alone; nobody can tell their rows apart, so they are shown as one.
 * @param bins of the data before (`a`) and of the new data (`b`)
 */
export function binsOf(bins: readonly DriftBin[]): Drift['bins'] {
  const ranges = new Map<number, DriftBin>()
  for (const bin of bins)
    if (bin.low !== undefined && bin.high !== undefined && bin.low < bin.high)
      ranges.set(bin.high, { ...bin })
  const others = bins.filter(({ low, high }) => {
    const isPoint = low !== undefined && low === high
    if (low !== undefined && !isPoint) return false
    return !(isPoint && ranges.has(low))
  })
  for (const { low, high, a, b, part } of bins) {
    const range = low !== undefined && low === high ? ranges.get(low) : undefined
    if (range) Object.assign(range, { a: range.a + a, b: range.b + b, part: range.part + part })
  }
  return [...ranges.values(), ...others]
    .filter(({ a, b }) => a + b > 0)
    .sort((one, other) => Math.abs(other.part) - Math.abs(one.part))
    .slice(0, MOST)
    .map(({ label, low, high, a, b, part }) => ({
      label: label ?? (low === high ? digits(low) : `${digits(low)} to ${digits(high)}`),
      low: end(low),
      high: end(high),
      before: a,
      now: b,
      part,
    }))
}
