import type { Filter } from '#contract'
import { canonicalJson, fail, hashOf } from '../../kit/index.ts'
import { filterWords, wantSql } from './filter.ts'
import { countRows, type Table, type TableGroup } from './table.ts'

/**
 * The rows of a table that fit a filter, as a table: for statistics, training and evaluation of a slice. Its rows and
 * splits are counted at once; nothing is copied.
 * @param title default: the table's and the filter's words
 * @throws Failure bad-input (unknown column, wrong number of values), wrong-type, empty-data (no row fits)
 */
export async function narrowed(
  table: Table,
  filter: Filter,
  options: { title?: string; signal?: AbortSignal } = {},
): Promise<Table> {
  if (!filter.length) return table
  const groups = table.groups.map(({ from, within, columns }, nth): TableGroup => {
    const { sql } = wantSql(table, { where: filter }, nth)
    const narrow = (relation: string) => `(SELECT * FROM ${relation} WHERE ${sql})`
    return { from: narrow(from), within: within && ((first, last) => narrow(within(first, last))), columns }
  })
  const counted = await countRows(table, groups[0]?.from ?? '', options.signal)
  const words = filterWords(filter)
  if (!counted.rows)
    throw fail(
      'empty-data',
      `No row of ${table.title} fits: ${words}.`,
      'Loosen the filter, or choose another slice.',
    )
  return {
    ...table,
    ...counted,
    subject: hashOf(canonicalJson({ of: table.subject, where: filter })),
    title: options.title ?? `${table.title}, ${words}`,
    groups,
    filter: [...(table.filter ?? []), ...filter],
  }
}
