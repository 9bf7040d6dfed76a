import type { Cell } from '#contract'
import { MOST_VALUES, rowsByCode } from './column.ts'
import { rangesOf } from './ranges.ts'
import type { Column, Found, LeftOut, Slice } from './slice.ts'

/**
 * The rows of each value of a column, the most frequent first; missing values are a slice of their own. A number with
 * more values than can be slices gives ranges.
 */
export function slicesOf(column: Column, minRows: number): Found {
  const { name, type, values, isMany, numbers } = column
  const isFew = !isMany && values.length - Number(values.includes(null)) <= MOST_VALUES
  if (!isFew && numbers) return enough(rangesOf(name, numbers), minRows, name)
  if (isMany || (!isFew && type !== 'text')) {
    const why = `it has more than ${type === 'text' ? '10,000' : MOST_VALUES} different values; save some of them as a slice`
    return { slices: [], leftOut: [{ column: name, name: null, why }] }
  }
  const rows = rowsByCode(column.codes, values.length)
  const slices = values.map(
    (value, code): Slice => ({
      name: wordOf(value),
      column: name,
      where:
        value === null
          ? [{ column: name, is: 'missing', values: [] }]
          : [{ column: name, is: 'equals', values: [value] }],
      rows: rows[code] as Uint32Array,
    }),
  )
  return enough(
    slices.sort((a, b) => b.rows.length - a.rows.length),
    minRows,
    name,
  )
}

export const crossName = (...names: string[]): string => names.join(' × ')

/** More columns leave hardly a row to each combination. */
export const MOST_CROSSED = 3

/** The rows of each combination of the slices of columns. */
export function crossOf(columns: readonly Column[], minRows: number): Found {
  const name = crossName(...columns.map(column => column.name))
  const each = columns.map(column => slicesOf(column, minRows))
  const slices = each
    .map((found): Slice[] => found.slices.map(slice => ({ ...slice, column: name })))
    .reduce((some, next) => combined(some, next))
  const found = enough(
    slices.sort((a, b) => b.rows.length - a.rows.length),
    minRows,
    name,
  )
  const leftOut = each.flatMap(({ leftOut }) => leftOut.map(left => ({ ...left, column: name })))
  return { slices: found.slices, leftOut: [...leftOut, ...found.leftOut] }
}

/** The slices of both that share rows. */
function combined(some: readonly Slice[], others: readonly Slice[]): Slice[] {
  const last = (slices: readonly Slice[]) =>
    slices.reduce((most, { rows }) => Math.max(most, rows.at(-1) ?? -1), -1)
  const codes = new Int32Array(Math.max(last(some), last(others)) + 1).fill(-1)
  const within = new Int32Array(codes.length).fill(-1)
  for (const [nth, { rows }] of some.entries()) for (const row of rows) codes[row] = nth * others.length
  for (const [nth, { rows }] of others.entries()) for (const row of rows) within[row] = nth
  for (const [row, code] of codes.entries())
    codes[row] = code < 0 || (within[row] as number) < 0 ? -1 : code + (within[row] as number)
  const rows = rowsByCode(codes, some.length * others.length)
  return some
    .flatMap((a, i) =>
      others.map((b, j) => ({
        name: crossName(a.name, b.name),
        column: a.column,
        where: [...a.where, ...b.where],
        rows: rows[i * others.length + j] as Uint32Array,
      })),
    )
    .filter(slice => slice.rows.length)
}

/** Those with enough rows, up to as many as can be; the others are told together. */
function enough(slices: readonly Slice[], minRows: number, column: string): Found {
  const large = slices.filter(({ rows }) => rows.length >= minRows)
  const few = slices.filter(({ rows }) => rows.length < minRows)
  const behind = large.slice(MOST_VALUES)
  const leftOut: LeftOut[] = []
  const tell = (some: readonly Slice[], why: string) => {
    const rows = some.reduce((sum, slice) => sum + slice.rows.length, 0)
    if (some.length === 1) leftOut.push({ column, name: some[0]?.name ?? null, why: `${why} (${rows})` })
    else if (some.length)
      leftOut.push({ column, name: `${some.length} values`, why: `${why} (${rows} together)` })
  }
  tell(few, `fewer than ${minRows} rows`)
  tell(behind, `behind the ${MOST_VALUES} most frequent`)
  return { slices: large.slice(0, MOST_VALUES), leftOut }
}

function wordOf(value: Cell): string {
  if (value === null) return 'missing'
  return value === '' ? 'empty text' : String(value)
}
