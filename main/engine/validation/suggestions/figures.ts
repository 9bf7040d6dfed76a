import type {
  CommonStatistics,
  DatasetFeatureStatisticsList,
  Histogram,
  NumericStatistics,
  StringStatistics,
} from '../../metadata/index.ts'
import { Histogram_HistogramType } from '../../metadata/index.ts'
import { wholeDataset } from '../tfdv/statisticsView.ts'

/** What statistics say of one feature, as far as limits follow from it. */
export interface Figures {
  name: string
  /** Rows with and without a value. */
  present: number
  missing: number
  common: CommonStatistics
  /** Of a feature of numbers. */
  numbers: NumericStatistics | null
  /** Of a feature of texts, or of whole numbers that are names of categories. */
  texts: StringStatistics | null
}

/** What statistics say of a dataset: its rows and its features by name, in the order of the data. */
export interface Dataset {
  rows: number
  features: ReadonlyMap<string, Figures>
}

const kept = new WeakMap<DatasetFeatureStatisticsList, Dataset>()

/** The figures of all rows. Features within a struct are left out. @throws Failure bad-input where there is no such dataset */
export function figuresOf(list: DatasetFeatureStatisticsList): Dataset {
  const there = kept.get(list)
  if (there) return there
  const whole = wholeDataset(list)
  const features = new Map<string, Figures>()
  for (const { fieldId, stats } of whole.features) {
    const name = fieldId.case === 'path' ? fieldId.value.step[0] : fieldId.value
    if (name === undefined || (fieldId.case === 'path' && fieldId.value.step.length > 1)) continue
    const common = stats.value?.commonStats
    if (!common) continue
    features.set(name, {
      name,
      present: Number(common.numNonMissing),
      missing: Number(common.numMissing),
      common,
      numbers: stats.case === 'numStats' ? stats.value : null,
      texts: stats.case === 'stringStats' ? stats.value : null,
    })
  }
  const found = { rows: Number(whole.numExamples), features }
  kept.set(list, found)
  return found
}

/** The histogram of tenths. */
export const tenthsOf = ({ histograms }: NumericStatistics): Histogram | undefined =>
  histograms.find(({ type }) => type === Histogram_HistogramType.QUANTILES)

/** The values at 0, 10, … 100 % of the finite values in order, or null where they are not known. */
export function boundsOf(numbers: NumericStatistics): number[] | null {
  const buckets = tenthsOf(numbers)?.buckets ?? []
  const first = buckets[0]
  if (!first) return null
  const bounds = [first.lowValue, ...buckets.map(({ highValue }) => highValue)]
  return bounds.every(Number.isFinite) ? bounds : null
}

/** The value below which this share of the values lies, straight between the bounds. */
export function quantile(bounds: readonly number[], share: number): number {
  const at = share * (bounds.length - 1)
  const low = bounds[Math.floor(at)] as number
  const high = bounds[Math.ceil(at)] as number
  return low + (high - low) * (at - Math.floor(at))
}

/** How often each value occurs, and how many more values there are that are not listed. */
export function countsOf({ rankHistogram, unique }: StringStatistics): {
  counts: number[]
  unlisted: number
} {
  const counts = (rankHistogram?.buckets ?? []).map(({ sampleCount }) => sampleCount)
  return { counts, unlisted: Math.max(0, Number(unique) - counts.length) }
}
