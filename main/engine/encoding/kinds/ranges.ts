import type { TransformStep } from '#contract'
import { columnOf, type RangesFeature } from '../spec.ts'
import { type Fitter, single, writePlace } from './kind.ts'
import { numberIn } from './number.ts'
import { Sample } from './sample.ts'
import { Moments } from './scale.ts'

/** How many of the edges are at most the value. */
export function rangeOf(value: number, edges: readonly number[]): number {
  let low = 0
  let high = edges.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((edges[middle] as number) <= value) low = middle + 1
    else high = middle
  }
  return low
}

/** Ascending, each once. */
const settled = (edges: readonly number[]) => [...new Set(edges.map(edge => edge + 0))].sort((a, b) => a - b)

/**
 * Edges between `count` ranges of equally many rows; values that fill several of them make fewer. Where the least value
 * fills the first ones, it is a range of its own.
 */
export function quantileEdges(sample: Sample, count: number): number[] {
  const least = sample.quantile(0)
  const edges = Array.from({ length: count - 1 }, (_, i) => sample.quantile((i + 1) / count))
  const next = sample.ascending.find(value => value > least)
  const kept = settled(edges.filter(edge => edge > least))
  const isApart =
    next !== undefined && kept.length < edges.length && next < (kept[0] ?? Number.POSITIVE_INFINITY)
  return isApart && edges.includes(least) ? [next, ...kept] : kept
}

export const ranges = single<RangesFeature>(
  ({ edges, missing, as }) => (as ? 1 : edges.length + 1 + Number(missing)),
  (spec, cells, out, offset, stride) => {
    const { edges, missing, as } = spec
    const name = columnOf(spec)
    const none = missing ? edges.length + 1 : -1
    for (let row = 0, at = offset; row < cells.length; row++, at += stride) {
      const value = numberIn(cells[row], name, row)
      writePlace(as, Number.isNaN(value) ? none : rangeOf(value, edges), out, at)
    }
  },
)

type BucketsStep = Extract<TransformStep, { kind: 'buckets' }>

export function fitRanges(
  name: string,
  type: RangesFeature['type'],
  { by, count, edges, as }: BucketsStep,
): Fitter {
  const sample = by === 'quantiles' ? new Sample() : null
  const moments = new Moments()
  let missing = 0
  return {
    add(cells) {
      for (let row = 0; row < cells.length; row++) {
        const value = numberIn(cells[row], name, row)
        if (Number.isNaN(value)) missing++
        else {
          moments.add(value)
          sample?.add(value)
        }
      }
    },
    finish() {
      const idle = moments.idle(missing)
      if (idle) return idle
      const { min, max } = moments
      // Each share apart: the whole width may be beyond all numbers.
      const equal = () =>
        Array.from({ length: count - 1 }, (_, i) => min * (1 - (i + 1) / count) + max * ((i + 1) / count))
      const found = sample ? quantileEdges(sample, count) : settled(by === 'edges' ? (edges ?? []) : equal())
      if (found.length === 0 && missing === 0) return 'all its values fall into one range'
      return {
        kind: 'ranges',
        name,
        type,
        edges: found,
        missing: missing > 0 || as === 'index',
        ...(as === 'index' ? { as } : {}),
      }
    },
  }
}
