import type { Filter, Split } from '#contract'
import { SPLITS } from '../versions/split.ts'
import { type Page, page } from './page.ts'
import type { Table } from './table.ts'
import type { Views } from './views.ts'

/** Which rows of a version are wanted, in which order, and how many. */
export interface RowsWant {
  columns?: string[]
  offset: number
  limit: number
  split?: Split
  where?: Filter
  only?: number[]
  search?: string
  sort?: string
  descending?: boolean
  signal?: AbortSignal
}

/**
 * A page of rows that fit; what was narrowed or sorted is kept for the next page.
 * @param blocks rows of each split in each block of rows
 * @throws Failure bad-input, wrong-type
 */
export function rowsPage(table: Table, blocks: number[][], views: Views, want: RowsWant): Promise<Page> {
  const { columns, offset, limit, signal, split, where = [], only, search, sort, descending } = want
  const text = search?.trim() ? search : undefined
  const turned = { columns, offset, limit, signal }
  if (!where.length && !only && text === undefined && sort === undefined)
    return page(table, blocks, { ...turned, split })
  return views.page(
    table,
    {
      where,
      only,
      search: text,
      split: split && SPLITS.indexOf(split),
      sort,
      descending: sort === undefined ? undefined : descending,
    },
    turned,
  )
}
