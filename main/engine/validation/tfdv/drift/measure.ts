import type { Histogram, HistogramSelection } from '../../../metadata/index.ts'

/** How the values of a feature are spread: by value, or by ranges of numbers. */
export interface Distribution {
  /** How often each string occurs, in byte order; empty for numbers. */
  values: ReadonlyMap<string, number>
  /** A histogram of numbers of the kind that is asked for. */
  histogram(source?: HistogramSelection): Histogram | undefined
}

/** A value or a range of numbers that both sides share. */
export interface DriftBin {
  /** The value; NaN and infinities of numbers have names too. */
  label?: string
  /** The range of numbers; both ends equal for a single number. */
  low?: number
  high?: number
  /** Mass on each side, scaled as the formula says. */
  a: number
  b: number
  /** What the bin adds to the figure; of a maximum, its own difference. */
  part: number
}

/** How far two distributions are apart, and which bins make it so. */
export interface Drift {
  value: number
  bins: DriftBin[]
  /** The value or range with the largest part. */
  largest?: DriftBin | undefined
}

/** One way to say how far two distributions are apart. */
export interface Measure {
  title: string
  /** p and q are the masses of a bin; each side's sum to 1 unless said otherwise. */
  formula: string
  /** Null where the two cannot be compared. */
  measure(a: Distribution, b: Distribution, source?: HistogramSelection): Drift | null
}
