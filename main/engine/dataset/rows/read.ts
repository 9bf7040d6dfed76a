import type { Cell, Split } from '#contract'
import type { Batch, Session } from '../duck.ts'
import { SPLITS } from '../versions/split.ts'
import { narrow } from './cells.ts'
import { byGroup, selection } from './page.ts'
import { pick, type Table, type TableColumn } from './table.ts'

/** All rows of a table or of one split, in batches, in the source's order; `numbered`: with the number of each. */
export async function* readRows(
  table: Table,
  want: { columns: string[]; split?: Split; numbered?: boolean; signal?: AbortSignal },
): AsyncGenerator<Batch> {
  const wanted = pick(table, want.columns)
  const where = want.split ? ` WHERE s = ${SPLITS.indexOf(want.split)}` : ''
  // Groups are joined to narrow them, and a join may give rows in another order.
  const order = table.filter && table.groups.length > 1 ? ' ORDER BY file_row_number' : ''
  const sessions: Session[] = []
  try {
    const streams = []
    for (const { group, at: places } of byGroup(table, wanted)) {
      const mine = places.map(index => wanted[index] as TableColumn)
      // The number of a row is one column more, behind those that are wanted.
      const isNumbered: boolean = want.numbered === true && sessions.length === 0
      const at = isNumbered ? [...places, wanted.length] : places
      const number = isNumbered ? ', CAST(file_row_number AS DOUBLE) AS "row"' : ''
      const session = await table.session(want.signal)
      sessions.push(session)
      streams.push({
        at,
        wide: at.map((_, nth) => mine[nth]?.wide ?? false),
        batches: session.stream(`SELECT ${selection(mine)}${number} FROM ${group.from}${where}${order}`),
        held: { rows: 0, columns: at.map(() => []) } as Batch,
      })
    }
    for (;;) {
      // Files of one table cut their rows differently; a batch is as long as the shortest piece at hand.
      for (const stream of streams) {
        if (stream.held.rows) continue
        const next = await stream.batches.next()
        if (next.done) return
        stream.held = narrow(next.value, stream.wide)
      }
      const rows = Math.min(...streams.map(({ held }) => held.rows))
      const columns: Cell[][] = new Array(wanted.length + Number(want.numbered ?? false))
      for (const stream of streams) {
        const { held } = stream
        const whole = held.rows === rows
        for (const [nth, index] of stream.at.entries()) {
          const column = held.columns[nth] as Cell[]
          columns[index] = whole ? column : column.slice(0, rows)
          if (!whole) held.columns[nth] = column.slice(rows)
        }
        held.rows -= rows
      }
      const numbers = want.numbered ? (columns.pop() as number[]) : undefined
      yield { rows, columns, ...(numbers && { numbers }) }
    }
  } finally {
    for (const session of sessions) session.close()
  }
}
