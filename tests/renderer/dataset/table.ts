import type { Cell, Column, Condition, DatasetVersion, Engine, Slice } from '#contract'
import { hash, version } from '../engine/samples.ts'

/** A small table that answers as the engine does: conditions, search, order and row numbers hold. */

export const columns: Column[] = [
  { name: 'age', type: 'integer' },
  { name: 'workclass', type: 'text' },
  { name: 'hired', type: 'date' },
]
const CLASSES = ['Private', 'State-gov', null, '', 'Private']

/** 1,000 rows: ages 20 to 69, two classes, missing and empty ones, hired on the days of March. */
export const cells: Cell[][] = Array.from({ length: 1000 }, (_, i) => [
  20 + (i % 50),
  CLASSES[i % CLASSES.length] as Cell,
  `2024-03-${String(1 + (i % 31)).padStart(2, '0')}`,
])

export const adult: DatasetVersion = version({ id: hash('2'), number: 2, columns })

function fits(cell: Cell, { is, values, closed }: Condition): boolean {
  const [from = null, to = null] = values
  if (is === 'missing') return cell === null
  if (is === 'present') return cell !== null
  if (is === 'differs') return cell !== from
  if (is === 'none-of') return !values.includes(cell)
  if (cell === null) return false
  if (is === 'equals') return cell === from
  if (is === 'one-of') return values.includes(cell)
  if (is === 'contains') return String(cell).toLowerCase().includes(String(from).toLowerCase())
  return (from === null || cell >= from) && (to === null || cell < to || (!!closed && cell === to))
}

/** Answers `dataset.rows` of the table; each input is noted in `asked`. */
export function rowsOf(asked: unknown[], slices: readonly Slice[] = []): Engine['dataset']['rows'] {
  return async input => {
    asked.push(input)
    const { offset = 0, limit = 100, where = [], slice, search, only, sort, descending, split } = input
    const all = [...(slices.find(one => one.name === slice)?.where ?? []), ...where]
    const at = (name: string) => columns.findIndex(column => column.name === name)
    const found = cells
      .map((row, number) => ({ row, number }))
      .filter(({ row, number }) => {
        if (only && !only.includes(number)) return false
        if (split && (split === 'eval') !== (number % 10 === 0)) return false
        if (
          search &&
          !row.some(cell =>
            String(cell ?? '')
              .toLowerCase()
              .includes(search.toLowerCase()),
          )
        )
          return false
        return all.every(condition =>
          fits(row[at(condition.column)] ?? null, { values: [], ...condition } as Condition),
        )
      })
    if (sort)
      found.sort((a, b) => {
        const [x, y] = [a.row[at(sort)] ?? null, b.row[at(sort)] ?? null]
        const by = x === y ? 0 : x === null || (y !== null && x < y) ? -1 : 1
        return descending ? -by : by
      })
    const page = found.slice(offset, offset + limit)
    const wanted = input.columns
    return {
      columns: wanted ? columns.filter(column => wanted.includes(column.name)) : columns,
      rows: page.map(({ row }) => (wanted ? wanted.map(name => row[at(name)] ?? null) : row)),
      numbers: page.map(one => one.number),
      offset,
      total: found.length,
    }
  }
}
