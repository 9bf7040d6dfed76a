import {
  create,
  type Histogram,
  type Histogram_Bucket,
  Histogram_BucketSchema,
  Histogram_HistogramType,
  HistogramSchema,
} from '../../metadata/index.ts'
import type { Boundaries } from './quantiles.ts'

const bucket = (lowValue: number, highValue: number, sampleCount: number): Histogram_Bucket =>
  create(Histogram_BucketSchema, { lowValue, highValue, sampleCount })

/**
 * The weight between each two boundaries. What lies between equal upper boundaries is shared equally among them, and
 * what lies on the least boundary among the parts that are like the first one.
 */
export function partWeights({ values, cumulative }: Boundaries): Float64Array {
  const parts = values.length - 1
  const weights = new Float64Array(parts)
  for (let from = 0; from < parts; ) {
    let to = from + 1
    while (to < parts && values[to + 1] === values[from + 1]) to++
    const share = ((cumulative[to] as number) - (cumulative[from] as number)) / (to - from)
    weights.fill(share, from, to)
    from = to
  }
  let alike = 0
  while (alike < parts && values[alike] === values[0] && values[alike + 1] === values[1]) alike++
  for (let at = 0; at < alike; at++) (weights[at] as number) += (cumulative[0] as number) / alike
  return weights
}

/** Every so many boundaries. */
export const everyNth = ({ values, cumulative }: Boundaries, step: number): Boundaries => ({
  values: values.filter((_, at) => at % step === 0),
  cumulative: cumulative.filter((_, at) => at % step === 0),
})

/** A histogram whose buckets hold about the same weight: one between each two boundaries. */
export function quantilesHistogram(boundaries: Boundaries): Histogram {
  const weights = partWeights(boundaries)
  return create(HistogramSchema, {
    type: Histogram_HistogramType.QUANTILES,
    buckets: Array.from(weights, (weight, at) =>
      bucket(boundaries.values[at] as number, boundaries.values[at + 1] as number, weight),
    ),
  })
}

/** What the boundaries of equally wide buckets are made of. */
export interface Range {
  /** Least and greatest finite value; infinity and -infinity where there is none. */
  min: number
  max: number
  /** Weight of the values that are infinity. */
  infinite: number
}

/** `count` + 1 equally spaced edges, with the roundings of NumPy's `linspace`. */
function edgesOf({ min, max }: Range, count: number): number[] {
  if (min === max) return [min, max]
  const step = (max - min) / count
  const edges = Array.from({ length: count + 1 }, (_, at) => at * step + min)
  edges[count] = max
  return edges
}

/** Boundaries of the finite values only, and the weight of the values that are -infinity. */
function finitePart(boundaries: Boundaries, range: Range): { finite: Boundaries; below: number } {
  let { values, cumulative } = boundaries
  let below = 0
  const first = values.findIndex(value => value !== Number.NEGATIVE_INFINITY)
  if (first > 0) {
    below = cumulative[first - 1] as number
    values = values.subarray(first)
    cumulative = cumulative.slice(first).map(weight => weight - below)
  }
  if (range.infinite) {
    const found = values.indexOf(Number.POSITIVE_INFINITY)
    const end = found < 0 ? values.length : found
    const weight = (cumulative.at(-1) as number) - range.infinite
    values = Float64Array.of(...values.subarray(0, end), range.max)
    cumulative = Float64Array.of(...cumulative.subarray(0, end), weight)
  }
  return { finite: { values, cumulative }, below }
}

/** Share of the part from `from` to `to` that lies in the bucket from `low` to `high`. */
function overlap(from: number, to: number, low: number, high: number): number {
  if (low <= from && high >= to) return 1
  return (Math.min(high, to) - Math.max(low, from)) / (to - from)
}

/**
 * A histogram of equally wide buckets. Their counts come from the parts between quantile boundaries, spread evenly
 * within each part, so they are fractions; infinities stand in buckets of their own at both ends.
 */
export function standardHistogram(boundaries: Boundaries, range: Range, count: number): Histogram {
  const { min, max, infinite } = range
  const histogram = create(HistogramSchema, { type: Histogram_HistogramType.STANDARD })
  if (!Number.isFinite(min)) {
    histogram.buckets.push(bucket(min, max, boundaries.cumulative.at(-1) as number))
    return histogram
  }
  const edges = edgesOf(range, count)
  if (!edges.every(Number.isFinite)) return histogram
  const { finite, below } = finitePart(boundaries, range)
  const weights = partWeights(finite)
  if (below) histogram.buckets.push(bucket(Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, below))
  let start = 0
  for (let nth = 0; nth + 1 < edges.length; nth++) {
    const low = edges[nth] as number
    const high = edges[nth + 1] as number
    let sum = 0
    for (let at = start; at < weights.length; at++) {
      const from = finite.values[at] as number
      const to = finite.values[at + 1] as number
      // A value on an inner edge was counted in the bucket below that edge.
      const onEdge = from === to && from === low
      if (!onEdge && from > high) break
      if (to < low || (onEdge && nth > 0)) start = at
      else sum += (onEdge ? 1 : overlap(from, to, low, high)) * (weights[at] as number)
    }
    histogram.buckets.push(bucket(low, high, sum))
  }
  if (infinite) histogram.buckets.push(bucket(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, infinite))
  return histogram
}

/** How many values each row has, where each of `rows` rows has exactly one: ten buckets at 1. */
export const oneValueHistogram = (rows: number): Histogram =>
  quantilesHistogram({ values: new Float64Array(11).fill(1), cumulative: new Float64Array(11).fill(rows) })
