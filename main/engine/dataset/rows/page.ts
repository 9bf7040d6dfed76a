import type { Cell, Column, Split } from '#contract'
import { BLOCK } from '../versions/blocks.ts'
import { SPLITS } from '../versions/split.ts'
import { cellSql, narrow } from './cells.ts'
import { pick, type Table, type TableColumn, type TableGroup } from './table.ts'

/** A page of rows. */
export interface Page {
  columns: Column[]
  rows: Cell[][]
  /** The number of each row in the table. */
  numbers: number[]
  total: number
}

/** Which of the wanted columns lie in which group; where nothing is wanted, the first group stands for the rows. */
export function byGroup(table: Table, wanted: TableColumn[]): { group: TableGroup; at: number[] }[] {
  const places = new Map(wanted.map((column, index) => [column.physical, index]))
  const repeated = places.size < wanted.length
  const found = table.groups.flatMap(group => {
    const at = repeated
      ? wanted.flatMap((column, index) =>
          group.columns.some(mine => mine.physical === column.physical) ? [index] : [],
        )
      : group.columns.flatMap(({ physical }) => places.get(physical) ?? [])
    return at.length ? [{ group, at }] : []
  })
  return found.length ? found : table.groups.slice(0, 1).map(group => ({ group, at: [] }))
}

/** SQL of cells as they cross. */
export const selection = (columns: TableColumn[]): string =>
  columns.map(({ type, wide, physical }) => cellSql(type, wide, physical)).join(', ') || '1.0::DOUBLE'

/**
 * Where rows of a page lie: row numbers in the file, and how many matching rows of that range come before the page.
 * @param blocks rows of each split in each block of rows
 */
function rangeOf(blocks: number[][], split: number, offset: number, limit: number) {
  let first = 0
  let before = 0
  const rowsIn = (block: number) => blocks[block]?.[split] ?? 0
  while (first < blocks.length && before + rowsIn(first) <= offset) before += rowsIn(first++)
  let last = first
  for (let reached = before; last < blocks.length; last++) {
    reached += rowsIn(last)
    if (reached >= offset + limit) break
  }
  return { from: first * BLOCK, to: (last + 1) * BLOCK - 1, skip: offset - before }
}

/** One page of rows, row-major, in the source's order. */
export async function page(
  table: Table,
  blocks: number[][],
  want: { columns?: string[]; split?: Split; offset: number; limit: number; signal?: AbortSignal },
): Promise<Page> {
  const wanted = pick(table, want.columns)
  const { split, offset, limit } = want
  const total = split ? (table.splits[split] ?? 0) : table.rows
  const count = Math.max(0, Math.min(limit, total - offset))
  const range = split
    ? rangeOf(blocks, SPLITS.indexOf(split), offset, count)
    : { from: offset, to: offset + count - 1, skip: 0 }
  const which = split ? ` AND s = ${SPLITS.indexOf(split)}` : ''
  return gather(table, wanted, count, total, want.signal, {
    from: group => group.within?.(range.from, range.to) ?? group.from,
    rest: `WHERE file_row_number BETWEEN ${range.from} AND ${range.to}${which} ORDER BY file_row_number LIMIT ${count} OFFSET ${range.skip}`,
    place: null,
  })
}

/** The rows of these numbers, in this order, row-major. */
export async function rowsAt(
  table: Table,
  numbers: number[],
  total: number,
  want: { columns?: string[]; signal?: AbortSignal },
): Promise<Page> {
  const wanted = pick(table, want.columns)
  const [first, last] = [Math.min(...numbers), Math.max(...numbers)]
  return gather(table, wanted, numbers.length, total, want.signal, {
    from: group => group.within?.(first, last) ?? group.from,
    rest: `WHERE file_row_number IN (${numbers.join(', ')})`,
    place: new Map(numbers.map((number, at) => [number, at])),
  })
}

/** Gathers cells of a few rows from all groups. */
async function gather(
  table: Table,
  wanted: TableColumn[],
  count: number,
  total: number,
  signal: AbortSignal | undefined,
  how: { from(group: TableGroup): string; rest: string; place: Map<number, number> | null },
): Promise<Page> {
  const columns = wanted.map(({ name, type }) => ({ name, type }))
  const rows: Cell[][] = Array.from({ length: count }, () => new Array<Cell>(wanted.length).fill(null))
  const numbers = new Array<number>(count).fill(0)
  if (!count) return { columns, rows, numbers, total }
  const session = await table.session(signal)
  try {
    for (const { group, at } of byGroup(table, wanted)) {
      const mine = at.map(index => wanted[index] as TableColumn)
      let next = 0
      const stream = session.stream(
        `SELECT CAST(file_row_number AS DOUBLE), ${selection(mine)} FROM ${how.from(group)} ${how.rest}`,
      )
      for await (const raw of stream) {
        const batch = narrow(raw, [false, ...mine.map(({ wide }) => wide)])
        for (let row = 0; row < batch.rows; row++) {
          const number = batch.columns[0]?.[row] as number
          const place = how.place ? (how.place.get(number) as number) : next++
          numbers[place] = number
          const cells = rows[place] as Cell[]
          for (const [nth, index] of at.entries()) cells[index] = batch.columns[nth + 1]?.[row] ?? null
        }
      }
    }
  } finally {
    session.close()
  }
  return { columns, rows, numbers, total }
}
