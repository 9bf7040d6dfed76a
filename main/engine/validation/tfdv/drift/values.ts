import { compareBytes } from '../texts.ts'
import type { Drift, DriftBin } from './measure.ts'

type Counts = ReadonlyMap<string, number>

export function sumOf(counts: Counts): number {
  let sum = 0
  for (const count of counts.values()) sum += count
  return sum
}

/** The values of both sides in byte order, counts divided by the totals; a total of 0 leaves them as they are. */
export function alignValues(a: Counts, b: Counts, totalA: number, totalB: number): Omit<DriftBin, 'part'>[] {
  const labels = [...new Set([...a.keys(), ...b.keys()])].sort(compareBytes)
  return labels.map(label => ({
    label,
    a: (a.get(label) ?? 0) / (totalA || 1),
    b: (b.get(label) ?? 0) / (totalB || 1),
  }))
}

/** The largest difference over all bins; of equal ones the last. */
export function largestDifference(aligned: readonly Omit<DriftBin, 'part'>[]): Drift {
  const bins = aligned.map(bin => ({ ...bin, part: Math.abs(bin.a - bin.b) }))
  let largest: DriftBin | undefined
  for (const bin of bins) if (bin.part >= (largest?.part ?? 0)) largest = bin
  return { value: largest?.part ?? 0, bins, largest }
}
