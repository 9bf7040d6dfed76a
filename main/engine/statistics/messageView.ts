import type { Feature, FeatureStatistics } from '#contract'
import {
  type DatasetFeatureStatistics,
  type DatasetFeatureStatisticsList,
  type FeatureNameStatistics,
  type Histogram,
  Histogram_HistogramType,
} from '../metadata/index.ts'

export const nameOf = ({ fieldId }: FeatureNameStatistics): string =>
  fieldId.case === 'path' ? fieldId.value.step.join('.') : (fieldId.value ?? '')

/** The statistics of all rows. */
export const wholeIn = ({ datasets }: DatasetFeatureStatisticsList): DatasetFeatureStatistics | undefined =>
  datasets.find(({ name }) => name === 'All Examples') ?? datasets[0]

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null)

/** Counts in the finite buckets of a histogram of equally wide ones. */
function countsIn(histograms: readonly Histogram[], bins: number): number[] | null {
  const counts = (
    histograms.find(({ type }) => type === Histogram_HistogramType.STANDARD) ?? histograms[0]
  )?.buckets
    .filter(({ lowValue, highValue }) => Number.isFinite(lowValue) && Number.isFinite(highValue))
    .map(({ sampleCount }) => sampleCount)
  return counts?.length === bins ? counts : null
}

/** The eleven bounds of ten parts with as many values each. */
function quantilesIn(histograms: readonly Histogram[]): number[] | undefined {
  const buckets = histograms.find(({ type }) => type === Histogram_HistogramType.QUANTILES)?.buckets
  if (buckets?.length !== 10) return undefined
  const bounds = [buckets[0]?.lowValue as number, ...buckets.map(({ highValue }) => highValue)]
  return bounds.every(Number.isFinite) ? bounds : undefined
}

/** What a message says by weight. */
function weightedOf(
  { stats }: FeatureNameStatistics,
  figures: FeatureStatistics,
): FeatureStatistics['weighted'] {
  const common =
    stats.value && 'commonStats' in stats.value ? stats.value.commonStats?.weightedCommonStats : undefined
  if (!common) return undefined
  const numbers = stats.case === 'numStats' ? stats.value.weightedNumericStats : undefined
  const texts = stats.case === 'stringStats' ? stats.value.weightedStringStats : undefined
  const there = numbers && common.numNonMissing > 0 ? numbers : undefined
  return {
    count: common.numNonMissing,
    missing: common.numMissing,
    mean: there ? finite(there.mean) : null,
    deviation: there ? finite(there.stdDev) : null,
    median: there ? finite(there.median) : null,
    counts:
      there && figures.numeric ? countsIn(there.histograms, figures.numeric.histogram.counts.length) : null,
    top: (texts?.topValues ?? []).map(({ value, frequency }) => ({ value, count: frequency })),
  }
}

function filled(figures: FeatureStatistics, said: FeatureNameStatistics | undefined): FeatureStatistics {
  if (!said) return figures
  const weighted = weightedOf(said, figures)
  const quantiles = said.stats.case === 'numStats' ? quantilesIn(said.stats.value.histograms) : undefined
  return {
    ...figures,
    numeric: figures.numeric && quantiles ? { ...figures.numeric, quantiles } : figures.numeric,
    ...(weighted ? { weighted } : {}),
  }
}

/** Adds what a message says by weight and by quantiles to features that were made of it. */
export function withWeights(features: Feature[], list: DatasetFeatureStatisticsList): Feature[] {
  const byName = (dataset: DatasetFeatureStatistics | undefined) =>
    new Map((dataset?.features ?? []).map(feature => [nameOf(feature), feature]))
  const all = byName(wholeIn(list))
  const slices = new Map(list.datasets.map(dataset => [dataset.name, byName(dataset)]))
  return features.map(feature => ({
    ...feature,
    all: filled(feature.all, all.get(feature.name)),
    ...(feature.slices
      ? {
          slices: Object.fromEntries(
            Object.entries(feature.slices).map(([name, figures]) => [
              name,
              filled(figures, slices.get(name)?.get(feature.name)),
            ]),
          ),
        }
      : {}),
  }))
}
