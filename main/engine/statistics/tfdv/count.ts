import { literal, type Session, type Table, type TableColumn } from '../../dataset/index.ts'
import { fail } from '../../kit/index.ts'
import { rowsOf } from './rows.ts'
import { type CountedAs, countedAs, doubleOf, singleOf } from './texts.ts'

/** Columns of a columnar file that one query counts. */
const MOST_COLUMNS = 16
/** Columns of a text that one query counts, so that it is read once: `grouping_id` tells no more than 63 apart. */
const MOST_TEXTS = 62

/**
 * How often each value of each column is there: the temporary table `counted` of a session. All statistics but those
 * across columns follow from it, and those of two tables together from both of theirs. Its columns are `f` (the place of
 * the feature), `v` (the value as text, NULL: missing), `k0`, `k1`, … (the slice columns' values of the same rows),
 * `n` (rows) and `w` (their weight; 0 where nothing weighs them).
 */
export interface Counted {
  /** Features in order; `as` null: the texts themselves decide. */
  features: { name: string; as: CountedAs | null }[]
  /** Places of the columns that the rows are sliced by. */
  slices: number[]
  weight: string | null
  /** Floats are kept in 32 bits, as TFDV reads them from CSV. */
  single: boolean
}

export interface CountOptions {
  /** Columns each of whose values is a slice; several: each combination. */
  slices?: string[]
  /** A column that weighs the rows. */
  weight?: string | null
  /** As TFDV reads; else exact. */
  strict?: boolean
  tell?(share: number | null, step: string): void
}

const typeOf: Record<TableColumn['type'], CountedAs> = {
  integer: 'INT',
  float: 'FLOAT',
  boolean: 'STRING',
  date: 'STRING',
  timestamp: 'STRING',
  text: 'STRING',
}

/** SQL of a kept cell as text; floats come back to the bit, moments are ISO 8601. */
export function textOf({ type, physical }: TableColumn): string {
  if (type === 'text') return physical
  if (type === 'float') return `CAST(CAST(${physical} AS DOUBLE) AS VARCHAR)`
  if (type === 'timestamp')
    return `(replace(CAST(make_timestamp(epoch_us(${physical})) AS VARCHAR), ' ', 'T') || 'Z')`
  return `CAST(${physical} AS VARCHAR)`
}

/** The column of this name, and where it lies. @throws Failure bad-input */
export function columnOf(table: Table, name: string, role: string) {
  for (const group of table.groups)
    for (const column of group.columns) if (column.name === name) return { column, from: group.from }
  throw fail(
    'bad-input',
    `${table.title} has no column "${name}" to ${role}.`,
    `Choose from its columns: ${table.columns
      .slice(0, 20)
      .map(other => other.name)
      .join(', ')}${table.columns.length > 20 ? ', …' : ''}.`,
  )
}

/** SQL of a row's weight. @throws Failure wrong-type where a row has none */
export async function weightOf(
  session: Session,
  { column, from }: { column: TableColumn; from: string },
  texts: boolean,
  single: boolean,
): Promise<string> {
  const refuse = (what: string) =>
    fail(
      'wrong-type',
      `The column "${column.name}" cannot weigh the rows: ${what}.`,
      'Choose a column that has a number in every row.',
    )
  const text = texts ? `NULLIF(${column.physical}, '')` : textOf(column)
  const [found] = await session.rows<{ type: number; missing: number }>(
    `SELECT max(${texts ? countedAs('v') : "CASE WHEN v = '' THEN 2 ELSE 0 END"}) AS type, count_if(v IS NULL) AS missing
     FROM (SELECT DISTINCT ${text} AS v FROM ${from})`,
  )
  if (found?.missing) throw refuse('it is missing in some rows')
  if ((texts ? found?.type === 2 : typeOf[column.type] === 'STRING') || !found)
    throw refuse('not all of its values are numbers')
  const value = texts ? doubleOf(column.physical) : `CAST(${column.physical} AS DOUBLE)`
  const isFloat = texts ? found.type === 1 : column.type === 'float'
  const weight = single && isFloat ? singleOf(value) : value
  const [odd] = await session.rows<{ odd: boolean }>(
    `SELECT COALESCE(bool_or(isnan(x) OR isinf(x) OR x < 0), false) AS odd FROM (SELECT ${weight} AS x FROM ${from})`,
  )
  if (odd?.odd) throw refuse('some of its values are negative or no finite numbers')
  return weight
}

/**
 * Counts the values of all columns of a table, in one pass where they are the texts of a file, with bounded memory:
 * DuckDB spills what does not fit.
 * @throws Failure bad-input (unknown column), wrong-type (weights that are none), empty-data, and what reading throws
 */
export async function countValues(
  session: Session,
  table: Table,
  { slices = [], weight = null, strict = false, tell }: CountOptions = {},
): Promise<Counted> {
  const texts = table.texts !== undefined
  const single = strict && (texts || ['csv', 'tsv'].includes(table.version?.source.format ?? ''))
  const keys = slices.map(name => columnOf(table, name, 'slice by'))
  const weighs = weight === null ? null : columnOf(table, weight, 'weigh the rows')
  const w = weighs && (await weightOf(session, weighs, texts, single))
  const kept = [...keys.map((_, at) => `k${at} VARCHAR`), 'n BIGINT', 'w DOUBLE'].join(', ')
  await session.run(`CREATE OR REPLACE TEMP TABLE counted (f INTEGER, v VARCHAR, ${kept})`)
  let done = 0
  for (const group of table.groups) {
    const most = texts && table.columns.length <= MOST_TEXTS ? MOST_TEXTS : MOST_COLUMNS
    for (let at = 0; at < group.columns.length; at += most) {
      const columns = group.columns.slice(at, at + most)
      const share = () => (done + (session.progress() ?? 0) * columns.length) / table.columns.length
      const timer = setInterval(() => tell?.(share(), 'counting the values'), 200)
      tell?.(share(), 'counting the values')
      try {
        await session.run(
          `INSERT INTO counted ${counting(group.from, columns, done, { keys, weighs, w, texts })}`,
        )
      } finally {
        clearInterval(timer)
      }
      done += columns.length
    }
  }
  const [any] = await session.rows<{ any: boolean }>('SELECT count(*) > 0 AS any FROM counted')
  if (!any?.any)
    throw fail('empty-data', `${table.title} has a header and no rows.`, 'Choose a file that holds rows.')
  return {
    features: table.columns.map(({ name, type }) => ({ name, as: texts ? null : typeOf[type] })),
    slices: slices.map(name => table.columns.findIndex(column => column.name === name)),
    weight,
    single,
  }
}

type Place = ReturnType<typeof columnOf>

/**
 * SQL that groups the rows by each of some columns at once, in one scan of them: one grouping set a column, told apart
 * by the only bit of `grouping_id` that is not set.
 */
function counting(
  from: string,
  columns: TableColumn[],
  first: number,
  { keys, weighs, w, texts }: { keys: Place[]; weighs: Place | null; w: string | null; texts: boolean },
): string {
  const cells = columns.map(({ physical }) => physical)
  const rows = rowsOf([
    ...cells.map(cell => ({ from, sql: cell, as: cell })),
    // What slices and weighs may lie in another file of the same rows.
    ...keys.map((place, at) => ({ from: place.from, sql: textOf(place.column), as: `k${at}` })),
    ...(weighs && w ? [{ from: weighs.from, sql: w, as: 'w' }] : []),
  ])
  const k = keys.map((_, at) => `, k${at}`).join('')
  const all = `${2n ** BigInt(cells.length) - 1n}`
  const values = columns.map(textOf).join(', ')
  return `SELECT ${first + cells.length - 1} - bit_count(${all} - grouping_id(${cells.join(', ')}) - 1) AS f,
    ${texts ? `NULLIF(COALESCE(${values}), '')` : `COALESCE(${values})`}${k},
    count(*), ${w ? 'fsum(w)' : '0'}
    FROM ${rows} GROUP BY GROUPING SETS (${cells.map(cell => `(${cell}${k})`).join(', ')})`
}

/** Where the value counts of a table are kept, to be merged with others: one Parquet file. */
export async function keepCounts(session: Session, counted: Counted, path: string): Promise<void> {
  const about = literal(JSON.stringify(counted))
  await session.run(
    `COPY (FROM counted) TO ${literal(path)} (FORMAT parquet, COMPRESSION zstd, KV_METADATA {edgewright_counted: ${about}})`,
  )
}
