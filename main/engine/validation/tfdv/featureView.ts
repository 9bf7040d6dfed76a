import {
  type CommonStatistics,
  CommonStatisticsSchema,
  type CustomStatistic,
  create,
  type FeatureNameStatistics,
  FeatureNameStatistics_Type,
  FeatureType,
  type Histogram,
  Histogram_HistogramType,
  type HistogramSelection,
  HistogramSelection_Type,
  type NumericStatistics,
  NumericStatisticsSchema,
} from '../../metadata/index.ts'
import { toInt32 } from './numbers.ts'
import type { Steps } from './paths.ts'
import { compareBytes } from './texts.ts'

const NO_COMMON: CommonStatistics = create(CommonStatisticsSchema)
const NO_NUMBERS: NumericStatistics = create(NumericStatisticsSchema)

/** What a feature knows of the dataset that it is of. */
export interface Dataset {
  /** Whether weights count, and not examples. */
  readonly byWeight: boolean
  /** Rows of the dataset, or their weight. */
  readonly numExamples: number
  readonly surroundings: Surroundings
}

/** A dataset to compare with. */
export interface Control {
  readonly numExamples: number
  find(path: Steps): FeatureView | undefined
}

/** Where a dataset comes from, and what it is compared with. */
export interface Surroundings {
  environment?: string | undefined
  previousSpan?: Control | undefined
  serving?: Control | undefined
  previousVersion?: Control | undefined
}

/** The statistics of one feature, by weight where its dataset is. */
export class FeatureView {
  readonly statistics: FeatureNameStatistics
  readonly path: Steps
  readonly dataset: Dataset
  #values: ReadonlyMap<string, number> | undefined

  constructor(statistics: FeatureNameStatistics, path: Steps, dataset: Dataset) {
    this.statistics = statistics
    this.path = path
    this.dataset = dataset
  }

  get type(): FeatureNameStatistics_Type {
    return this.statistics.type
  }

  /** The type that a schema gives such data. */
  get featureType(): FeatureType {
    switch (this.type) {
      case FeatureNameStatistics_Type.STRING:
      case FeatureNameStatistics_Type.BYTES:
        return FeatureType.BYTES
      case FeatureNameStatistics_Type.INT:
        return FeatureType.INT
      case FeatureNameStatistics_Type.FLOAT:
        return FeatureType.FLOAT
      case FeatureNameStatistics_Type.STRUCT:
        return FeatureType.STRUCT
      default:
        return FeatureType.TYPE_UNKNOWN
    }
  }

  /** Named, and nothing known. */
  get isEmpty(): boolean {
    return !this.hasStatistics && this.statistics.customStats.length === 0
  }

  get hasStatistics(): boolean {
    return this.statistics.stats.case !== undefined
  }

  get common(): CommonStatistics {
    return this.statistics.stats.value?.commonStats ?? NO_COMMON
  }

  get numbers(): NumericStatistics {
    const { stats } = this.statistics
    return stats.case === 'numStats' ? stats.value : NO_NUMBERS
  }

  get isWeighted(): boolean {
    const { weightedCommonStats, presenceAndValencyStats, weightedPresenceAndValencyStats } = this.common
    return (
      weightedCommonStats !== undefined &&
      presenceAndValencyStats.length === weightedPresenceAndValencyStats.length
    )
  }

  /** Examples that have the feature. */
  get numPresent(): number {
    return this.dataset.byWeight
      ? (this.common.weightedCommonStats?.numNonMissing ?? 0)
      : Number(this.common.numNonMissing)
  }

  get numMissing(): number {
    return this.dataset.byWeight
      ? (this.common.weightedCommonStats?.numMissing ?? 0)
      : Number(this.common.numMissing)
  }

  /** Missing at each level of nesting, at least one. */
  get numMissingByLevel(): number[] {
    const levels = this.dataset.byWeight
      ? this.common.weightedPresenceAndValencyStats
      : this.common.presenceAndValencyStats
    return levels.length > 0 ? levels.map(({ numMissing }) => Number(numMissing)) : [this.numMissing]
  }

  /** Share of the examples that have the feature; null without examples. */
  get fractionPresent(): number | null {
    const { numExamples } = this.dataset
    if (numExamples <= 0) return null
    return this.numMissing === 0 ? 1 : this.numPresent / numExamples
  }

  get isNested(): boolean {
    return this.common.presenceAndValencyStats.length > 1
  }

  /** The fewest and the most values that an example has, at each level of nesting, at least one. */
  get numValuesByLevel(): { min: number; max: number }[] {
    const levels = this.common.presenceAndValencyStats
    return (levels.length > 0 ? levels : [this.common]).map(({ minNumValues, maxNumValues }) => ({
      min: Math.max(toInt32(minNumValues), 0),
      max: toInt32(maxNumValues),
    }))
  }

  /** Values over all examples. */
  get totalValues(): number {
    const { common } = this
    if (this.dataset.byWeight) return common.weightedCommonStats?.totNumValues ?? 0
    if (common.totNumValues !== 0n) return Number(common.totNumValues)
    return Math.fround(Math.fround(Number(common.numNonMissing)) * Math.fround(common.avgNumValues))
  }

  /** How often each string occurs, as far as it is ranked, in byte order of the strings. */
  get values(): ReadonlyMap<string, number> {
    this.#values ??= this.#countValues()
    return this.#values
  }

  get hasInvalidUtf8(): boolean {
    const { stats } = this.statistics
    return stats.case === 'stringStats' && stats.value.invalidUtf8Count > 0n
  }

  /** Distinct strings; null where strings were not counted. */
  get numUnique(): number | null {
    const { stats } = this.statistics
    return stats.case === 'stringStats' ? toInt32(stats.value.unique) : null
  }

  histogram(source?: HistogramSelection): Histogram | undefined {
    const { numbers } = this
    const histograms = this.dataset.byWeight ? numbers.weightedNumericStats?.histograms : numbers.histograms
    const type =
      source?.type === HistogramSelection_Type.QUANTILES
        ? Histogram_HistogramType.QUANTILES
        : Histogram_HistogramType.STANDARD
    return histograms?.find(one => one.type === type)
  }

  custom(name: string): CustomStatistic | undefined {
    return this.statistics.customStats.find(one => one.name === name)
  }

  #countValues(): Map<string, number> {
    const { stats } = this.statistics
    if (stats.case !== 'stringStats') return new Map()
    const ranked = this.dataset.byWeight
      ? stats.value.weightedStringStats?.rankHistogram
      : stats.value.rankHistogram
    const counts = new Map<string, number>()
    for (const { label, sampleCount } of ranked?.buckets ?? [])
      if (!counts.has(label)) counts.set(label, sampleCount)
    return new Map([...counts].sort(([a], [b]) => compareBytes(a, b)))
  }
}
