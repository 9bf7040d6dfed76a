import { count, figure, NONE } from './format.ts'
import type { Column, Sort } from './types.ts'

/** The value of a row in a column; a row is a record by column key, or a list in column order. */
export function cellValue<Row>(row: Row, column: Column<Row>, index: number): unknown {
  if (column.value) return column.value(row)
  return Array.isArray(row) ? row[index] : (row as Record<string, unknown> | null)?.[column.key]
}

/** True where there is nothing to show. */
export const isMissing = (value: unknown): boolean =>
  value === null || value === undefined || value === '' || (typeof value === 'number' && Number.isNaN(value))

/** True for the zero of a figure, which is shown muted. */
export const isZero = (value: unknown): boolean => value === 0 || value === 0n

/** The words of a cell. */
export function textOf<Row>(value: unknown, row: Row, column: Column<Row>): string {
  if (isMissing(value)) return column.missing ?? NONE
  if (column.format) return column.format(value as never, row)
  if (typeof value === 'number') return figure(value)
  if (typeof value === 'bigint') return count(value)
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (value instanceof Date) return value.toISOString()
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** Where a column's text stands: figures right, the rest left, unless it says so itself. */
export function alignOf<Row>(
  column: Column<Row>,
  rows: readonly Row[],
  index: number,
): 'left' | 'right' | 'center' {
  if (column.align) return column.align
  for (const row of rows.slice(0, 50)) {
    const value = cellValue(row, column, index)
    if (!isMissing(value)) return typeof value === 'number' || typeof value === 'bigint' ? 'right' : 'left'
  }
  return column.unit ? 'right' : 'left'
}

/** The words of a header: "Size, MB". */
export const headOf = <Row>(column: Column<Row>): string =>
  column.unit ? `${column.label}, ${column.unit}` : column.label

const words = new Intl.Collator('en-US', { numeric: true, sensitivity: 'base' })

function compare(a: unknown, b: unknown): number {
  if ((typeof a === 'number' || typeof a === 'bigint') && (typeof b === 'number' || typeof b === 'bigint'))
    return a < b ? -1 : a > b ? 1 : 0
  if (a instanceof Date && b instanceof Date) return a.getTime() - b.getTime()
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b)
  return words.compare(String(a), String(b))
}

/** The rows in order; missing values stand last in both directions, equal rows keep their order. */
export function sorted<Row>(rows: readonly Row[], columns: readonly Column<Row>[], sort: Sort | null): Row[] {
  const index = sort ? columns.findIndex(column => column.key === sort.key) : -1
  const column = columns[index]
  if (!sort || !column) return [...rows]
  const turn = sort.dir === 'desc' ? -1 : 1
  return rows
    .map(row => ({ row, value: cellValue(row, column, index) }))
    .sort((a, b) => {
      const missing = Number(isMissing(a.value)) - Number(isMissing(b.value))
      return missing || (isMissing(a.value) ? 0 : turn * compare(a.value, b.value))
    })
    .map(entry => entry.row)
}

/** The next order when a header is pressed: up, down, then as it came. */
export function nextSort(sort: Sort | null | undefined, key: string): Sort | null {
  if (sort?.key !== key) return { key, dir: 'asc' }
  return sort.dir === 'asc' ? { key, dir: 'desc' } : null
}
