import {
  create,
  Histogram_HistogramType,
  HistogramSchema,
  type NumericStatistics,
  NumericStatisticsSchema,
  type WeightedNumericStatistics,
  WeightedNumericStatisticsSchema,
} from '../../metadata/index.ts'
import { everyNth, quantilesHistogram, standardHistogram } from './histograms.ts'
import { Moments } from './moments.ts'
import { Quantiles } from './quantiles.ts'

/** Buckets of a histogram, and parts of a bucket that the boundaries of equally wide ones are found from. */
const BUCKETS = 10
const FINER = 100

/** Mean, deviation, boundaries and infinities of one feature, by rows or by weight. */
class Spread {
  readonly #moments = new Moments()
  readonly #quantiles: Quantiles
  #infinite = 0
  #endless = false

  /** @param total the weight of all values that are not NaN */
  constructor(total: number) {
    this.#quantiles = new Quantiles(total, BUCKETS * FINER)
  }

  push(value: number, weight: number): void {
    this.#quantiles.push(value, weight)
    if (value === Number.POSITIVE_INFINITY) this.#infinite += weight
    if (Number.isFinite(value)) this.#moments.push(value, weight)
    else this.#endless = true
  }

  end(range: { min: number; max: number }, nan: number) {
    const boundaries = this.#quantiles.end()
    const { mean, variance } = this.#moments.end()
    const histograms = boundaries
      ? [
          standardHistogram(boundaries, { ...range, infinite: this.#infinite }, BUCKETS),
          quantilesHistogram(everyNth(boundaries, FINER)),
        ]
      : []
    for (const histogram of histograms) histogram.numNan = BigInt(nan)
    return {
      // With an infinity among the values TFDV's mean is NaN, and its deviation 0.
      mean: this.#endless ? Number.NaN : mean,
      stdDev: this.#endless ? 0 : Math.sqrt(variance),
      median: boundaries ? (boundaries.values[(BUCKETS * FINER) / 2] as number) : Number.NaN,
      histograms,
    }
  }
}

/** What is known of a numeric feature before its values come. */
export interface NumericTotals {
  /** Rows that have a value that is not NaN, and their weight. */
  rows: number
  weight: number
  /** Rows whose value is NaN. */
  nan: number
  weighted: boolean
}

/** Figures of a numeric feature, of values that come in ascending order, equal ones perhaps several times. */
export class Numeric {
  readonly #totals: NumericTotals
  readonly #rows: Spread
  readonly #weights: Spread | null
  #value = Number.NaN
  #held = { rows: 0, weight: 0 }
  #zeros = 0
  #min = Number.POSITIVE_INFINITY
  #max = Number.NEGATIVE_INFINITY
  #finite = { min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY }

  constructor(totals: NumericTotals) {
    this.#totals = totals
    this.#rows = new Spread(totals.rows)
    this.#weights = totals.weighted ? new Spread(totals.weight) : null
  }

  push(value: number, rows: number, weight: number): void {
    if (Number.isNaN(value)) return
    if (value !== this.#value) this.#flush(value)
    this.#held.rows += rows
    this.#held.weight += weight
  }

  #flush(next: number): void {
    const { rows, weight } = this.#held
    if (rows) {
      const value = this.#value
      this.#rows.push(value, rows)
      this.#weights?.push(value, weight)
      if (value === 0) this.#zeros += rows
      if (value < this.#min) this.#min = value
      this.#max = value
      if (Number.isFinite(value)) {
        if (value < this.#finite.min) this.#finite.min = value
        this.#finite.max = value
      }
    }
    this.#value = next
    this.#held = { rows: 0, weight: 0 }
  }

  /** The figures, without what all features have in common. */
  end(): NumericStatistics {
    this.#flush(Number.NaN)
    const { rows, nan } = this.#totals
    if (!rows)
      return create(NumericStatisticsSchema, {
        histograms: nan
          ? [Histogram_HistogramType.STANDARD, Histogram_HistogramType.QUANTILES].map(type =>
              create(HistogramSchema, { type, numNan: BigInt(nan) }),
            )
          : [],
      })
    const figures = create(NumericStatisticsSchema, {
      ...this.#rows.end(this.#finite, nan),
      numZeros: BigInt(this.#zeros),
      min: this.#min,
      max: this.#max,
    })
    if (this.#weights) figures.weightedNumericStats = weightedOf(this.#weights.end(this.#finite, nan))
    return figures
  }
}

const weightedOf = (figures: ReturnType<Spread['end']>): WeightedNumericStatistics =>
  create(WeightedNumericStatisticsSchema, figures)
