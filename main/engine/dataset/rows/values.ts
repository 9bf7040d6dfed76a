import type { Cell, Column, ColumnType } from '#contract'
import { fail } from '../../kit/index.ts'
import { literal } from '../duck.ts'

/** What a column of a type holds, in the user's words. */
export const WORD_OF: Record<ColumnType, string> = {
  integer: 'whole numbers',
  float: 'numbers',
  boolean: 'true and false',
  text: 'text',
  date: 'dates',
  timestamp: 'times',
}

/** What to write instead, by type. */
const EXAMPLE: Record<ColumnType, string> = {
  integer: 'a whole number, for example 42',
  float: 'a number, for example 1.5',
  boolean: 'true or false',
  text: 'text in quotation marks',
  date: 'a date as 2020-01-31',
  timestamp: 'a time as 2020-01-31T12:00:00Z',
}

const MOMENT =
  /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?\s?(Z|[+-]\d\d(?::?\d\d)?)?)?)?)?$/

/** Microseconds since 1970 of ISO text; what is left out of it counts from the beginning. Null: it is none. */
function microseconds(text: string): bigint | null {
  const match = MOMENT.exec(text.trim())
  if (!match) return null
  const [, year, month = '01', day = '01', hour = '00', minute = '00', second = '00', fraction = '', zone] =
    match
  const shift = zone && zone !== 'Z' ? `${zone.slice(0, 3)}:${zone.slice(3).replace(':', '') || '00'}` : 'Z'
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}${shift}`)
  const named = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)))
  named.setUTCFullYear(Number(year))
  if (Number.isNaN(at) || named.getUTCDate() !== Number(day)) return null
  return BigInt(at) * 1000n + BigInt(fraction.padEnd(6, '0').slice(0, 6) || 0)
}

const DAY = 86_400_000_000n

/**
 * A number as the contract writes it: a number, or text of one (integers beyond 2^53 cross as text).
 * @returns an exact whole number as bigint, else a number; null where it is none
 */
function numeric(value: Cell): bigint | number | null {
  if (typeof value === 'string') {
    const text = value.trim()
    if (/^[+-]?\d{1,60}$/.test(text)) return BigInt(text.replace('+', ''))
    if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return null
    return numeric(Number(text))
  }
  if (typeof value !== 'number' || !Number.isFinite(value)) return null
  return Number.isInteger(value) ? BigInt(value) : value
}

/**
 * A value of a column in the column's order: whole numbers as bigint (dates in days, times in microseconds since 1970),
 * fractions as number, booleans as 0n and 1n, text as it is.
 */
export type Point = bigint | number | string

const wrong = (column: Column, value: Cell) =>
  fail(
    'wrong-type',
    `"${column.name}" holds ${WORD_OF[column.type]}, and ${JSON.stringify(value)} is not of that kind.`,
    `Give ${EXAMPLE[column.type]}.`,
  )

/** Whether a point is one that a cell of the column can hold. */
const isWhole = (type: ColumnType) => type !== 'float' && type !== 'text'

/**
 * Reads a value for a column.
 * @param loose for a bound of a range: a date may also be a year, a month or a time of day, and booleans numbers
 * @throws Failure wrong-type
 */
export function pointOf(column: Column, value: Cell, loose = false): Point {
  const { type } = column
  if (value === null) throw wrong(column, value)
  if (type === 'text') {
    if (typeof value !== 'string') throw wrong(column, value)
    return value
  }
  if (type === 'boolean') {
    if (typeof value === 'boolean') return value ? 1n : 0n
    if (typeof value === 'string' && /^(true|false)$/i.test(value))
      return value.toLowerCase() === 'true' ? 1n : 0n
    const number = numeric(value)
    if (number === null || (!loose && number !== 0n && number !== 1n)) throw wrong(column, value)
    return number
  }
  if (typeof value === 'boolean') throw wrong(column, value)
  if (type === 'date' || type === 'timestamp') {
    const unit = type === 'date' ? DAY : 1n
    // Seconds since 1970, as histograms of dates and times have them.
    if (typeof value === 'number') {
      const exact = BigInt(Math.round(value * 1e6))
      return exact % unit === 0n ? exact / unit : Number(exact) / Number(unit)
    }
    if (!loose && !/^\d{4}-\d\d-\d\d/.test(value.trim())) throw wrong(column, value)
    const at = microseconds(value)
    if (at === null) throw wrong(column, value)
    return at % unit === 0n ? at / unit : Number(at) / Number(unit)
  }
  const number = numeric(value)
  if (number === null) throw wrong(column, value)
  return type === 'float' ? Number(number) : number
}

/** SQL of a point of a column; null where no cell can hold it (1.5 among whole numbers). */
export function pointSql(type: ColumnType, point: Point): string | null {
  if (type === 'text') return literal(String(point))
  if (type === 'float') return `'${Number(point)}'::DOUBLE`
  if (typeof point !== 'bigint') return null
  if (type === 'integer') return point >= -(2n ** 126n) && point <= 2n ** 126n ? `${point}` : null
  if (type === 'boolean') return point === 0n ? 'false' : point === 1n ? 'true' : null
  if (type === 'date') return inTime(point) ? `(DATE '1970-01-01' + CAST(${point} AS INTEGER))` : null
  return inTime(point / DAY) ? `make_timestamp(${point}::BIGINT)` : null
}

/** Days that dates and times can hold here: 270,000 years around 1970. */
const inTime = (days: bigint) => days > -100_000_000n && days < 100_000_000n

/** SQL of an end of a range: what lies beyond all cells is beyond all cells. */
export function endSql(type: ColumnType, point: Point): string {
  const sql = pointSql(type, point)
  if (sql !== null) return sql
  const sign = Number(point) < 0 ? '-' : ''
  return type === 'integer' ? `'${sign}1e300'::DOUBLE` : `'${sign}infinity'::${type}`
}

/** The next whole point at or above (`up`) or at or below a point of a type whose cells are whole. */
export function settle(type: ColumnType, point: Point, up: boolean): Point {
  if (!isWhole(type) || typeof point !== 'number') return point
  return BigInt(up ? Math.ceil(point) : Math.floor(point))
}
