import type { Cell, ColumnType } from '#contract'
import type { Column } from './slice.ts'

/** Slices of one column at most. */
export const MOST_VALUES = 50
/** A column of texts with more is one of names or sentences. */
const MOST_KEPT = 10_000

/** Takes the cells of a column, row by row, and knows what differs. */
export function columnOf(name: string, type: ColumnType, rows: number) {
  const isNumber = type === 'integer' || type === 'float'
  const known = new Map<Cell, number>()
  const column: Column = {
    name,
    type,
    codes: new Uint32Array(rows),
    values: [],
    isMany: false,
    numbers: isNumber ? new Float64Array(rows).fill(Number.NaN) : null,
  }
  return {
    column,
    keep(row: number, cell: Cell): void {
      // What is no finite number has no value that a filter could ask for.
      const value = typeof cell === 'number' && !Number.isFinite(cell) ? null : cell
      if (column.numbers && typeof value === 'number') column.numbers[row] = value
      // An integer beyond 2^53 comes as text, and has no place among the numbers.
      if (typeof value === 'string') column.numbers = null
      if (column.isMany) return
      let code = known.get(value)
      if (code === undefined) {
        code = column.values.length
        known.set(value, code)
        column.values.push(value)
        column.isMany = known.size > (column.numbers ? MOST_VALUES + 1 : MOST_KEPT)
      }
      column.codes[row] = code
    },
  }
}

/** Rows of each code, rising. */
export function rowsByCode(codes: ArrayLike<number>, count: number): Uint32Array[] {
  const sizes = new Uint32Array(count)
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row] as number
    if (code >= 0) sizes[code] = (sizes[code] as number) + 1
  }
  const rows = Array.from(sizes, size => new Uint32Array(size))
  const at = new Uint32Array(count)
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row] as number
    if (code < 0) continue
    const mine = rows[code] as Uint32Array
    mine[at[code] as number] = row
    at[code] = (at[code] as number) + 1
  }
  return rows
}
