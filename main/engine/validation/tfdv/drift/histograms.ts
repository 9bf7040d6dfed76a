import type { Histogram } from '../../../metadata/index.ts'
import type { DriftBin } from './measure.ts'

type Bin = Omit<DriftBin, 'part'>
interface Bucket {
  low: number
  high: number
  mass: number
}

/**
 * Two histograms over common bins. Ranges are split where either side has a boundary, mass spread evenly within one;
 * single numbers get bins of their own; what is infinite on one side counts as missing on the other, and so does NaN.
 * As in TensorFlow Data Validation, NaN is forgotten where the ranges had to be split.
 */
export function alignHistograms(left: Histogram, right: Histogram): Bin[] {
  const a = sortOut(left)
  const b = sortOut(right)
  const isSame = haveSameEdges(a.ranges, b.ranges)
  const ranges = isSame ? pair(a.ranges, b.ranges) : splitBoth(a.ranges, b.ranges)
  const bins: Bin[] = [...ranges, ...alignPoints(a.points, b.points)]
  if (a.infinite !== 0) bins.push({ label: 'infinite', a: a.infinite, b: 0 })
  if (b.infinite !== 0) bins.push({ label: 'infinite', a: 0, b: b.infinite })
  const [nanA, nanB] = [Number(left.numNan), Number(right.numNan)]
  if (isSame && (nanA > 0 || nanB > 0))
    bins.push({ label: 'NaN', a: 0, b: nanB }, { label: 'NaN', a: nanA, b: 0 })
  return bins
}

/** The masses of each side divided by their sum; null where a side has none. */
export function shares(bins: readonly Bin[]): Bin[] | null {
  let [sumA, sumB] = [0, 0]
  for (const { a, b } of bins) {
    sumA += a
    sumB += b
  }
  if (sumA === 0 || sumB === 0) return null
  return bins.map(bin => ({ ...bin, a: bin.a / sumA, b: bin.b / sumB }))
}

function sortOut({ buckets }: Histogram) {
  const ranges: Bucket[] = []
  const points = new Map<number, number>()
  let infinite = 0
  for (const { lowValue: low, highValue: high, sampleCount: mass } of buckets) {
    if (!Number.isFinite(low) || !Number.isFinite(high)) infinite += mass
    else if (low === high) points.set(low, (points.get(low) ?? 0) + mass)
    else ranges.push({ low, high, mass })
  }
  return { ranges, points, infinite }
}

const haveSameEdges = (a: readonly Bucket[], b: readonly Bucket[]): boolean =>
  a.length === b.length && String(edgesOf(a)) === String(edgesOf(b))

function splitBoth(a: readonly Bucket[], b: readonly Bucket[]): Bin[] {
  const edges = edgesOf([...a, ...b])
  return pair(split(a, edges), split(b, edges))
}

const pair = (a: readonly Bucket[], b: readonly Bucket[]): Bin[] =>
  a.map(({ low, high, mass }, at) => ({ low, high, a: mass, b: b[at]?.mass ?? 0 }))

const edgesOf = (buckets: readonly Bucket[]): number[] =>
  [...new Set(buckets.flatMap(({ low, high }) => [low, high]))].sort((x, y) => x - y)

/** Buckets cut at every edge; where there was no bucket is an empty one. */
function split(buckets: readonly Bucket[], edges: readonly number[]): Bucket[] {
  const pieces: Bucket[] = []
  let at = 0
  const edge = (index: number): number => edges[index] ?? Number.POSITIVE_INFINITY
  const take = (mass: (low: number, high: number) => number) => {
    const [low, high] = [edge(at), edge(at + 1)]
    pieces.push({ low, high, mass: mass(low, high) })
    at++
  }
  for (const { low, high, mass } of buckets) {
    while (low > edge(at)) take(() => 0)
    while (high > edge(at)) take((from, to) => ((to - from) / (high - low)) * mass)
  }
  while (at + 1 < edges.length) take(() => 0)
  return pieces
}

const alignPoints = (a: ReadonlyMap<number, number>, b: ReadonlyMap<number, number>): Bin[] =>
  [...new Set([...a.keys(), ...b.keys()])]
    .sort((x, y) => x - y)
    .map(point => ({ low: point, high: point, a: a.get(point) ?? 0, b: b.get(point) ?? 0 }))
