import type { RunHistograms, RunSpread } from '#contract'
import { fail } from '../../kit/index.ts'
import type { Histogram } from '../events/index.ts'
import type { RunFiles } from './runFiles.ts'

/** Names of histograms that a list holds. */
const MOST_KEYS = 2000

/** The shares of values below which the lines of a spread lie; between the outer two of them are 68%. */
export const SHARES = [0, 0.16, 0.5, 0.84, 1]

interface Bucket {
  low: number
  high: number
  count: number
}

/** Buckets that hold something, from the least up. What a file says wrongly is left out. */
function bucketsOf({ buckets }: Pick<Histogram, 'buckets'>): Bucket[] {
  const found: Bucket[] = []
  for (let i = 0; i + 2 < buckets.length; i += 3) {
    const [low, high, count] = [buckets[i], buckets[i + 1], buckets[i + 2]] as [number, number, number]
    if (Number.isFinite(high - low) && high >= low && count > 0 && Number.isFinite(count))
      found.push({ low, high, count })
  }
  return found.sort((a, b) => a.low - b.low)
}

/** The least and the greatest value; null where there is none. */
function rangeOf(all: readonly Bucket[]): [number, number] | null {
  if (all.length === 0) return null
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const { low, high } of all) {
    least = Math.min(least, low)
    most = Math.max(most, high)
  }
  // Values that are all the same stand in the middle of their bins.
  return least === most ? [least - 0.5, most + 0.5] : [least, most]
}

const edgesOf = ([low, high]: [number, number], bins: number): number[] =>
  Array.from({ length: bins + 1 }, (_, i) => low + ((high - low) * i) / bins)

/** The same values in other bins: those of a bucket that lies over several are shared out by its width. */
function rebinned(all: readonly Bucket[], edges: readonly number[]): number[] {
  const bins = edges.length - 1
  const [first, last] = [edges[0] as number, edges[bins] as number]
  const width = (last - first) / bins
  const counts = new Array<number>(bins).fill(0)
  const at = (value: number) => Math.min(bins - 1, Math.max(0, Math.floor((value - first) / width)))
  for (const { low, high, count } of all) {
    const [from, to] = [at(low), at(high)]
    for (let i = from; i <= to; i++) {
      const inside = Math.min(high, edges[i + 1] as number) - Math.max(low, edges[i] as number)
      const share = from === to ? 1 : Math.max(0, inside) / (high - low)
      counts[i] = (counts[i] as number) + count * share
    }
  }
  return counts
}

/** The value below which a share of all lie, taken to be spread evenly within a bucket. */
function quantile(all: readonly Bucket[], share: number): number {
  const total = all.reduce((sum, { count }) => sum + count, 0)
  let left = share * total
  for (const { low, high, count } of all) {
    if (left <= count) return low + (high - low) * (left / count)
    left -= count
  }
  return all.at(-1)?.high ?? 0
}

/** So many of a list, spread over it, with the first and the last. */
const thinned = <T>(all: readonly T[], most: number): T[] =>
  all.length <= most
    ? [...all]
    : Array.from({ length: most }, (_, i) => all[Math.round((i * (all.length - 1)) / (most - 1))] as T)

/** The histograms that came with a run from event files, as they can be drawn. */
export function openHistograms(files: Pick<RunFiles, 'histogramKeys' | 'histogramSteps' | 'histogramAt'>) {
  return {
    /** Each by its name, with how the values were spread at its last step. */
    list(run: string, bins: number): RunHistograms {
      return {
        histograms: files.histogramKeys(run, MOST_KEYS).map(({ key, steps, last }) => {
          const all = bucketsOf(files.histogramAt(run, key, last))
          const range = rangeOf(all)
          const edges = range ? edgesOf(range, bins) : []
          return { key, steps, step: last, edges, counts: range ? rebinned(all, edges) : [] }
        }),
      }
    },
    /** One over its steps, all in the same bins. @throws Failure `not-found` */
    spread(run: string, key: string, { bins, most }: { bins: number; most: number }): RunSpread {
      const steps = files.histogramSteps(run, key)
      if (steps.length === 0)
        throw fail(
          'not-found',
          `${run} has no histogram "${key}".`,
          `See those it has with: edgewright training histograms ${run}`,
        )
      const read = thinned(steps, most).map(step => {
        const { at, buckets } = files.histogramAt(run, key, step)
        return { step, at, all: bucketsOf({ buckets }) }
      })
      const range = rangeOf(read.flatMap(({ all }) => all))
      const edges = range ? edgesOf(range, bins) : []
      return {
        ...{ run: run as RunSpread['run'], key, of: steps.length, edges, shares: SHARES },
        steps: read.map(({ step, at, all }) => ({
          ...{ step, at },
          counts: range ? rebinned(all, edges) : [],
          values: SHARES.map(share => (all.length ? quantile(all, share) : null)),
        })),
      }
    },
  }
}
