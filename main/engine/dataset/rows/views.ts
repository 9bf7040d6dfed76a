import type { Hash } from '#contract'
import { canonicalJson, fail } from '../../kit/index.ts'
import type { Duck } from '../duck.ts'
import { type Want, wantSql } from './filter.ts'
import { type Page, rowsAt } from './page.ts'
import { pick, type Table, type TableColumn } from './table.ts'

/** Rows of a table that are wanted, and their order. */
export interface ViewWant extends Want {
  sort?: string
  descending?: boolean
}

/** Filtered and sorted views of tables: the row numbers of the last few are kept, so that turning pages costs nothing. */
export interface Views {
  /** A page of a view. @throws Failure bad-input, wrong-type as `wantSql` does */
  page(
    table: Table,
    want: ViewWant,
    page: { columns?: string[]; offset: number; limit: number; signal?: AbortSignal },
  ): Promise<Page>
  /** Forgets the views of a table. */
  forget(subject: Hash): void
}

/** Row numbers that are kept, of all views together; four bytes each. */
const MOST_NUMBERS = 32_000_000
const MOST_VIEWS = 32

interface View {
  subject: Hash
  /** A table in the engine's memory with the row numbers `n` in order. */
  relation: string
  rows: number
  /** Requests that read it now; it is dropped when the last one is done. */
  readers: number
  dropped: boolean
}

/** SQL of the row numbers of a view, in its order. */
function viewSql(table: Table, want: ViewWant): string {
  let home = 0
  let order = ''
  if (want.sort !== undefined) {
    const [column] = pick(table, [want.sort]) as [TableColumn]
    home = table.groups.findIndex(({ columns }) => columns.includes(column))
    order = `${column.physical} ${want.descending ? 'DESC' : 'ASC'} NULLS LAST, file_row_number`
  }
  const { sql, joins } = wantSql(table, want, home)
  if (!order && joins) order = 'file_row_number'
  return `SELECT CAST(file_row_number AS UINTEGER) AS n FROM ${table.groups[home]?.from} WHERE ${sql}${order ? ` ORDER BY ${order}` : ''}`
}

export function openViews(duck: Duck): Views {
  /** In the order they were last asked for. */
  const views = new Map<string, Promise<View>>()
  const settled = new Map<string, View>()
  let made = 0

  function drop(key: string, view: View): void {
    views.delete(key)
    settled.delete(key)
    view.dropped = true
    if (!view.readers) void remove(view)
  }
  async function remove({ relation }: View): Promise<void> {
    const session = await duck.session()
    try {
      await session.run(`DROP TABLE IF EXISTS ${relation}`)
    } finally {
      session.close()
    }
  }

  async function make(table: Table, want: ViewWant, signal?: AbortSignal): Promise<View> {
    if (table.rows >= 2 ** 32)
      throw fail(
        'unsupported',
        'Only 4 billion rows can be sorted or filtered.',
        'Split the data into smaller ones.',
      )
    const select = viewSql(table, want)
    const relation = `memory.main.view_${++made}`
    const session = await table.session(signal)
    try {
      await session.run(`CREATE TABLE ${relation} AS ${select}`)
      const [counted] = await session.rows<{ n: number }>(`SELECT count(*) AS n FROM ${relation}`)
      return { subject: table.subject, relation, rows: counted?.n ?? 0, readers: 0, dropped: false }
    } finally {
      session.close()
    }
  }

  /** The view, which is kept until its reader says that it is done. */
  async function viewOf(table: Table, want: ViewWant, signal?: AbortSignal): Promise<View> {
    const key = canonicalJson({ subject: table.subject, ...want })
    for (;;) {
      const there = views.get(key)
      if (!there) break
      views.delete(key)
      views.set(key, there)
      try {
        const view = await there
        if (!view.dropped) {
          view.readers++
          return view
        }
      } catch {
        // The one who asked first may have left; whoever still waits asks anew.
        signal?.throwIfAborted()
      }
      if (views.get(key) === there) views.delete(key)
    }
    const making = make(table, want, signal)
    views.set(key, making)
    try {
      const view = await making
      view.readers++
      settled.set(key, view)
      trim()
      return view
    } catch (error) {
      if (views.get(key) === making) views.delete(key)
      throw error
    }
  }

  /** Drops what was not asked for the longest, but never the newest. */
  function trim(): void {
    const keys = [...views.keys()].filter(key => settled.has(key))
    let numbers = keys.reduce((sum, key) => sum + (settled.get(key)?.rows ?? 0), 0)
    for (const [nth, key] of keys.slice(0, -1).entries()) {
      if (numbers <= MOST_NUMBERS && keys.length - nth <= MOST_VIEWS) return
      const view = settled.get(key) as View
      numbers -= view.rows
      drop(key, view)
    }
  }

  async function using<T>(
    table: Table,
    want: ViewWant,
    signal: AbortSignal | undefined,
    use: (view: View) => Promise<T>,
  ): Promise<T> {
    const view = await viewOf(table, want, signal)
    try {
      return await use(view)
    } finally {
      view.readers--
      if (view.dropped && !view.readers) await remove(view)
    }
  }

  return {
    page: (table, want, { columns, offset, limit, signal }) =>
      using(table, want, signal, async ({ relation, rows }) => {
        pick(table, columns)
        const session = await table.session(signal)
        let numbers: number[] = []
        try {
          if (offset < rows)
            numbers = (
              await session.rows<{ n: number }>(
                `SELECT n FROM ${relation} WHERE rowid BETWEEN ${offset} AND ${offset + limit - 1} ORDER BY rowid`,
              )
            ).map(({ n }) => n)
        } finally {
          session.close()
        }
        return rowsAt(table, numbers, rows, { columns, signal })
      }),
    forget(subject) {
      for (const [key, view] of settled) if (view.subject === subject) drop(key, view)
    },
  }
}
