import { create, type Histogram, Histogram_HistogramType, HistogramSchema } from '../../metadata/index.ts'
import type { Atoms } from './atoms.ts'

const PARTS = 10

/**
 * The histogram of tenths of values in ascending order, by the rules of TensorFlow Data Validation: a bound is the last
 * value whose middle rank is not beyond its rank, and buckets with the same upper bound share what lies in them.
 */
export function tenths({ xs, counts }: Atoms): Histogram {
  const total = counts.reduce((sum, count) => sum + count, 0)
  const [values, cumulative] = boundaries(xs, counts, total)
  const masses: number[] = []
  for (let from = 0; from < PARTS; ) {
    let to = from + 1
    while (to < PARTS && values[to + 1] === values[from + 1]) to++
    const share = ((cumulative[to] as number) - (cumulative[from] as number)) / (to - from)
    while (from < to) masses[from++] = share
  }
  let alike = 0
  while (alike < PARTS && values[alike] === values[0] && values[alike + 1] === values[1]) alike++
  for (let at = 0; at < alike; at++) (masses[at] as number) += (cumulative[0] as number) / alike
  return create(HistogramSchema, {
    type: Histogram_HistogramType.QUANTILES,
    buckets: masses.map((sampleCount, at) => ({
      lowValue: values[at] as number,
      highValue: values[at + 1] as number,
      sampleCount,
    })),
  })
}

function boundaries(xs: readonly number[], counts: readonly number[], total: number): [number[], number[]] {
  const values: number[] = []
  const cumulative: number[] = []
  let [value, before, reached] = [Number.NaN, 0, 0]
  const set = (x: number, weight: number) => {
    values.push(x)
    cumulative.push(weight)
  }
  for (const [at, count] of counts.entries()) {
    if (!(count > 0)) continue
    before = reached
    reached += count
    while (before > 0 && values.length <= PARTS) {
      const twice = (2 * values.length * total) / PARTS
      if (twice >= before + reached) break
      if (twice < 2 * before) set(value, before)
      else set(xs[at] as number, reached)
    }
    value = xs[at] as number
  }
  while (values.length <= PARTS) set(value, reached)
  return [values, cumulative]
}
