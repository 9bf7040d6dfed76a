import type { Session, Table } from '../../dataset/index.ts'
import { fail } from '../../kit/index.ts'
import {
  CategoricalCrossStatisticsSchema,
  type CrossFeatureStatistics,
  CrossFeatureStatisticsSchema,
  CustomStatisticSchema,
  create,
  type DatasetFeatureStatistics,
  type DatasetFeatureStatisticsList,
  type LiftSeries,
  LiftSeries_LiftValueSchema,
  LiftSeriesSchema,
  LiftStatisticsSchema,
  RankHistogramSchema,
  type Schema,
} from '../../metadata/index.ts'
import { isCategory } from './categories.ts'
import { type Counted, columnOf } from './count.ts'
import { countPairs, type Pairs } from './pairs.ts'
import type { CountedAs } from './texts.ts'

export interface LiftOptions {
  /** The column whose values are to be explained: TFDV's `label_feature`. */
  label: string
  /** Says which columns are categories. */
  schema: Schema
  tell?(share: number | null, step: string): void
}

/** Values of the lift that a message may hold; more could not be looked at, and would not fit into memory. */
const MOST_VALUES = 2_000_000

/**
 * Adds how much more often each value of the label is there where a feature has a value: the lift
 * P(label = y | feature = x) / P(label = y) of each feature that the schema calls a category, by rows and, where rows
 * weigh, by their weight, with a histogram of each for Facets; as the LiftStatsGenerator of TensorFlow Data Validation
 * does that `label_feature` asks for. P(label = y) is of all rows of the part, also in weighted lift.
 * @throws Failure bad-input (no such label in the table or the schema), wrong-type (the label is a quantity, or decimals
 *   are called text, which a message cannot hold), too-wide
 */
export async function addLiftStatistics(
  session: Session,
  table: Table,
  counted: Counted,
  list: DatasetFeatureStatisticsList,
  { label, schema, tell }: LiftOptions,
): Promise<void> {
  const found = schema.feature.find(({ name }) => name === label)
  if (!found)
    throw fail(
      'bad-input',
      `The schema says nothing of a column "${label}", which is to be the label.`,
      'Choose a column of the schema, or infer the schema from this data.',
    )
  if (!isCategory(found))
    throw fail(
      'wrong-type',
      `The column "${label}" cannot be the label of a lift: the schema calls it a quantity, not a category.`,
      'Choose a label of text, or say is_categorical in the domain of the column.',
    )
  columnOf(table, label, 'be the label')
  const typeOf = new Map<string, CountedAs>(
    list.datasets[0]?.features.map(({ type }, at) => [
      counted.features[at]?.name ?? '',
      type === 0 ? 'INT' : type === 1 ? 'FLOAT' : 'STRING',
    ]),
  )
  const named = (name: string) => ({ name, as: typeOf.get(name) ?? ('STRING' as const) })
  const seen = new Set([label])
  const features = schema.feature.flatMap(feature => {
    const { name } = feature
    if (!isCategory(feature) || !typeOf.has(name) || seen.has(name)) return []
    seen.add(name)
    return [named(name)]
  })
  for (const { name, as } of [named(label), ...features])
    if (as === 'FLOAT')
      throw fail(
        'wrong-type',
        `The column "${name}" holds decimals though the schema calls it a category, and a lift can tell only of texts and whole numbers.`,
        'Change its type in the schema, or leave the label out.',
      )
  if (!features.length) return
  tell?.(null, 'measuring the lift')
  const parts = await countPairs(session, table, counted, named(label), features, MOST_VALUES)
  for (const [part, dataset] of list.datasets.entries())
    for (const [nth, feature] of features.entries()) {
      const pairs = parts.get(part)?.[nth]
      if (pairs) addTo(dataset, feature.name, label, pairs, counted.weight !== null)
    }
}

function addTo(
  dataset: DatasetFeatureStatistics,
  name: string,
  label: string,
  pairs: Pairs,
  weighted: boolean,
): void {
  const rows = Number(dataset.numExamples)
  const series = (['rows', ...(weighted ? ['weight' as const] : [])] as const).flatMap(by =>
    seriesOf(pairs, rows, by),
  )
  if (!series.length) return
  dataset.crossFeatures.push(crossOf(name, label, series))
  const feature = dataset.features.find(
    ({ fieldId }) => fieldId.case === 'path' && fieldId.value.step[0] === name,
  )
  feature?.customStats.push(...series.map(histogramOf))
}

/** One series for each value of the label, in their order; in it the values of the feature, the greatest lift first. */
function seriesOf({ labels, values }: Pairs, rows: number, by: 'rows' | 'weight'): LiftSeries[] {
  if (!values.length) return []
  return labels.map((label, nth) => {
    const lifts = values.flatMap(({ value, all, with: both }) => {
      const lift = (both[nth]?.[by] ?? 0) / all[by] / (label.all[by] / rows)
      // Rows that weigh nothing have no share of anything.
      return Number.isFinite(lift) ? [{ value, lift, x: all[by], xy: both[nth]?.[by] ?? 0 }] : []
    })
    return create(LiftSeriesSchema, {
      yValue:
        typeof label.value === 'number'
          ? { case: 'yInt', value: label.value }
          : { case: 'yString', value: label.value },
      yCountValue:
        by === 'rows'
          ? { case: 'yCount', value: BigInt(label.all.rows) }
          : { case: 'weightedYCount', value: label.all.weight },
      liftValues: lifts
        .sort((a, b) => b.lift - a.lift)
        .map(({ value, lift, x, xy }) =>
          create(LiftSeries_LiftValueSchema, {
            lift,
            xValue: typeof value === 'number' ? { case: 'xInt', value } : { case: 'xString', value },
            ...(by === 'rows'
              ? {
                  xCountValue: { case: 'xCount', value: BigInt(x) },
                  xAndYCountValue: { case: 'xAndYCount', value: BigInt(xy) },
                }
              : {
                  xCountValue: { case: 'weightedXCount', value: x },
                  xAndYCountValue: { case: 'weightedXAndYCount', value: xy },
                }),
          }),
        ),
    })
  })
}

const crossOf = (name: string, label: string, liftSeries: LiftSeries[]): CrossFeatureStatistics =>
  create(CrossFeatureStatisticsSchema, {
    pathX: { step: [name] },
    pathY: { step: [label] },
    crossStats: {
      case: 'categoricalCrossStats',
      value: create(CategoricalCrossStatisticsSchema, {
        lift: create(LiftStatisticsSchema, { liftSeries }),
      }),
    },
  })

/** The same for Facets, which shows any histogram that lies beside a feature. */
const histogramOf = ({ yValue, liftValues }: LiftSeries) =>
  create(CustomStatisticSchema, {
    name: `Lift (Y=${yValue.value})`,
    val: {
      case: 'rankHistogram',
      value: create(RankHistogramSchema, {
        buckets: liftValues.map(({ xValue, lift }) => ({ label: String(xValue.value), sampleCount: lift })),
      }),
    },
  })
