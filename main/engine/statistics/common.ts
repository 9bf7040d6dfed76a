import type { ColumnType, Feature, FeatureStatistics } from '#contract'
import { MOST_BINS } from './bins.ts'
import { cumulative, isText, type Sketch } from './sketch.ts'

/** Bins that a histogram is widened to at most, before all of it is binned anew. */
const WIDEST = 2 * MOST_BINS

/** A feature and what is known of its values. */
export interface Sketched {
  feature: Feature
  sketch: Sketch
}

const isNumber = (type: ColumnType) => type === 'integer' || type === 'float'

/** Whether figures of two columns can be laid beside each other: of one type, or both numbers. */
export const alike = (a: ColumnType, b: ColumnType): boolean => a === b || (isNumber(a) && isNumber(b))

/** Whole bins where all edges are whole, as those of whole numbers, dates and times are. */
const isWhole = (edges: number[]) => edges.every(Number.isInteger)

/**
 * Edges that hold the values of two histograms: those of the first where the second lies within; else the first ones
 * and more of the same width at both ends; where those would be too many, new ones.
 */
export function commonEdges(one: number[], two: number[]): { edges: number[]; anew: boolean } {
  const [first, last] = [one[0] as number, one.at(-1) as number]
  const [low, high] = [Math.min(first, two[0] as number), Math.max(last, two.at(-1) as number)]
  if (low >= first && high <= last) return { edges: one, anew: false }
  const width = (one[1] as number) - first
  const before = Math.ceil((first - low) / width)
  const behind = Math.ceil((high - last) / width)
  if (one.length - 1 + before + behind <= WIDEST)
    return {
      edges: [
        ...Array.from({ length: before }, (_, at) => first - (before - at) * width),
        ...one,
        ...Array.from({ length: behind }, (_, at) => last + (at + 1) * width),
      ],
      anew: false,
    }
  const whole = isWhole(one) && isWhole(two)
  const step = whole ? Math.ceil((high - low) / MOST_BINS) : high / MOST_BINS - low / MOST_BINS
  const bins = whole ? Math.ceil((high - low) / step) : MOST_BINS
  const edges = Array.from({ length: bins + 1 }, (_, at) => low + at * step)
  if (!whole) edges[bins] = high
  return { edges, anew: true }
}

/** Counts of a part in bins, from its sketch; their sum is that of the part, as whole numbers. */
export function countsIn(edges: number[], sketch: Sketch, part: number): number[] {
  if (isText(sketch)) return []
  const upTo = cumulative(sketch, part)
  let told = 0
  return edges.slice(1).map((edge, at) => {
    const reached = Math.round(upTo(edge, at === edges.length - 2))
    const here = Math.max(0, reached - told)
    told = Math.max(told, reached)
    return here
  })
}

/** The same figures with their histogram in other bins. */
function inBins(figures: FeatureStatistics, edges: number[], counts: () => number[]): FeatureStatistics {
  const { numeric } = figures
  if (!numeric || numeric.histogram.edges === edges) return figures
  return { ...figures, numeric: { ...numeric, histogram: { edges, counts: counts() } } }
}

/** A histogram in wider bins that begin and end further out. */
function padded(figures: FeatureStatistics, edges: number[]): FeatureStatistics {
  const histogram = figures.numeric?.histogram
  if (!histogram) return figures
  const before = edges.indexOf(histogram.edges[0] as number)
  const counts = new Array<number>(edges.length - 1).fill(0)
  for (const [at, count] of histogram.counts.entries()) counts[before + at] = count
  return inBins(figures, edges, () => counts)
}

/** The parts of a feature in the order of a sketch: all, train, eval, test. */
export const SPLIT_PARTS = ['train', 'eval', 'test'] as const

/** A feature and the same of other data, in the same bins. */
export function besides(one: Sketched, two: Sketched): { feature: Feature; with: FeatureStatistics } {
  const mine = one.feature.all.numeric?.histogram.edges
  const theirs = two.feature.all.numeric?.histogram.edges
  if (!mine || !theirs) return { feature: one.feature, with: two.feature.all }
  const { edges, anew } = commonEdges(mine, theirs)
  const place = (figures: FeatureStatistics, part: number) =>
    anew ? inBins(figures, edges, () => countsIn(edges, one.sketch, part)) : padded(figures, edges)
  const { all, splits, slices } = one.feature
  const feature: Feature =
    edges === mine
      ? one.feature
      : {
          ...one.feature,
          all: place(all, 0),
          splits: Object.fromEntries(
            SPLIT_PARTS.flatMap((split, at) => {
              const figures = splits[split]
              return figures ? [[split, place(figures, at + 1)]] : []
            }),
          ),
          // Slices have no sketches; where bins are made anew, theirs are spread from those they had.
          slices:
            slices &&
            Object.fromEntries(
              Object.entries(slices).map(([name, figures]) => [
                name,
                anew ? respread(figures, edges) : padded(figures, edges),
              ]),
            ),
        }
  return {
    feature,
    with: inBins(two.feature.all, edges, () =>
      sameEdges(theirs, edges)
        ? (two.feature.all.numeric?.histogram.counts ?? [])
        : countsIn(edges, two.sketch, 0),
    ),
  }
}

const sameEdges = (a: number[], b: number[]) => a.length === b.length && a.every((edge, at) => edge === b[at])

function respread(figures: FeatureStatistics, edges: number[]): FeatureStatistics {
  const histogram = figures.numeric?.histogram
  if (!histogram) return figures
  const [first, ...xs] = histogram.edges as [number, ...number[]]
  const sketch = { whole: false, xs: [first, ...xs], counts: [[0, ...histogram.counts]] }
  return inBins(figures, edges, () => countsIn(edges, sketch, 0))
}
