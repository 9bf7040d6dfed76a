import type { Session } from '../../dataset/index.ts'
import {
  type CommonStatistics,
  CommonStatisticsSchema,
  create,
  type DatasetFeatureStatistics,
  type DatasetFeatureStatisticsList,
  DatasetFeatureStatisticsListSchema,
  DatasetFeatureStatisticsSchema,
  type FeatureNameStatistics,
  FeatureNameStatistics_Type,
  FeatureNameStatisticsSchema,
  NumericStatisticsSchema,
  RankHistogramSchema,
  type Schema,
  type StringStatistics,
  StringStatisticsSchema,
  WeightedCommonStatisticsSchema,
  WeightedStringStatisticsSchema,
} from '../../metadata/index.ts'
import { categoriesOf } from './categories.ts'
import type { Counted } from './count.ts'
import {
  type Figures,
  figuresOf,
  key,
  type Measured,
  type Presence,
  type Ranked,
  type TextFigures,
} from './figures.ts'
import { oneValueHistogram } from './histograms.ts'
import { sliceParts } from './slices.ts'
import { COUNTED_AS, type CountedAs, countedAs } from './texts.ts'

/** Values that are listed as the most frequent ones; the ranks have more of them. */
const TOP = 20

/** How each feature is counted: as the table says, or as its different texts do; STRING where it has no value. */
export async function typesOf(session: Session, { features }: Counted): Promise<CountedAs[]> {
  const told = new Map<number, CountedAs>()
  if (features.some(({ as }) => as === null))
    for (const { f, type } of await session.rows<{ f: number; type: number }>(
      `SELECT f, max(${countedAs('v')}) AS type FROM counted WHERE v IS NOT NULL GROUP BY f`,
    ))
      told.set(f, COUNTED_AS[type] as CountedAs)
  return features.map(({ as }, at) => as ?? told.get(at) ?? 'STRING')
}

function commonOf({ rows, present, weight, presentWeight }: Presence, weighted: boolean): CommonStatistics {
  const common = create(CommonStatisticsSchema, {
    numNonMissing: BigInt(present),
    numMissing: BigInt(rows - present),
    totNumValues: BigInt(present),
  })
  if (present) {
    common.minNumValues = 1n
    common.maxNumValues = 1n
    common.avgNumValues = 1
    common.numValuesHistogram = oneValueHistogram(present)
  }
  if (weighted)
    common.weightedCommonStats = create(WeightedCommonStatisticsSchema, {
      numNonMissing: presentWeight,
      numMissing: weight - presentWeight,
      totNumValues: presentWeight,
      avgNumValues: presentWeight ? 1 : 0,
    })
  return common
}

const ranked = (ranks: Ranked[]) => ({
  topValues: ranks.slice(0, TOP).map(([value, frequency]) => ({ value, frequency })),
  rankHistogram: create(RankHistogramSchema, {
    buckets: ranks.map(([label, sampleCount], at) => ({
      lowRank: BigInt(at),
      highRank: BigInt(at),
      label,
      sampleCount,
    })),
  }),
})

function stringsOf(texts: TextFigures | undefined, present: number): StringStatistics {
  if (!texts) return create(StringStatisticsSchema)
  const { unique, bytes, ranks, weightedRanks } = texts
  const strings = create(StringStatisticsSchema, {
    unique: BigInt(unique),
    avgLength: Math.fround(bytes / present),
    ...ranked(ranks),
  })
  if (weightedRanks.length)
    strings.weightedStringStats = create(WeightedStringStatisticsSchema, ranked(weightedRanks))
  return strings
}

/**
 * The message of what was counted: one set of statistics of all rows, and one of each slice.
 * @param options.schema numbers that it says to be categories get figures of categories; fractional ones as TFDV gives
 *   them with `use_sketch_based_topk_uniques`, without which it refuses them
 */
export async function messageOf(
  session: Session,
  counted: Counted,
  { schema, tell }: { schema?: Schema | null; tell?(share: number | null, step: string): void } = {},
): Promise<DatasetFeatureStatisticsList> {
  const types = await typesOf(session, counted)
  const categories = categoriesOf(schema ?? null)
  const measured = types.map((as, at): Measured => {
    if (as === 'STRING') return { as, manner: 'texts' }
    return { as, manner: categories[as].has(counted.features[at]?.name ?? '') ? 'categories' : 'numbers' }
  })
  const parts = await sliceParts(session, counted, types)
  // Fractional numbers are categories only where TFDV counts by its sketches, which break every tie by the text.
  const tie = categories.FLOAT.size ? 'text' : 'value'
  const figures = await figuresOf(session, counted, measured, { tie, tell })
  const datasets = parts.map((name, part) => datasetOf(name, part, counted, measured, figures))
  await session.run('DROP VIEW IF EXISTS words; DROP VIEW IF EXISTS parts; DROP TABLE IF EXISTS sliced')
  return create(DatasetFeatureStatisticsListSchema, { datasets })
}

function datasetOf(
  name: string,
  part: number,
  { features, weight }: Counted,
  measured: Measured[],
  figures: Figures,
): DatasetFeatureStatistics {
  const rows = figures.presence.get(key(part, 0))
  return create(DatasetFeatureStatisticsSchema, {
    name,
    numExamples: BigInt(rows?.rows ?? 0),
    weightedNumExamples: weight === null ? 0 : (rows?.weight ?? 0),
    features: features.map((feature, at) =>
      featureOf(feature.name, measured[at] as Measured, key(part, at), figures, weight !== null),
    ),
  })
}

function featureOf(
  name: string,
  { as, manner }: Measured,
  at: string,
  { presence, numbers, texts }: Figures,
  weighted: boolean,
): FeatureNameStatistics {
  const found = presence.get(at) as Presence
  const commonStats = commonOf(found, weighted)
  return create(FeatureNameStatisticsSchema, {
    fieldId: { case: 'path', value: { step: [name] } },
    type: FeatureNameStatistics_Type[as],
    stats:
      manner === 'numbers'
        ? {
            case: 'numStats',
            value: Object.assign(numbers.get(at) ?? create(NumericStatisticsSchema), { commonStats }),
          }
        : {
            case: 'stringStats',
            value: Object.assign(stringsOf(texts.get(at), found.present), { commonStats }),
          },
  })
}
