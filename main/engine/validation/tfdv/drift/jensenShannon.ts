import { alignHistograms, shares } from './histograms.ts'
import type { Drift, DriftBin, Measure } from './measure.ts'
import { alignValues, sumOf } from './values.ts'

/** The Jensen-Shannon divergence to the base of 2: 0 for equal distributions, 1 for ones with nothing in common. */
export const jensenShannon: Measure = {
  title: 'Jensen-Shannon divergence',
  formula: '½ Σ p·log₂(p/m) + ½ Σ q·log₂(q/m), with m = (p + q)/2',
  measure(a, b, source) {
    if (a.values.size > 0 && b.values.size > 0) return ofValues(a.values, b.values)
    const [left, right] = [a.histogram(source), b.histogram(source)]
    return left && right ? ofHistograms(shares(alignHistograms(left, right))) : null
  },
}

/** Sums run in the order of TensorFlow Data Validation, so that the last bit is the same. */
function ofValues(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): Drift | null {
  if ([...a.values(), ...b.values()].some(count => count <= 0)) return null
  const bins: DriftBin[] = []
  let sum = 0
  for (const bin of alignValues(a, b, sumOf(a), sumOf(b))) {
    const middle = (bin.a + bin.b) / 2
    const [fromA, fromB] = [relative(bin.a, middle), relative(bin.b, middle)]
    sum += fromA
    sum += fromB
    bins.push({ ...bin, part: (fromA + fromB) / 2 })
  }
  return { value: sum / 2, bins, largest: largestOf(bins) }
}

function ofHistograms(aligned: Omit<DriftBin, 'part'>[] | null): Drift | null {
  if (!aligned) return null
  let [sumA, sumB] = [0, 0]
  const bins = aligned.map(bin => {
    const middle = (bin.a + bin.b) / 2
    const [fromA, fromB] = [relative(bin.a, middle), relative(bin.b, middle)]
    sumA += fromA
    sumB += fromB
    return { ...bin, part: (fromA + fromB) / 2 }
  })
  return { value: (sumA + sumB) / 2, bins, largest: largestOf(bins) }
}

const relative = (share: number, middle: number): number =>
  share > 0 && middle > 0 ? share * Math.log2(share / middle) : 0

const largestOf = (bins: readonly DriftBin[]): DriftBin | undefined =>
  bins.reduce<DriftBin | undefined>((best, bin) => (best && best.part >= bin.part ? best : bin), undefined)
