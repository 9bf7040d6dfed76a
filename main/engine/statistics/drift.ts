import type { FeatureStatistics } from '#contract'
import { cumulative, isText, type NumberSketch, type Sketch, type TextSketch } from './sketch.ts'

/** Bins of numbers that drift is measured in, at most. */
const BINS = 20
/** The share of both sides that must be listed for texts to be compared. */
const LISTED = 0.5

/** A part of a sketch, and how many values the part has. */
export interface Side {
  sketch: Sketch
  part: number
  count: number
}

/**
 * Jensen-Shannon divergence to base 2 of two lists of counts, in their shares; 0: the same, 1: nothing in common.
 * Lin, "Divergence measures based on the Shannon entropy" (1991).
 */
export function jensenShannon(a: readonly number[], b: readonly number[]): number {
  const sum = (counts: readonly number[]) => counts.reduce((all, count) => all + count, 0)
  const [wholeA, wholeB] = [sum(a), sum(b)]
  let found = 0
  for (let at = 0; at < a.length; at++) {
    const p = (a[at] as number) / wholeA
    const q = (b[at] as number) / wholeB
    const middle = (p + q) / 2
    if (p > 0) found += (p / 2) * Math.log2(p / middle)
    if (q > 0) found += (q / 2) * Math.log2(q / middle)
  }
  return Math.min(1, Math.max(0, found))
}

/**
 * Drift between two parts: of texts by their shares, of numbers in common bins by the quantiles of both together, or by
 * each value where there are few. Null: one side has no value, the sides are of different kinds, or too few of the
 * values are known by name (as of a column of serial numbers).
 */
export function driftOf(a: Side, b: Side): number | null {
  if (!a.count || !b.count) return null
  if (isText(a.sketch) !== isText(b.sketch)) return null
  const counts = isText(a.sketch)
    ? sharesOfTexts(a as Side & { sketch: TextSketch }, b as Side & { sketch: TextSketch })
    : sharesOfNumbers(a as Side & { sketch: NumberSketch }, b as Side & { sketch: NumberSketch })
  return counts && Number(jensenShannon(...counts).toPrecision(12))
}

function sharesOfTexts(a: Side & { sketch: TextSketch }, b: Side & { sketch: TextSketch }) {
  const listed = ({ sketch, part, count }: typeof a) => {
    const values = new Map<string, number>()
    let sum = 0
    for (const [at, value] of sketch.values.entries()) {
      const here = sketch.counts[part]?.[at] as number
      values.set(value, here)
      sum += here
    }
    return { values, count, rest: Math.max(0, count - sum), isWhole: sum >= count * (1 - 1e-9) }
  }
  const [one, two] = [listed(a), listed(b)]
  const shares: [number[], number[]] = [[], []]
  let [restA, restB] = [one.rest, two.rest]
  for (const value of new Set([...one.values.keys(), ...two.values.keys()])) {
    const [inA, inB] = [one.values.get(value), two.values.get(value)]
    // What only one side lists may lie among what the other does not list; then it is counted with the rest.
    if ((inA === undefined && !one.isWhole) || (inB === undefined && !two.isWhole)) {
      restA += inA ?? 0
      restB += inB ?? 0
      continue
    }
    shares[0].push(inA ?? 0)
    shares[1].push(inB ?? 0)
  }
  if (restA > one.count * (1 - LISTED) || restB > two.count * (1 - LISTED)) return null
  shares[0].push(restA)
  shares[1].push(restB)
  return shares
}

/** Sketches with fewer cells say little of what lies between their bounds. */
const COARSE = 64

/** The numbers that bins may end at: those up to which it is known of both how much there is, in order. */
function cutsOf(a: NumberSketch, b: NumberSketch): Float64Array {
  if (a.whole !== b.whole) return Float64Array.from(a.whole ? b.xs : a.xs)
  const [coarse, other] = a.xs.length <= b.xs.length ? [a, b] : [b, a]
  if (!a.whole && coarse.xs.length < COARSE) return Float64Array.from(coarse.xs)
  return Float64Array.from(new Set([...coarse.xs, ...other.xs])).sort()
}

function sharesOfNumbers(a: Side & { sketch: NumberSketch }, b: Side & { sketch: NumberSketch }) {
  const [inA, inB] = [cumulative(a.sketch, a.part), cumulative(b.sketch, b.part)]
  const all = cutsOf(a.sketch, b.sketch)
  const [lastA, lastB] = [inA(Number.POSITIVE_INFINITY, true), inB(Number.POSITIVE_INFINITY, true)]
  if (!lastA || !lastB) return null
  const byValue = all.length <= BINS && a.sketch.whole && b.sketch.whole
  const shares: [number[], number[]] = [[], []]
  let [doneA, doneB, told] = [0, 0, 0]
  for (const [at, x] of all.entries()) {
    const [toA, toB] = [inA(x, true), inB(x, true)]
    const reached = Math.floor(((toA / lastA + toB / lastB) / 2) * BINS + 1e-9)
    if (!byValue && reached === told && at < all.length - 1) continue
    told = reached
    shares[0].push(toA - doneA)
    shares[1].push(toB - doneB)
    doneA = toA
    doneB = toB
  }
  // What lies beyond the last cut.
  shares[0].push(Math.max(0, lastA - doneA))
  shares[1].push(Math.max(0, lastB - doneB))
  return shares
}

/**
 * How uneven a distribution is, as Facets orders features: 1 minus the entropy of the shares of its bins or values, over
 * the greatest entropy that so many can have. 0: all alike; 1: all in one. Null: no value.
 */
export function nonUniformityOf(figures: FeatureStatistics): number | null {
  const { count, numeric, top } = figures
  if (!count) return null
  const listed = numeric ? numeric.histogram.counts : top.map(each => each.count)
  const sum = listed.reduce((all, each) => all + each, 0)
  if (!sum) return null
  // Texts beyond those listed: as if they were spread over as many values as there are.
  const rest = numeric ? 0 : Math.max(0, count - sum)
  const more = numeric ? 0 : Math.max(0, figures.unique - top.length)
  const bins = listed.length + more
  if (bins < 2) return 1
  const part = (share: number) => (share > 0 ? -share * Math.log2(share) : 0)
  let entropy = listed.reduce((all, each) => all + part(each / (sum + rest)), 0)
  if (rest && more) entropy += more * part(rest / (sum + rest) / more)
  return Number(Math.min(1, Math.max(0, 1 - entropy / Math.log2(bins))).toPrecision(12))
}
