import type { ColumnType, Feature, FeatureStatistics } from '#contract'
import {
  type DatasetFeatureStatistics,
  type DatasetFeatureStatisticsList,
  type FeatureNameStatistics,
  FeatureNameStatistics_Type,
  type Histogram,
  Histogram_HistogramType,
  type NumericStatistics,
} from '../../metadata/index.ts'
import { ALL } from './slices.ts'

const types: Record<number, ColumnType> = {
  [FeatureNameStatistics_Type.INT]: 'integer',
  [FeatureNameStatistics_Type.FLOAT]: 'float',
  [FeatureNameStatistics_Type.STRING]: 'text',
  [FeatureNameStatistics_Type.BYTES]: 'text',
}

/** Statistics of any file as the window shows them. */
export interface Viewed {
  rows: number
  features: Feature[]
  /** Rows of each slice. */
  slices: Record<string, number>
}

const nameOf = ({ fieldId }: FeatureNameStatistics): string =>
  fieldId.case === 'path' ? fieldId.value.step.join('.') : (fieldId.value ?? '')

/** Counts that may be fractions as whole ones, with the same sum up to each of them. */
function whole(counts: number[]): number[] {
  let sum = 0
  let told = 0
  return counts.map(count => {
    sum += count
    const next = Math.round(sum)
    const here = next - told
    told = next
    return here
  })
}

/** The finite buckets of the histogram of equally wide ones, or of any other. */
function histogramOf(histograms: Histogram[], { min, max }: NumericStatistics) {
  const buckets = (
    histograms.find(({ type }) => type === Histogram_HistogramType.STANDARD) ?? histograms[0]
  )?.buckets.filter(({ lowValue, highValue }) => Number.isFinite(lowValue) && Number.isFinite(highValue))
  if (!buckets?.length) return { edges: [min, max], counts: [0] }
  return {
    edges: [buckets[0]?.lowValue ?? min, ...buckets.map(({ highValue }) => highValue)],
    counts: whole(buckets.map(({ sampleCount }) => sampleCount)),
  }
}

function figuresOf({ stats }: FeatureNameStatistics): FeatureStatistics {
  const common = stats.value && 'commonStats' in stats.value ? stats.value.commonStats : undefined
  const count = Number(common?.numNonMissing ?? 0n)
  const figures: FeatureStatistics = {
    count,
    missing: Number(common?.numMissing ?? 0n),
    unique: 0,
    numeric: null,
    top: [],
    averageLength: null,
  }
  if (stats.case === 'stringStats') {
    figures.unique = Number(stats.value.unique)
    figures.top = stats.value.topValues.map(({ value, frequency }) => ({
      value,
      count: Math.round(frequency),
    }))
    figures.averageLength = count ? stats.value.avgLength : null
  } else if (stats.case === 'bytesStats') {
    figures.unique = Number(stats.value.unique)
    figures.averageLength = count ? stats.value.avgNumBytes : null
  } else if (
    stats.case === 'numStats' &&
    count &&
    stats.value.histograms.some(({ buckets }) => buckets.length)
  ) {
    const { mean, stdDev, min, median, max, numZeros, histograms } = stats.value
    const histogram = histogramOf(histograms, stats.value)
    // An infinity cannot be shown; the finite values can.
    const finite = (value: number, instead: number | undefined) =>
      Number.isFinite(value) ? value : (instead ?? 0)
    figures.numeric = {
      mean: finite(mean, median),
      deviation: finite(stdDev, 0),
      min: finite(min, histogram.edges[0]),
      median: finite(median, histogram.edges[0]),
      max: finite(max, histogram.edges.at(-1)),
      zeros: Number(numZeros),
      histogram,
    }
  }
  return figures
}

/**
 * What a list of statistics says, in the contract's words: as far as it says it. The number of different values is 0
 * for numbers, which such files do not tell; lengths are in bytes.
 */
export function featuresOf({ datasets }: DatasetFeatureStatisticsList): Viewed {
  const all = datasets.find(({ name }) => name === ALL) ?? datasets[0]
  if (!all) return { rows: 0, features: [], slices: {} }
  const others = datasets.filter(dataset => dataset !== all)
  const byName = (dataset: DatasetFeatureStatistics) =>
    new Map(dataset.features.map(feature => [nameOf(feature), feature]))
  const slices = others.map((dataset, at) => ({
    name: dataset.name || `part ${at + 2}`,
    features: byName(dataset),
    rows: Number(dataset.numExamples),
  }))
  return {
    rows: Number(all.numExamples),
    slices: Object.fromEntries(slices.map(({ name, rows }) => [name, rows])),
    features: all.features.flatMap((feature): Feature[] => {
      const type = types[feature.type]
      if (!type) return []
      const name = nameOf(feature)
      const parts = slices.flatMap(slice => {
        const mine = slice.features.get(name)
        return mine ? [[slice.name, figuresOf(mine)] as const] : []
      })
      return [
        {
          name,
          type,
          all: figuresOf(feature),
          splits: {},
          ...(parts.length ? { slices: Object.fromEntries(parts) } : {}),
        },
      ]
    }),
  }
}
