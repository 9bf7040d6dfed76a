import type { LocationQueryRaw } from 'vue-router'
import type { Cell, ColumnType, Condition, Filter, Split } from '#contract'

/** A set of rows in the row view: a dataset, and what narrows it. */
export interface RowsWanted {
  /** `strikes`, `strikes@2`. */
  name: string
  where: Filter
  split?: Split | undefined
  /** A saved slice. */
  slice?: string | undefined
}

/** The address of rows on the data page. */
export const queryOfRows = ({ name, where, split, slice }: RowsWanted): LocationQueryRaw => ({
  name,
  ...(where.length ? { where: JSON.stringify(where) } : {}),
  ...(split ? { split } : {}),
  ...(slice ? { slice } : {}),
})

/**
 * Seconds since 1970 as the ISO text that cells of moments are compared by. Rounded up to what the text can say, which
 * keeps rows on their side of a bound.
 */
function momentText(type: ColumnType, seconds: number): string {
  if (type === 'date') return new Date(Math.ceil(seconds / 86_400) * 86_400_000).toISOString().slice(0, 10)
  return new Date(Math.ceil(seconds * 1000)).toISOString()
}

const cellOf = (type: ColumnType, n: number): Cell =>
  type === 'date' || type === 'timestamp' ? momentText(type, n) : n

/** Finds the rows of a bin: from <= value < to, the last bin with its upper bound. */
export function conditionOfBin(
  { name, type }: { name: string; type: ColumnType },
  from: number,
  to: number,
  isLast: boolean,
): Condition {
  const isOne = type === 'integer' && Number.isInteger(from) && to - from === 1 && !isLast
  if (isOne || from === to) return { column: name, is: 'equals', values: [cellOf(type, from)] }
  return {
    column: name,
    is: 'range',
    values: [cellOf(type, from), cellOf(type, to)],
    ...(isLast ? { closed: true } : {}),
  }
}

/** Leaves out the rows with one value. */
export const conditionOfOther = (
  { name, type }: { name: string; type: ColumnType },
  value: number,
): Condition => ({ column: name, is: 'differs', values: [cellOf(type, value)] })

/** Finds the rows with a value that is listed as text. */
export function conditionOfValue(
  { name, type }: { name: string; type: ColumnType },
  value: string,
): Condition {
  return { column: name, is: 'equals', values: [readCell(type, value)] }
}

/** A listed value as a cell of its column. What is beyond exact numbers stays text, as cells cross the wall. */
function readCell(type: ColumnType, value: string): Cell {
  if (type === 'boolean') {
    const word = value.toLowerCase()
    return word === 'true' || word === '1' ? true : word === 'false' || word === '0' ? false : value
  }
  if (type !== 'integer' && type !== 'float') return value
  const n = Number(value)
  const isExact = value.trim() !== '' && Number.isFinite(n) && (type === 'float' || Number.isSafeInteger(n))
  return isExact ? n : value
}

export const conditionOfMissing = (name: string): Condition => ({ column: name, is: 'missing', values: [] })
export const conditionOfZero = (name: string): Condition => ({ column: name, is: 'equals', values: [0] })

/**
 * The conditions behind the name of a slice by columns, which is each column and its value: `sex_Male`, or
 * `sex_Male_race_White` where several make it. Null where the name does not say it for certain.
 */
export function whereOfSlice(
  name: string,
  columns: readonly { name: string; type: ColumnType }[],
): Condition[] | null {
  const [first, ...rest] = columns
  if (!first || !name.startsWith(`${first.name}_`)) return null
  const tail = name.slice(first.name.length + 1)
  const next = rest[0]
  if (!next) return [conditionOfValue(first, tail)]
  const ends: number[] = []
  for (let at = tail.indexOf(`_${next.name}_`); at >= 0; at = tail.indexOf(`_${next.name}_`, at + 1))
    ends.push(at)
  // two ways to read the name: neither is sure
  if (ends.length !== 1) return null
  const [end = 0] = ends
  const others = whereOfSlice(tail.slice(end + 1), rest)
  return others && [conditionOfValue(first, tail.slice(0, end)), ...others]
}
