import type { Cell, ColumnType } from '#contract'
import { fail } from '../../kit/index.ts'
import { rangesOf } from './ranges.ts'
import type { Found, LeftOut, Measured, Slice, SliceSource } from './slice.ts'

/** Slices of one column at most. */
export const MOST_VALUES = 50
/** A column of texts with more is one of names or sentences. */
const MOST_KEPT = 10_000

/** The values of a column and the predicted rows of each. */
interface Column {
  name: string
  type: ColumnType
  rows: Map<Cell, number[]> | null
  /** Numbers as they are, for ranges; NaN: missing. */
  numbers: Float64Array | null
}

/** @throws Failure bad-input for a column that the version lacks */
export function assertColumns({ version }: Pick<Measured, 'version'>, by: readonly string[]): void {
  const names = version.columns.map(({ name }) => name)
  for (const column of by)
    if (!names.includes(column))
      throw fail(
        'bad-input',
        `${version.dataset} v${version.number} has no column "${column}" to slice by.`,
        `Choose from its columns: ${names.slice(0, 20).join(', ')}${names.length > 20 ? ', …' : ''}.`,
      )
}

/**
 * The predicted rows of each value of these columns, the most frequent first; missing values are a slice of their own.
 * A number with more values than can be slices gives ranges.
 */
export async function columnSlices(
  dataset: SliceSource,
  by: readonly string[],
  measured: Measured,
  minRows: number,
  signal: AbortSignal,
): Promise<Found> {
  const found: Found = { slices: [], leftOut: [] }
  for (const column of by.length ? await read(dataset, [...new Set(by)], measured, signal) : []) {
    const { slices, leftOut } = slicesOf(column, minRows)
    found.slices.push(...slices)
    found.leftOut.push(...leftOut)
  }
  return found
}

async function read(
  dataset: SliceSource,
  by: readonly string[],
  { version, split, where, places }: Measured,
  signal: AbortSignal,
): Promise<Column[]> {
  const columns = by.map((name): Column => {
    const type = version.columns.find(column => column.name === name)?.type ?? 'text'
    const isNumber = type === 'integer' || type === 'float'
    return {
      name,
      type,
      rows: new Map(),
      numbers: isNumber ? new Float64Array(places.length).fill(Number.NaN) : null,
    }
  })
  let begin = 0
  let row = 0
  for await (const batch of dataset.read(version, {
    columns: [...by],
    split,
    signal,
    ...(where && { where }),
  })) {
    for (; row < places.length && (places[row] as number) < begin + batch.rows; row++)
      for (const [nth, column] of columns.entries())
        keep(column, row, batch.columns[nth]?.[(places[row] as number) - begin] ?? null)
    begin += batch.rows
  }
  return columns
}

function keep(column: Column, row: number, cell: Cell): void {
  // What is no finite number has no value that a filter could ask for.
  const value = typeof cell === 'number' && !Number.isFinite(cell) ? null : cell
  if (column.numbers && typeof value === 'number') column.numbers[row] = value
  // An integer beyond 2^53 comes as text, and has no place among the numbers.
  if (typeof value === 'string') column.numbers = null
  if (!column.rows) return
  const rows = column.rows.get(value)
  if (rows) rows.push(row)
  else column.rows.set(value, [row])
  if (column.rows.size > (column.numbers ? MOST_VALUES + 1 : MOST_KEPT)) column.rows = null
}

function slicesOf(column: Column, minRows: number): Found {
  const { name, type, rows, numbers } = column
  const isFew = rows !== null && rows.size - Number(rows.has(null)) <= MOST_VALUES
  if (!isFew && numbers) return enough(rangesOf(name, numbers), minRows, name)
  if (!rows || (!isFew && type !== 'text')) {
    const why = `it has more than ${type === 'text' ? '10,000' : MOST_VALUES} different values; save some of them as a slice`
    return { slices: [], leftOut: [{ column: name, name: null, why }] }
  }
  const slices = [...rows].map(
    ([value, mine]): Slice => ({
      name: wordOf(value),
      column: name,
      where:
        value === null
          ? [{ column: name, is: 'missing', values: [] }]
          : [{ column: name, is: 'equals', values: [value] }],
      rows: Uint32Array.from(mine),
    }),
  )
  return enough(
    slices.sort((a, b) => b.rows.length - a.rows.length),
    minRows,
    name,
  )
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
