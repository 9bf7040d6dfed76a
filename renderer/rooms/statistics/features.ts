import type { Feature, FeatureStatistics } from '#contract'
import type { Bin } from '../../charts/index.ts'
import { dataDate, figure, percent } from '../../ui/index.ts'

/** One row of the features table: the figures of train (or of all rows, where nothing was split) and of eval. */
export interface FeatureRow {
  name: string
  type: Feature['type']
  /** What stands in the columns; the train split where it has rows. */
  main: FeatureStatistics
  /** What `main` is of. */
  of: 'train' | 'all'
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
const rowsOf = (of: FeatureStatistics): number => of.count + of.missing

/** Merges equal-width bins into fewer, for a picture that is small. */
export function fewerBins(counts: readonly number[], most: number): number[] {
  const together = Math.ceil(counts.length / most)
  if (together <= 1) return [...counts]
  const merged: number[] = []
  for (let i = 0; i < counts.length; i += together)
    merged.push(counts.slice(i, i + together).reduce((sum, n) => sum + n, 0))
  return merged
}

/** The counts of the same values in another split; null where its list ends before the value comes. */
const countsOf = (values: readonly string[], of: FeatureStatistics): (number | null)[] => {
  const known = new Map(of.top.map(({ value, count }) => [value, count]))
  const absent = of.unique > of.top.length ? null : 0
  return values.map(value => known.get(value) ?? absent)
}
const orNone = (counts: readonly (number | null)[]): number[] => counts.map(n => n ?? 0)

function miniOf(main: FeatureStatistics, evaluation: FeatureStatistics | null): FeatureRow['bins'] {
  if (main.numeric)
    return {
      train: fewerBins(main.numeric.histogram.counts, MINI_BINS),
      eval: evaluation?.numeric ? fewerBins(evaluation.numeric.histogram.counts, MINI_BINS) : undefined,
    }
  const values = sharedValues(main, evaluation, MINI_BINS)
  return {
    train: orNone(countsOf(values, main)),
    eval: evaluation ? orNone(countsOf(values, evaluation)) : undefined,
  }
}

/** The most frequent values of train, and after them those that only eval has: where the two differ is the news. */
function sharedValues(main: FeatureStatistics, evaluation: FeatureStatistics | null, most: number): string[] {
  const fresh = onlyIn(evaluation, main).slice(0, Math.floor(most / 4))
  return [...main.top.slice(0, most - fresh.length).map(({ value }) => value), ...fresh]
}

/** Values of one split that the other has not; none where the other's list is not complete. */
function onlyIn(of: FeatureStatistics | null, other: FeatureStatistics): string[] {
  if (!of || other.numeric || other.unique > other.top.length) return []
  const known = new Set(other.top.map(({ value }) => value))
  return of.top.map(({ value }) => value).filter(value => !known.has(value))
}

/** Values that eval has and train has not. */
export const newInEval = (row: FeatureRow): string[] => onlyIn(row.eval, row.main)

/** The row of a feature. */
export function rowOf(feature: Feature): FeatureRow {
  const train = feature.splits.train && rowsOf(feature.splits.train) > 0 ? feature.splits.train : null
  const main = train ?? feature.all
  const evaluation = feature.splits.eval && rowsOf(feature.splits.eval) > 0 ? feature.splits.eval : null
  return {
    name: feature.name,
    type: feature.type,
    main,
    of: train ? 'train' : 'all',
    eval: evaluation,
    missing: shareOf(main.missing, rowsOf(main)),
    evalMissing: evaluation && shareOf(evaluation.missing, rowsOf(evaluation)),
    zeros:
      main.numeric && (feature.type === 'integer' || feature.type === 'float')
        ? shareOf(main.numeric.zeros, main.count)
        : null,
    bins: miniOf(main, evaluation),
  }
}

/** A share in a narrow column: 0 as a digit, small ones to one decimal. */
export const shareWords = (share: number): string =>
  share === 0 ? '0' : share < 0.001 ? '<0.1%' : percent(share)

/** A value of a feature in words: a moment for dates, three figures for numbers. */
export const valueWords = (type: Feature['type'], value: number): string =>
  type === 'date' || type === 'timestamp' ? dataDate(value) : figure(value)

/** The two most frequent values with their shares of all rows, missing ones counted in, as the large view has them. */
export const commonest = ({ main }: FeatureRow): { value: string; share: string }[] =>
  main.top.slice(0, 2).map(({ value, count }) => ({ value, share: percent(shareOf(count, rowsOf(main)), 0) }))

/** What the spread column says, as one text, for copying and for the tip of a cut cell. */
export function spreadWords(row: FeatureRow): string {
  const { numeric } = row.main
  if (numeric && row.type !== 'boolean') {
    const range = `from ${valueWords(row.type, numeric.min)} to ${valueWords(row.type, numeric.max)}`
    const isMoment = row.type === 'date' || row.type === 'timestamp'
    return isMoment ? range : `${figure(numeric.mean)} ± ${figure(numeric.deviation)} ${range}`
  }
  return commonest(row)
    .map(one => `${one.value} ${one.share}`)
    .join(', ')
}

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
  const { main, eval: other } = row
  const values = sharedValues(main, other, most)
  const train = countsOf(values, main)
  const evaluation = other && countsOf(values, other)
  return values.map((label, i) => {
    const there = evaluation?.[i] ?? null
    return {
      label,
      train: shareOf(train[i] ?? 0, rowsOf(main)),
      ...(other && there !== null ? { eval: shareOf(there, rowsOf(other)) } : {}),
    }
  })
}
