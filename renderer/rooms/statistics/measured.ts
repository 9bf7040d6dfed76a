import type { ColumnType, FeatureStatistics } from '#contract'
import { count, dataDate, figure, percent } from '../../ui/index.ts'

/** The figures of one feature in one set of rows as the page shows them: plain, or each row counted by its weight. */
export interface Measured {
  /** With weights these are sums of weights. */
  rows: number
  count: number
  missing: number
  /** Of the rows. */
  missingShare: number
  unique: number
  zeros: number | null
  /** Of the values that are there. */
  zeroShare: number | null
  mean: number | null
  deviation: number | null
  min: number | null
  median: number | null
  max: number | null
  averageLength: number | null
  top: readonly { value: string; count: number }[]
  /** The list of top values holds every value. */
  isWhole: boolean
  edges: readonly number[] | null
  counts: readonly number[] | null
  /** Exact values at 0, 10, … 100 %; null where the engine did not say. */
  quantiles: readonly number[] | null
  isWeighted: boolean
}

const share = (part: number, whole: number): number => (whole > 0 ? part / whole : 0)

/** Moments and truths have no zeros that mean something. */
const hasZeros = (type: ColumnType): boolean => type === 'integer' || type === 'float'

export function measure(of: FeatureStatistics, type: ColumnType, weighted: boolean): Measured {
  const by = weighted ? of.weighted : undefined
  const { numeric } = of
  const number = type === 'boolean' ? null : numeric
  const counted = by?.count ?? of.count
  const missing = by?.missing ?? of.missing
  const zeros = numeric && hasZeros(type) ? numeric.zeros : null
  return {
    rows: counted + missing,
    count: counted,
    missing,
    missingShare: share(missing, counted + missing),
    unique: of.unique,
    zeros,
    zeroShare: zeros === null ? null : share(zeros, of.count),
    mean: number && (by?.mean ?? number.mean),
    deviation: number && (by?.deviation ?? number.deviation),
    min: number?.min ?? null,
    median: number && (by?.median ?? number.median),
    max: number?.max ?? null,
    averageLength: of.averageLength,
    top: by?.top.length ? by.top : of.top,
    isWhole: of.unique <= of.top.length,
    edges: number?.histogram.edges ?? null,
    counts: number && (by?.counts ?? number.histogram.counts),
    quantiles: (!by && number?.quantiles) || null,
    isWeighted: !!by,
  }
}

/** A feature whose distribution is drawn in bins of numbers; the others have values with names. */
export const isNumeric = (type: ColumnType): boolean => type !== 'text' && type !== 'boolean'
export const isMoment = (type: ColumnType): boolean => type === 'date' || type === 'timestamp'
export const NUMERIC: readonly ColumnType[] = ['integer', 'float', 'date', 'timestamp']
export const CATEGORICAL: readonly ColumnType[] = ['text', 'boolean']

/** A share in a narrow column: 0 as a digit, small ones to one decimal. */
export const shareWords = (part: number): string =>
  part === 0 ? '0' : part < 0.001 ? '<0.1%' : percent(part)

/** A share of a whole in whole percent; one that is there is never "0%". */
export const partWords = (part: number): string => (part > 0 && part < 0.01 ? '<1%' : percent(part, 0))

/** A number of rows, or a sum of weights, in a narrow column. */
export const rowsWords = (n: number): string => (Number.isInteger(n) && n < 1e6 ? count(n) : figure(n))

/** The same where there is room for every digit. */
export const exactRows = (n: number): string => (Number.isInteger(n) ? count(n) : figure(n))

/** A value of a feature in words: a moment for dates, three figures for numbers. */
export const valueWords = (type: ColumnType, value: number): string =>
  isMoment(type) ? dataDate(value) : figure(value)
