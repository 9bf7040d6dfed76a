import type { Split } from '#contract'
import {
  literal,
  type Session,
  SPLITS,
  type Table,
  type TableColumn,
  type TableGroup,
} from '../dataset/index.ts'
import { fail } from '../kit/index.ts'
import { kindOf } from './kinds.ts'
import { pythonFloat } from './tfdv/slices.ts'

/** More slices than a person can look at are a mistake in the choice of the column. */
const MOST = 1000

/** A column and the relation that it lies in. */
interface Place {
  column: TableColumn
  group: TableGroup
}

/** @throws Failure bad-input where there is no such column */
export function placeOf(table: Table, name: string, purpose: string): Place {
  for (const group of table.groups)
    for (const column of group.columns) if (column.name === name) return { column, group }
  throw fail(
    'bad-input',
    `${table.title} has no column "${name}" to ${purpose}.`,
    `Choose from its columns: ${table.columns
      .slice(0, 20)
      .map(other => other.name)
      .join(', ')}${table.columns.length > 20 ? ', …' : ''}.`,
  )
}

/** SQL of a group's rows with more cells, which may lie in another group: joined by the number of the row. */
export function withCells(group: TableGroup, cells: { place: Place; sql: string; as: string }[]): string {
  const isHere = ({ place }: (typeof cells)[number]) => place.group.columns === group.columns
  const own = cells.filter(isHere)
  const others = new Map<TableGroup, typeof cells>()
  for (const cell of cells)
    if (!isHere(cell)) others.set(cell.place.group, [...(others.get(cell.place.group) ?? []), cell])
  const named = (some: typeof cells) => some.map(({ sql, as }) => `${sql} AS ${as}`).join(', ')
  let relation = own.length ? `(SELECT *, ${named(own)} FROM ${group.from})` : group.from
  for (const [other, some] of others)
    relation = `(SELECT * FROM ${relation} JOIN (SELECT file_row_number, ${named(some)} FROM ${other.from}) USING (file_row_number))`
  return relation
}

/** The rows of one split, as a table. @throws Failure empty-data where it has none */
export function inSplit(table: Table, split: Split): Table {
  const rows = table.splits[split] ?? 0
  if (!rows)
    throw fail(
      'empty-data',
      `${table.title} has no rows in the split ${split}.`,
      table.version ? 'Choose another split.' : 'Import the file first, so that its rows are split.',
    )
  const narrow = (from: string) => `(SELECT * FROM ${from} WHERE s = ${SPLITS.indexOf(split)})`
  return {
    ...table,
    title: `${table.title}, ${split}`,
    rows,
    splits: { [split]: rows },
    groups: table.groups.map(({ from, within, columns }) => ({
      from: narrow(from),
      within: within && ((first, last) => narrow(within(first, last))),
      columns,
    })),
  }
}

/** What weighs the rows: SQL that adds `w` to the rows of a group. */
export interface Weights {
  name: string
  relation(group: TableGroup): string
  /** What all rows weigh, and those of train, eval and test. */
  totals: number[]
}

/**
 * The column that weighs the rows.
 * @throws Failure bad-input (no such column), wrong-type where a row has no weight
 */
export async function weightsOf(session: Session, table: Table, name: string): Promise<Weights> {
  const place = placeOf(table, name, 'weigh the rows')
  const { column, group } = place
  const refuse = (what: string) =>
    fail(
      'wrong-type',
      `The column "${name}" cannot weigh the rows: ${what}.`,
      'Choose a column that has a number of 0 or more in every row.',
    )
  if (column.type !== 'integer' && column.type !== 'float') throw refuse('it does not hold numbers')
  const sql = `CAST(${column.physical} AS DOUBLE)`
  const found = await session.rows<{ s: number | null; w: number; missing: number; odd: number }>(
    `SELECT s, COALESCE(fsum(w), 0.0) AS w, count_if(w IS NULL) AS missing, count_if(NOT isfinite(w) OR w < 0) AS odd
     FROM (SELECT s, ${sql} AS w FROM ${group.from}) GROUP BY s`,
  )
  if (found.some(({ missing }) => missing)) throw refuse('it is missing in some rows')
  if (found.some(({ odd }) => odd)) throw refuse('some of its values are negative')
  const of = (s: number) => found.find(row => row.s === s)?.w ?? 0
  return {
    name,
    relation: other => withCells(other, [{ place, sql, as: 'w' }]),
    totals: [found.reduce((sum, { w }) => sum + w, 0), ...SPLITS.map((_, at) => of(at))],
  }
}

/** Slices: their names in order, their rows, and SQL that adds the slice's place `k` to the rows of a group. */
export interface Slices {
  names: string[]
  rows: number[]
  /** What each weighs, where rows weigh. */
  weights: number[] | null
  relation(group: TableGroup, weights: Weights | null): string
}

/**
 * The slices by the values of some columns, named as TensorFlow Data Validation names them: `sex_Male`, or
 * `race_White_sex_Male` with the columns in order of their names. A row in which one of them is missing is in no slice.
 * @throws Failure bad-input (no such column), too-wide (too many slices)
 */
export async function slicesOf(
  session: Session,
  table: Table,
  columns: string[],
  weights: Weights | null,
): Promise<Slices> {
  const places = [...new Set(columns)]
    .sort((a, b) => (a < b ? -1 : 1))
    .map(name => placeOf(table, name, 'slice by'))
  const home = (places[0] as Place).group
  const shown = places.map(({ column }) => {
    const { value, text } = kindOf(column)
    return column.type === 'float'
      ? `CAST(CAST(${column.physical} AS DOUBLE) AS VARCHAR)`
      : text.replace(/\bv\b/g, value(column.physical))
  })
  const cells = places.map((place, at) => ({ place, sql: shown[at] as string, as: `k${at}` }))
  const keys = places.map((_, at) => `k${at}`)
  const counted = `SELECT ${keys.join(', ')}, count(*) AS n FROM ${withCells(home, cells)} WHERE ${keys.map(key => `${key} IS NOT NULL`).join(' AND ')} GROUP BY ALL`
  const [many] = await session.rows<{ n: number }>(`SELECT count(*) AS n FROM (${counted})`)
  if ((many?.n ?? 0) > MOST)
    throw fail(
      'too-wide',
      `There would be ${many?.n} slices by ${places.map(({ column }) => `"${column.name}"`).join(' and ')}; ${MOST} are the most.`,
      'Slice by a column with fewer different values.',
    )
  const found = (await session.rows<Record<string, string | number>>(counted)).map(row => ({
    name: places
      .map(({ column }, at) => {
        const value = String(row[`k${at}`])
        return `${column.name}_${column.type === 'float' ? pythonFloat(Number(value)) : value}`
      })
      .join('_'),
    row,
  }))
  const names = [...new Set(found.map(({ name }) => name))].sort()
  const placeOfName = new Map(names.map((name, at) => [name, at]))
  const sizes = names.map(() => 0)
  for (const { name, row } of found) (sizes[placeOfName.get(name) as number] as number) += row.n as number
  const values = found.map(
    ({ name, row }) => `(${placeOfName.get(name)}, ${keys.map(key => literal(String(row[key]))).join(', ')})`,
  )
  const relation = (group: TableGroup, weighing: Weights | null): string => {
    const inner = withCells(group, cells)
    const sliced = `(SELECT * FROM ${inner} JOIN (VALUES ${values.join(', ')}) AS slicing(k, ${keys.join(', ')}) USING (${keys.join(', ')}))`
    return weighing ? weighing.relation({ ...group, from: sliced }) : sliced
  }
  let heavy: number[] | null = null
  if (weights && names.length) {
    heavy = names.map(() => 0)
    for (const { k, w } of await session.rows<{ k: number; w: number }>(
      `SELECT k, fsum(w) AS w FROM ${relation(home, weights)} GROUP BY k`,
    ))
      heavy[k] = w
  }
  return { names, rows: sizes, weights: heavy, relation }
}
