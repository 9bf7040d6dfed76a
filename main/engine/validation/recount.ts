import type { Split } from '#contract'
import { type Session, SPLITS, type Table } from '../dataset/index.ts'
import {
  clone,
  create,
  type DatasetFeatureStatisticsList,
  DatasetFeatureStatisticsListSchema,
  type FeatureNameStatistics,
  type Histogram,
  Histogram_BucketSchema,
  Histogram_HistogramType,
} from '../metadata/index.ts'

/** Features whose rows are counted in one query. */
const AT_ONCE = 64
/** Of more features the tenths that they have must do. */
const MOST = 2000

const nameOf = ({ fieldId }: FeatureNameStatistics): string =>
  fieldId.case === 'path' ? (fieldId.value.step[0] ?? '') : fieldId.case === 'name' ? fieldId.value : ''

const quantilesOf = ({ stats }: FeatureNameStatistics): Histogram | undefined =>
  stats.case === 'numStats'
    ? stats.value.histograms.find(({ type }) => type === Histogram_HistogramType.QUANTILES)
    : undefined

const sql = (value: number) => `'${value}'::DOUBLE`

interface Counting {
  /** The tenths of the data before. */
  before: Histogram
  /** Those of the new data, to be put in order. */
  now: Histogram
  from: string
  x: string
  /** The upper bounds of the tenths, each once. */
  bounds: number[]
}

/**
 * New data counted in the tenths of the data before, so that both are compared in the same bins and each bin says how
 * many rows are in it: a tenth holds the values above the one below it, up to its own upper bound. What lies beyond the
 * first and the last tenth has a bin of its own. Tenths of two sets of data, laid over each other, would spread the rows
 * of each evenly where their bounds differ.
 * @param list statistics of the rows, or of one split of them; the message that comes back is another
 */
export async function recounted(
  list: DatasetFeatureStatisticsList,
  before: DatasetFeatureStatisticsList,
  table: Table,
  split: Split | null,
  session: Session,
): Promise<DatasetFeatureStatisticsList> {
  const next = clone(DatasetFeatureStatisticsListSchema, list)
  const former = new Map(before.datasets[0]?.features.map(feature => [nameOf(feature), feature]))
  const places = new Map(
    table.groups.flatMap(({ from, columns }) => columns.map(column => [column.name, { from, column }])),
  )
  const wanted = (next.datasets[0]?.features ?? []).flatMap((feature): Counting[] => {
    const [now, tenths] = [quantilesOf(feature), former.get(nameOf(feature))]
    const base = tenths && quantilesOf(tenths)
    const place = places.get(nameOf(feature))
    if (!now || !base || !place) return []
    const bounds = [...new Set(base.buckets.map(({ highValue }) => highValue))]
    if (!bounds.length || !base.buckets.every(one => Number.isFinite(one.lowValue + one.highValue))) return []
    return [{ before: base, now, from: place.from, x: `CAST(${place.column.physical} AS DOUBLE)`, bounds }]
  })
  const where = split === null ? '' : ` WHERE s = ${SPLITS.indexOf(split)}`
  for (const [from, same] of Map.groupBy(wanted.slice(0, MOST), one => one.from))
    for (let at = 0; at < same.length; at += AT_ONCE) {
      const some = same.slice(at, at + AT_ONCE)
      const figures = some.flatMap((one, nth) => figuresOf(one, nth))
      const [row = {}] = await session.rows<Record<string, number | null>>(
        `SELECT ${figures.join(', ')} FROM ${from}${where}`,
      )
      for (const [nth, one] of some.entries()) refill(one, name => Number(row[`${name}_${nth}`] ?? 0))
    }
  return next
}

const least = ({ before }: Counting) => before.buckets[0]?.lowValue ?? 0

/** Rows up to each bound, and the ends and rows of what lies beyond. */
function figuresOf(one: Counting, nth: number): string[] {
  const { x, bounds } = one
  const [low, high] = [sql(least(one)), sql(bounds.at(-1) ?? 0)]
  return [
    ...bounds.map((bound, at) => `count_if(${x} >= ${low} AND ${x} <= ${sql(bound)}) AS b${at}_${nth}`),
    `count_if(${x} < ${low}) AS under_${nth}`,
    `min(${x}) FILTER (${x} < ${low}) AS least_${nth}`,
    `max(${x}) FILTER (${x} < ${low}) AS below_${nth}`,
    `count_if(${x} > ${high}) AS over_${nth}`,
    `min(${x}) FILTER (${x} > ${high}) AS above_${nth}`,
    `max(${x}) FILTER (${x} > ${high}) AS most_${nth}`,
  ]
}

/** Writes the counts into the histogram; tenths with one upper bound share its rows, as they do in the data before. */
function refill({ before, now, bounds }: Counting, figure: (name: string) => number): void {
  const bucket = (lowValue: number, highValue: number, sampleCount: number) =>
    create(Histogram_BucketSchema, { lowValue, highValue, sampleCount })
  const upTo = bounds.map((_, at) => figure(`b${at}`))
  const counts = new Map(bounds.map((bound, at) => [bound, (upTo[at] ?? 0) - (at ? (upTo[at - 1] ?? 0) : 0)]))
  const sharing = Map.groupBy(before.buckets, ({ highValue }) => highValue)
  const within = before.buckets.map(({ lowValue, highValue }) =>
    bucket(lowValue, highValue, (counts.get(highValue) ?? 0) / (sharing.get(highValue)?.length ?? 1)),
  )
  const [under, over] = [figure('under'), figure('over')]
  now.buckets = [
    ...(under ? [bucket(figure('least'), figure('below'), under)] : []),
    ...within,
    ...(over ? [bucket(figure('above'), figure('most'), over)] : []),
  ]
}
