import { clone, create, merge } from '@bufbuild/protobuf'
import { fail } from '../kit/index.ts'
import {
  type CrossFeatureStatistics,
  CrossFeatureStatisticsSchema,
  type DatasetFeatureStatistics,
  type DatasetFeatureStatisticsList,
  DatasetFeatureStatisticsListSchema,
  DatasetFeatureStatisticsSchema,
  type FeatureNameStatistics,
  FeatureNameStatisticsSchema,
} from './gen/statistics_pb.ts'

/**
 * Puts statistics that were written in parts together: data sets by name, features by path or name, what one part
 * leaves open filled from the next, as `DatasetListAccumulator` of tfx_bsl does for `load_sharded_statistics`.
 * @throws `bad-input` for parts that contradict each other, such as by their number of examples
 */
export function mergeShards(shards: DatasetFeatureStatisticsList[]): DatasetFeatureStatisticsList {
  const [only] = shards
  if (only && shards.length === 1) return only
  const datasets = new Map<string, Parts>()
  for (const shard of shards)
    for (const dataset of shard.datasets) {
      let parts = datasets.get(dataset.name)
      if (!parts) {
        parts = new Parts(dataset.name)
        datasets.set(dataset.name, parts)
      }
      parts.add(dataset)
    }
  return create(DatasetFeatureStatisticsListSchema, { datasets: [...datasets.values()].map(p => p.whole) })
}

class Parts {
  readonly whole: DatasetFeatureStatistics
  readonly #features = new Map<string, FeatureNameStatistics>()
  readonly #crosses = new Map<string, CrossFeatureStatistics>()

  constructor(name: string) {
    this.whole = create(DatasetFeatureStatisticsSchema, { name })
  }

  add(part: DatasetFeatureStatistics): void {
    const { whole } = this
    whole.numExamples = agreed(whole.numExamples, part.numExamples, 'number of examples')
    whole.weightedNumExamples = agreed(
      whole.weightedNumExamples,
      part.weightedNumExamples,
      'weighted number of examples',
    )
    for (const feature of part.features) this.#addFeature(feature)
    for (const cross of part.crossFeatures) this.#addCross(cross)
  }

  #addFeature(part: FeatureNameStatistics): void {
    const id = JSON.stringify(part.fieldId.case === 'path' ? part.fieldId.value.step : part.fieldId.value)
    const known = this.#features.get(id)
    const added = clone(FeatureNameStatisticsSchema, part)
    if (!known) {
      this.#features.set(id, added)
      this.whole.features.push(added)
      return
    }
    const about = `of feature ${id}`
    agreed(known.type, part.type, `type ${about}`)
    agreed(known.stats.case ?? '', part.stats.case ?? '', `kind of statistics ${about}`)
    added.fieldId = { case: undefined }
    if (known.validationDerivedSource) added.validationDerivedSource = undefined
    merge(FeatureNameStatisticsSchema, known, added)
  }

  #addCross(part: CrossFeatureStatistics): void {
    const id = JSON.stringify([part.pathX?.step, part.pathY?.step])
    const known = this.#crosses.get(id)
    const added = clone(CrossFeatureStatisticsSchema, part)
    if (!known) {
      this.#crosses.set(id, added)
      this.whole.crossFeatures.push(added)
      return
    }
    agreed(known.count, part.count, 'count of a pair of features')
    agreed(
      known.crossStats.case ?? '',
      part.crossStats.case ?? '',
      'kind of statistics of a pair of features',
    )
    added.pathX = undefined
    added.pathY = undefined
    merge(CrossFeatureStatisticsSchema, known, added)
  }
}

/** The value of two parts, of which one may leave it open with a zero or an empty text. */
function agreed<T>(one: T, other: T, what: string): T {
  if (one && other && one !== other)
    throw fail(
      'bad-input',
      `The parts of these statistics contradict each other in the ${what}.`,
      'Choose parts that were written together.',
    )
  return one || other
}
