import { reactive } from 'vue'
import type { Cell, DatasetVersion, Column as OfData } from '#contract'
import { type Column, count } from '../../ui/index.ts'
import { decimalsOf, exact, plain } from './exact.ts'
import { cellWords } from './filters.ts'
import type { RowItem } from './useRows.ts'

/** Stands for an empty text, which is there and is not missing. */
const EMPTY = Symbol('empty text')

const WIDTH: Record<OfData['type'], number> = {
  integer: 88,
  float: 104,
  boolean: 72,
  text: 150,
  date: 104,
  timestamp: 176,
}

/* A year or a number of a thing reads wrong with a comma, so four digits stand without. */
const isShort = (n: number): boolean => Math.abs(n) < 10_000
const integer = (n: number, isGrouped = false): string =>
  typeof n !== 'number' ? String(n) : isShort(n) && !isGrouped ? plain(n) : count(n)
const timestamp = (at: string): string =>
  String(at)
    .replace('T', ' ')
    .replace(/(\.000)?Z$/, '')

/** A cell by itself, as the row view shows it; decimals are those that are there. */
export function cellText(cell: Cell, type: OfData['type'] | undefined): string {
  if (type === 'integer' && typeof cell === 'number') return integer(cell)
  if (type === 'float' && typeof cell === 'number') return exact(cell, decimalsOf(cell))
  return type === 'timestamp' && typeof cell === 'string' ? timestamp(cell) : cellWords(cell)
}

/**
 * The columns of a version as the row view shows them. The figures of a column look alike from top to bottom: floats
 * have the most decimals that `see` has seen so far, and whole numbers have commas once one of five digits was seen.
 */
export function rowColumns(version: Pick<DatasetVersion, 'columns'>) {
  const decimals = reactive(new Map<string, number>())
  const grouped = reactive(new Set<string>())
  function see(rows: readonly Cell[][]): void {
    version.columns.forEach(({ name, type }, at) => {
      if (type === 'integer' && rows.some(row => typeof row[at] === 'number' && !isShort(row[at])))
        grouped.add(name)
      if (type !== 'float') return
      const seen = decimals.get(name) ?? 0
      const most = rows.reduce((most, row) => Math.max(most, decimalsOf(row[at])), seen)
      if (most > seen) decimals.set(name, most)
    })
  }

  const formats = {
    timestamp,
    text: (text: unknown) => (text === EMPTY ? 'empty text' : String(text)),
  }
  const columns: Column[] = version.columns.map(({ name, type }, at) => ({
    key: name,
    label: name,
    help: `${name}, ${type}`,
    value: row => {
      const cell = (row as RowItem).cells[at]
      return cell === '' ? EMPTY : cell
    },
    missing: 'missing',
    align: type === 'integer' || type === 'float' ? 'right' : 'left',
    // wide enough for the name and for a usual value of its kind
    width: Math.min(260, Math.max(name.length * 7.5 + 24, WIDTH[type])),
    ...(type === 'integer' ? { format: (n: number) => integer(n, grouped.has(name)) } : {}),
    ...(type === 'float' ? { format: (n: number) => exact(n, decimals.get(name) ?? 0) } : {}),
    ...(type in formats ? { format: formats[type as keyof typeof formats] as (value: never) => string } : {}),
  }))
  return { columns, see }
}
