import type { Session, Table, TableColumn } from '../../dataset/index.ts'
import { fail } from '../../kit/index.ts'
import {
  type CrossFeatureStatistics,
  CrossFeatureStatisticsSchema,
  create,
  type DatasetFeatureStatistics,
  type DatasetFeatureStatisticsList,
  NumericCrossStatisticsSchema,
} from '../../metadata/index.ts'
import { type Counted, textOf } from './count.ts'
import { type CellOf, rowsOf } from './rows.ts'
import { doubleOf, singleOf } from './texts.ts'

const MOST_PAIRS = 50_000
/** Pairs that one query measures. */
const AT_ONCE = 200

interface Crossed {
  name: string
  /** The feature's place. */
  at: number
  /** A power of two that brings the values near 1, so that no square of them is too great. */
  scale: number
  endless: boolean
}

/** Numeric features that have a value, in order of their names. */
function crossable({ features }: DatasetFeatureStatistics): Crossed[] {
  return features
    .flatMap(({ fieldId, stats, type }, at): Crossed[] => {
      const name = fieldId.case === 'path' ? (fieldId.value.step[0] ?? '') : ''
      if (type > 1 || !stats.value || !('commonStats' in stats.value)) return []
      if (!stats.value.commonStats?.numNonMissing) return []
      if (stats.case !== 'numStats') return [{ name, at, scale: 1, endless: false }]
      const size = Math.max(Math.abs(stats.value.min), Math.abs(stats.value.max))
      const scale = size > 0 && Number.isFinite(size) ? 2 ** Math.floor(Math.log2(size)) : 1
      return [{ name, at, scale, endless: size === Number.POSITIVE_INFINITY }]
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/**
 * Adds how each two numeric features go together, of all rows that have both: population covariance and correlation.
 * TFDV looks at a tenth of the batches; this is of all rows.
 * @throws Failure too-wide where there are too many pairs
 */
export async function addCrossStatistics(
  session: Session,
  table: Table,
  counted: Counted,
  list: DatasetFeatureStatisticsList,
  tell?: (share: number | null, step: string) => void,
): Promise<void> {
  const crossed = crossable(list.datasets[0] as DatasetFeatureStatistics)
  const pairs = crossed.flatMap((a, i) => crossed.slice(i + 1).map((b): [Crossed, Crossed] => [a, b]))
  if (!pairs.length) return
  if (pairs.length > MOST_PAIRS)
    throw fail(
      'too-wide',
      `There would be ${pairs.length} pairs of numeric columns; ${MOST_PAIRS} are the most.`,
      'Leave the correlations out, or choose a table with fewer numeric columns.',
    )
  await session.run(`CREATE OR REPLACE TEMP TABLE crossed AS ${numbersOf(table, counted, list, crossed)}`)
  for (let from = 0; from < pairs.length; from += AT_ONCE) {
    tell?.(from / pairs.length, 'measuring pairs of columns')
    const some = pairs.slice(from, from + AT_ONCE)
    const figures = some.map(([a, b], nth) => {
      const both = `x${a.at}, x${b.at}`
      const going = a.endless || b.endless ? 'NULL' : `corr(${both})`
      const together = a.endless || b.endless ? "'nan'::DOUBLE" : `covar_pop(${both})`
      return `regr_count(${both}) AS n${nth}, ${together} AS c${nth}, ${going} AS r${nth}`
    })
    const rows = await session.rows<Record<string, number | null>>(
      `SELECT p, ${figures.join(', ')} FROM crossed GROUP BY GROUPING SETS ((), (p)) ORDER BY grouping(p) DESC`,
    )
    // First come all rows, then each slice; rows in no slice have none.
    for (const [nth, row] of rows.entries()) {
      const into = nth === 0 ? list.datasets[0] : row.p ? list.datasets[row.p] : undefined
      into?.crossFeatures.push(...some.map((pair, at) => crossOf(pair, row, at)))
    }
  }
  await session.run('DROP TABLE crossed')
}

/** SQL of the rows as numbers `x<feature>`, scaled, NULL where there is none, and of their slice `p`. */
function numbersOf(
  table: Table,
  { slices, single }: Counted,
  list: DatasetFeatureStatisticsList,
  crossed: Crossed[],
): string {
  const columns = table.groups.flatMap(({ from, columns }) => columns.map(column => ({ from, column })))
  const place = (at: number) => columns[at] as { from: string; column: TableColumn }
  const cells = crossed.map(({ at, scale }): CellOf => {
    const { from, column } = place(at)
    const number = table.texts
      ? doubleOf(`NULLIF(${column.physical}, '')`)
      : `CAST(${column.physical} AS DOUBLE)`
    const isFloat = list.datasets[0]?.features[at]?.type === 1
    const value = single && isFloat ? singleOf(number) : number
    return { from, sql: `(CASE WHEN NOT isnan(${value}) THEN ${value} / ${scale}::DOUBLE END)`, as: `x${at}` }
  })
  const keys = slices.map((feature, at): CellOf => {
    const { from, column } = place(feature)
    return { from, sql: `COALESCE(${textOf(column)}, '')`, as: `k${at}` }
  })
  const rows = rowsOf([...cells, ...keys])
  const numbers = crossed.map(({ at }) => `x${at}`).join(', ')
  if (!slices.length || list.datasets.length === 1)
    return `SELECT ${numbers}, CAST(NULL AS INTEGER) AS p FROM ${rows}`
  return `SELECT ${numbers}, p FROM ${rows} LEFT JOIN slicing USING (${keys.map(({ as }) => as).join(', ')})`
}

/** Of values near 1, what adding in another order could as well have made nothing. */
const orNone = (value: number): number => (Math.abs(value) < 1e-13 ? 0 : value)

function crossOf(
  [a, b]: [Crossed, Crossed],
  row: Record<string, number | null>,
  at: number,
): CrossFeatureStatistics {
  const count = row[`n${at}`] ?? 0
  const cross = create(CrossFeatureStatisticsSchema, {
    pathX: { step: [a.name] },
    pathY: { step: [b.name] },
    count: BigInt(count),
  })
  if (count) {
    const covariance = orNone(row[`c${at}`] ?? 0) * a.scale * b.scale
    const correlation = orNone(row[`r${at}`] ?? 0)
    // Both are fields of 32 bits; before, digits that hang on the order of adding are cut off.
    const settled = (value: number) => Math.fround(Number(value.toPrecision(12)))
    cross.crossStats = {
      case: 'numCrossStats',
      value: create(NumericCrossStatisticsSchema, {
        covariance: Number.isNaN(covariance) ? covariance : settled(covariance),
        correlation: Number.isNaN(correlation) ? 0 : Math.max(-1, Math.min(1, settled(correlation))),
      }),
    }
  }
  return cross
}
