import { literal, type Table, type TableColumn, type TableGroup } from '../../dataset/index.ts'
import { numberOf } from '../../statistics/index.ts'
import type { Subject } from './check.ts'

/** Wider tables are looked at in their first columns only, or not at all, as each check says. */
export const MOST_COLUMNS = 512
/** Row numbers that a finding names, at most. */
export const MOST_ROWS = 1000

/** A column and the relation it lies in. */
export interface Placed {
  column: TableColumn
  group: TableGroup
}

/** The columns of a table that a check may look at: what the schema leaves out is left out. */
export function placedColumns({
  table,
  schema,
  known,
}: Pick<Subject, 'table' | 'schema' | 'known'>): Placed[] {
  const wanted = new Set(schema.map(({ name }) => name))
  return table.groups.flatMap(group =>
    group.columns.flatMap(column =>
      // A column that the schema does not know is data all the same.
      wanted.has(column.name) || !known.has(column.name) ? [{ column, group }] : [],
    ),
  )
}

/** SQL of a relation that has these cells of each row, its split as `s`, and its number as `row`. */
export function relationOf(cells: readonly { group: TableGroup; sql: string; as: string }[]): string {
  const groups = [...new Set(cells.map(({ group }) => group))]
  const parts = groups.map((group, at) => {
    const mine = cells.filter(cell => cell.group === group).map(({ sql, as }) => `${sql} AS ${as}`)
    return `(SELECT ${[...mine, `file_row_number AS "row"`, ...(at ? [] : ['s'])].join(', ')} FROM ${group.from})`
  })
  const joined = parts.reduce((all, part) => `${all} JOIN ${part} USING ("row")`)
  return parts.length === 1 ? joined : `(SELECT * FROM ${joined})`
}

/** SQL of a cell as text, missing as NULL. */
export const textOf = ({ type, physical }: TableColumn): string =>
  type === 'text' ? physical : `CAST(${physical} AS VARCHAR)`

/** SQL of a cell as a number, NaN and missing as NULL; null where the column is text. */
export function plainNumberOf(column: TableColumn): string | null {
  if (column.type === 'text') return null
  const x = `CAST(${numberOf(column)} AS DOUBLE)`
  return column.type === 'float' ? `(CASE WHEN isfinite(${x}) THEN ${x} END)` : x
}

/**
 * SQL that holds for about so many of the rows, the same ones every time, and in how many of the rows it does.
 * @returns `true` where all rows are wanted
 */
export function sampling(table: Pick<Table, 'rows'>, most: number, row = '"row"'): string {
  if (table.rows <= most) return 'true'
  return `hash(${row}, ${literal('sample')}) % 1000000 < ${Math.max(1, Math.floor((most / table.rows) * 1e6))}`
}

/** "50,000 of 3,000,000 rows", for findings that did not look at all of them. */
export const ofSample = (looked: number, rows: number): string =>
  looked < rows ? ` Looked at ${looked.toLocaleString('en-US')} of ${rows.toLocaleString('en-US')} rows.` : ''
