import type { Feature, FeatureStatistics } from '#contract'
import type { Bin } from '../../charts/index.ts'
import { date, figure, percent } from '../../ui/index.ts'

/** One row of the features table: the figures of train (or of all rows, where nothing was split) and of eval. */
export interface FeatureRow {
  name: string
  type: Feature['type']
  /** What stands in the columns; the train split where there is one. */
  main: FeatureStatistics
  eval: FeatureStatistics | null
  missing: number
  evalMissing: number | null
  /** Share of zeros; null for what has none. */
  zeros: number | null
  bins: { train: number[]; eval: number[] | undefined }
}

/* 16 bins are seen at 110 px; more would be noise. */
const MINI_BINS = 16

const shareOf = (part: number, whole: number): number => (whole > 0 ? part / whole : 0)

/** Rows are there, missing ones counted in. */
const rowsOf = (of: FeatureStatistics): number => of.count

/** Merges equal-width bins into fewer, for a picture that is small. */
export function fewerBins(counts: readonly number[], most: number): number[] {
  const together = Math.ceil(counts.length / most)
  if (together <= 1) return [...counts]
  const merged: number[] = []
  for (let i = 0; i < counts.length; i += together)
    merged.push(counts.slice(i, i + together).reduce((sum, n) => sum + n, 0))
  return merged
}

/** The counts of the same values in another split. */
const countsOf = (values: readonly string[], of: FeatureStatistics): number[] => {
  const known = new Map(of.top.map(({ value, count }) => [value, count]))
  return values.map(value => known.get(value) ?? 0)
}

function miniOf(main: FeatureStatistics, evaluation: FeatureStatistics | null): FeatureRow['bins'] {
  if (main.numeric)
    return {
      train: fewerBins(main.numeric.histogram.counts, MINI_BINS),
      eval: evaluation?.numeric ? fewerBins(evaluation.numeric.histogram.counts, MINI_BINS) : undefined,
    }
  const values = main.top.slice(0, MINI_BINS).map(({ value }) => value)
  return {
    train: main.top.slice(0, MINI_BINS).map(({ count }) => count),
    eval: evaluation ? countsOf(values, evaluation) : undefined,
  }
}

/** The row of a feature. */
export function rowOf(feature: Feature): FeatureRow {
  const main = feature.splits.train ?? feature.all
  const evaluation = feature.splits.eval && rowsOf(feature.splits.eval) > 0 ? feature.splits.eval : null
  return {
    name: feature.name,
    type: feature.type,
    main,
    eval: evaluation,
    missing: shareOf(main.missing, rowsOf(main)),
    evalMissing: evaluation && shareOf(evaluation.missing, rowsOf(evaluation)),
    zeros:
      main.numeric && (feature.type === 'integer' || feature.type === 'float')
        ? shareOf(main.numeric.zeros, rowsOf(main) - main.missing)
        : null,
    bins: miniOf(main, evaluation),
  }
}

/** A share in a narrow column: 0 as a digit, small ones to one decimal. */
export const shareWords = (share: number): string =>
  share === 0 ? '0' : share < 0.001 ? '<0.1%' : percent(share)

/** A value of a feature in words: a moment for dates, three figures for numbers. */
export const valueWords = (type: Feature['type'], value: number): string =>
  type === 'date' || type === 'timestamp' ? date(value * 1000) : figure(value)

/** Bins of the large histogram. */
export function binsOf(row: FeatureRow): Bin[] {
  const { numeric } = row.main
  if (!numeric) return []
  const { edges, counts } = numeric.histogram
  const other = row.eval?.numeric?.histogram.counts
  return counts.map((train, i) => ({
    from: edges[i] ?? 0,
    to: edges[i + 1] ?? 0,
    train,
    ...(other ? { eval: other[i] ?? 0 } : {}),
  }))
}

/** The most frequent values with their shares of all rows of their split. */
export function topOf(row: FeatureRow, most: number): { label: string; train: number; eval?: number }[] {
  const top = row.main.top.slice(0, most)
  const other = row.eval
  const counts =
    other &&
    countsOf(
      top.map(({ value }) => value),
      other,
    )
  return top.map(({ value, count }, i) => ({
    label: value,
    train: shareOf(count, rowsOf(row.main)),
    ...(other && counts ? { eval: shareOf(counts[i] ?? 0, rowsOf(other)) } : {}),
  }))
}
