import type { Cell, ColumnType, Condition } from '#contract'

/** The ways a person says a condition; several values of `is` become the contract's `one-of`. */
export type How = 'is' | 'is-not' | 'between' | 'contains' | 'missing' | 'present'

/** A condition while it is typed. */
export interface Draft {
  column: string
  how: How
  values: Cell[]
  from: string
  to: string
  /** The upper end of `between` belongs to it. */
  closed: boolean
}

export const HOW: Record<How, string> = {
  is: 'is',
  'is-not': 'is not',
  between: 'is between',
  contains: 'contains',
  missing: 'is missing',
  present: 'is there',
}

/** What can be asked of a column of a type. */
export function howsOf(type: ColumnType): How[] {
  if (type === 'text') return ['is', 'is-not', 'contains', 'missing', 'present']
  if (type === 'boolean') return ['is', 'missing', 'present']
  return ['between', 'is', 'is-not', 'missing', 'present']
}

const WANTED: Record<ColumnType, string> = {
  integer: 'a whole number, such as 42',
  float: 'a number, such as 4.2',
  boolean: 'yes or no',
  text: 'text',
  date: 'a day, such as 2024-03-31',
  timestamp: 'a moment, such as 2024-03-31 14:20',
}

export type Parsed = { cell: Cell; error?: undefined } | { cell?: undefined; error: string }

/** Reads what was typed as a cell of a column: numbers with commas, days and moments as ISO text. */
export function parseCell(typed: string, type: ColumnType): Parsed {
  if (type === 'text') return { cell: typed }
  const text = typed.trim().replaceAll('−', '-')
  const wrong = { error: `This column holds ${WANTED[type]}.` }
  if (text === '') return wrong
  if (type === 'boolean') {
    if (/^(yes|true|1)$/i.test(text)) return { cell: true }
    return /^(no|false|0)$/i.test(text) ? { cell: false } : wrong
  }
  if (type === 'integer' || type === 'float') {
    const bare = text.replace(/,(?=\d{3}(\D|$))/g, '')
    const number = Number(bare)
    if (type === 'integer') {
      if (!/^[+-]?\d+$/.test(bare)) return wrong
      return { cell: Number.isSafeInteger(number) ? number : bare.replace('+', '') }
    }
    return Number.isFinite(number) ? { cell: number } : wrong
  }
  const read = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d)(:\d\d)?(\.\d{1,6})?Z?)?$/.exec(text)
  const day = read?.[1]
  if (!read || !day || !isDay(day)) return wrong
  if (type === 'date') return read[2] ? wrong : { cell: day }
  const clock = `${read[2] ?? '00:00'}${read[3] ?? ':00'}`
  return Number.isNaN(Date.parse(`${day}T${clock}Z`)) ? wrong : { cell: `${day}T${clock}${read[4] ?? ''}Z` }
}

/* Date.parse takes February 30 for March 1. */
const isDay = (text: string): boolean => {
  const at = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text)
}

/** A cell as it is typed. */
export function typedOf(cell: Cell | undefined): string {
  if (cell === null || cell === undefined) return ''
  return typeof cell === 'boolean' ? (cell ? 'yes' : 'no') : String(cell)
}

/** A form for a column, empty, or with what a condition says. */
export function draftOf(column: string, type: ColumnType, condition?: Condition): Draft {
  const empty: Draft = {
    column,
    how: howsOf(type)[0] as How,
    values: [],
    from: '',
    to: '',
    closed: true,
  }
  if (!condition) return empty
  const { is, values } = condition
  if (is === 'equals' || is === 'one-of') return { ...empty, how: 'is', values: [...values] }
  if (is === 'differs' || is === 'none-of') return { ...empty, how: 'is-not', values: [...values] }
  if (is === 'contains') return { ...empty, how: 'contains', from: typedOf(values[0]) }
  if (is === 'range')
    return {
      ...empty,
      how: 'between',
      from: typedOf(values[0]),
      to: typedOf(values[1]),
      closed: condition.closed ?? false,
    }
  return { ...empty, how: is }
}

export type Made = { condition: Condition; error?: undefined } | { condition?: undefined; error: string }

/** The condition a form says, or what it still lacks. */
export function conditionOf(draft: Draft, type: ColumnType): Made {
  const { column, how, values } = draft
  if (how === 'missing' || how === 'present') return { condition: { column, is: how, values: [] } }
  if (how === 'contains')
    return draft.from.trim() === ''
      ? { error: 'Say which text to look for.' }
      : { condition: { column, is: 'contains', values: [draft.from.trim()] } }
  if (how === 'between') {
    if (draft.from.trim() === '' && draft.to.trim() === '') return { error: 'Give at least one end.' }
    const ends: Cell[] = []
    for (const typed of [draft.from, draft.to]) {
      if (typed.trim() === '') {
        ends.push(null)
        continue
      }
      const read = parseCell(typed, type)
      if (read.error !== undefined) return { error: read.error }
      ends.push(read.cell)
    }
    const [from, to] = ends as [Cell, Cell]
    if (from !== null && to !== null && order(from) > order(to))
      return { error: 'The lower end is above the upper one.' }
    return { condition: { column, is: 'range', values: ends, ...(draft.closed ? { closed: true } : {}) } }
  }
  if (values.length === 0) return { error: 'Choose or type at least one value.' }
  const single = values.length === 1
  const is = how === 'is' ? (single ? 'equals' : 'one-of') : single ? 'differs' : 'none-of'
  return { condition: { column, is, values: [...values] } }
}

/* Numbers and integers beyond 2^53 by value, days and moments by their ISO text, which sorts the same. */
const order = (cell: Cell): number | bigint =>
  typeof cell === 'number'
    ? cell
    : typeof cell === 'string' && /^-?\d+$/.test(cell)
      ? BigInt(cell)
      : Date.parse(String(cell))
