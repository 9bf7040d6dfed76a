import type { Condition, Filter } from '#contract'
import { fail } from '../../kit/index.ts'
import { literal } from '../duck.ts'
import { cellText } from './cells.ts'
import { pick, type Table, type TableColumn } from './table.ts'
import { endSql, type Point, pointOf, pointSql, settle } from './values.ts'

/** Words of each condition, for a title. */
const WORDS: Record<Condition['is'], string> = {
  equals: 'is',
  differs: 'is not',
  'one-of': 'is one of',
  'none-of': 'is none of',
  range: 'is between',
  contains: 'contains',
  missing: 'is missing',
  present: 'is present',
}

/** A filter as people read it: `age is between 20 and 30, sex is "F"`. */
export const filterWords = (filter: Filter): string =>
  filter
    .map(({ column, is, values }) => {
      const shown = values.slice(0, 5).map(value => (value === null ? '…' : JSON.stringify(value)))
      const rest = values.length > 5 ? ', …' : ''
      return [column, WORDS[is], shown.join(is === 'range' ? ' and ' : ', ') + rest].join(' ').trim()
    })
    .join(', ')

/** How many values a condition needs. */
function checkCount({ column, is, values }: Condition): void {
  const wants = {
    equals: [1, 1],
    differs: [1, 1],
    contains: [1, 1],
    range: [2, 2],
    missing: [0, 0],
    present: [0, 0],
  }
  const [least, most] = wants[is as keyof typeof wants] ?? [1, Number.POSITIVE_INFINITY]
  if (values.length >= (least ?? 0) && values.length <= (most ?? 0)) return
  const need =
    is === 'range' ? 'two values' : most === 0 ? 'no value' : most === 1 ? 'one value' : 'at least one value'
  throw fail(
    'bad-input',
    `The condition that "${column}" ${WORDS[is]} … needs ${need}, and has ${values.length || 'none'}.`,
    is === 'range' ? 'Give a lower and an upper end; null leaves one open.' : `Give ${need}.`,
  )
}

/** SQL of a range; what no cell can lie in is false. */
function rangeSql({ physical: c, ...column }: TableColumn, { values, closed }: Condition): string {
  const [low, high] = values.map(value => (value === null ? null : pointOf(column, value, true)))
  // Booleans are compared as 0 and 1, so that every bar of their histogram is a range too.
  const sqlOf = (point: Point) => (column.type === 'boolean' ? `${point}` : endSql(column.type, point))
  const cell = column.type === 'boolean' ? `CAST(${c} AS TINYINT)` : c
  const parts = [`${c} IS NOT NULL`]
  if (low !== null && low !== undefined) parts.push(`${cell} >= ${sqlOf(settle(column.type, low, true))}`)
  if (high !== null && high !== undefined)
    parts.push(
      closed
        ? `${cell} <= ${sqlOf(settle(column.type, high, false))}`
        : `${cell} < ${sqlOf(settle(column.type, high, true))}`,
    )
  return `(${parts.join(' AND ')})`
}

/**
 * SQL of one condition on a column.
 * @throws Failure bad-input (wrong number of values), wrong-type
 */
export function conditionSql(column: TableColumn, condition: Condition): string {
  checkCount(condition)
  const { physical: c } = column
  switch (condition.is) {
    case 'missing':
      return `${c} IS NULL`
    case 'present':
      return `${c} IS NOT NULL`
    case 'range':
      return rangeSql(column, condition)
    case 'contains': {
      const [text] = condition.values
      if (typeof text !== 'string' && typeof text !== 'number')
        throw fail(
          'wrong-type',
          `"${column.name}" is searched for text, and ${text} is none.`,
          'Give some text.',
        )
      return containsSql(column, String(text))
    }
    default: {
      const points = condition.values.map(value => pointSql(column.type, pointOf(column, value)))
      const possible = points.filter(sql => sql !== null)
      const not = condition.is === 'differs' || condition.is === 'none-of'
      if (!possible.length) return not ? 'true' : 'false'
      return not
        ? `(${c} IS NULL OR ${c} NOT IN (${possible.join(', ')}))`
        : `${c} IN (${possible.join(', ')})`
    }
  }
}

/** SQL: whether a cell, as people see it, has a text in it, letter case apart. */
export const containsSql = (column: TableColumn, text: string): string =>
  `coalesce(contains(lower(${shownSql(column)}), lower(${literal(text)})), false)`

const shownSql = ({ type, physical: c }: TableColumn): string =>
  type === 'timestamp' ? `(replace(CAST(${c} AS VARCHAR), ' ', 'T') || 'Z')` : cellText(type, c)

/** Whether a text can stand in a cell of the column at all; spares looking through columns of numbers for words. */
function mayHold({ type }: TableColumn, text: string): boolean {
  if (type === 'text') return true
  if (type === 'boolean')
    return (
      /^[a-z]*$/i.test(text) &&
      (/true/i.test(text) || 'true'.includes(text.toLowerCase()) || 'false'.includes(text.toLowerCase()))
    )
  if (type === 'integer') return /^-?\d*$/.test(text)
  if (type === 'float') return /^[-+\d.e]*$/i.test(text)
  return /^[-\d:.tz bc()]*$/i.test(text)
}

/** What rows must have: a filter, a text in any cell, a split, certain row numbers. */
export interface Want {
  where?: Filter
  search?: string
  only?: readonly number[]
  /** Number of a split as in `s`. */
  split?: number
}

/**
 * SQL that is true for the wanted rows, to be asked of one group of a table; what lies in other groups is joined by the
 * row number. `joins`: it does so, and rows may then come in any order.
 * @param home the group that it is asked of
 * @throws Failure bad-input (unknown column, wrong number of values), wrong-type
 */
export function wantSql(table: Table, want: Want, home = 0): { sql: string; joins: boolean } {
  const own: string[] = []
  const others = new Map<number, string[]>()
  const groupOf = (column: TableColumn) => table.groups.findIndex(({ columns }) => columns.includes(column))
  for (const condition of want.where ?? []) {
    const [column] = pick(table, [condition.column]) as [TableColumn]
    const sql = conditionSql(column, condition)
    const group = groupOf(column)
    if (group === home) own.push(sql)
    else others.set(group, [...(others.get(group) ?? []), sql])
  }
  const joined = (group: number, sql: string) =>
    `file_row_number IN (SELECT file_row_number FROM ${table.groups[group]?.from} WHERE ${sql})`
  const parts = [...own, ...[...others].map(([group, sqls]) => joined(group, sqls.join(' AND ')))]
  let joins = others.size > 0
  const text = want.search?.trim() ? want.search : undefined
  if (text !== undefined) {
    const found = table.groups.flatMap(({ columns }, group) => {
      const cells = columns.filter(column => mayHold(column, text)).map(column => containsSql(column, text))
      if (!cells.length) return []
      const any = `(${cells.join(' OR ')})`
      if (group !== home) joins = true
      return [group === home ? any : joined(group, any)]
    })
    parts.push(found.length ? `(${found.join(' OR ')})` : 'false')
  }
  if (want.split !== undefined) parts.push(`s = ${want.split}`)
  if (want.only) parts.push(want.only.length ? `file_row_number IN (${want.only.join(', ')})` : 'false')
  return { sql: parts.join(' AND ') || 'true', joins }
}
