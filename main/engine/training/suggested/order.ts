import type { Cell, ColumnType, DatasetVersion } from '#contract'
import { timeIn } from '../../encoding/index.ts'
import type { Reading, RowSource } from '../../transform/index.ts'

/** How the rows of a version lie in time. */
export interface Order {
  /** Moments of the longest series in the train split. */
  longest: number
  /** Rows of the train split, and how many of them share their moment with one before of the same series. */
  rows: number
  shared: number
  /** Rows of the eval split, and how many of them lie before the last row of their series in the train split. */
  evalRows: number
  between: number
}

/** @param by the columns that say when a row was, and of which series it is */
export async function orderOf(
  dataset: RowSource,
  version: DatasetVersion,
  { time, group }: { time: string; group?: string | undefined },
  { signal, where }: Pick<Reading, 'signal' | 'where'>,
): Promise<Order> {
  const columns = [time, ...(group === undefined ? [] : [group])]
  const type = version.columns.find(({ name }) => name === time)?.type as ColumnType
  const moments = new Map<string, { all: Set<number>; last: number }>()
  const order: Order = { longest: 0, rows: 0, shared: 0, evalRows: 0, between: 0 }
  for (const split of ['train', 'eval'] as const)
    for await (const batch of dataset.read(version, { columns, split, where, signal })) {
      const [times, groups] = batch.columns as [Cell[], Cell[] | undefined]
      times.forEach((cell, row) => {
        const at = timeIn(cell, time, type, row)
        if (Number.isNaN(at)) return
        const name = String(groups?.[row] ?? '')
        if (split === 'eval') {
          order.evalRows++
          if (at < (moments.get(name)?.last ?? Number.NEGATIVE_INFINITY)) order.between++
          return
        }
        let of = moments.get(name)
        if (!of) {
          of = { all: new Set(), last: at }
          moments.set(name, of)
        }
        order.rows++
        if (of.all.has(at)) order.shared++
        of.all.add(at)
        of.last = Math.max(of.last, at)
        order.longest = Math.max(order.longest, of.all.size)
      })
    }
  return order
}
