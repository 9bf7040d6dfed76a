import type { Filter, Name, Slice } from '#contract'
import { fail, hashOf, now } from '../../kit/index.ts'
import { collection, type Store } from '../../store/index.ts'
import { wantSql } from './filter.ts'
import type { Table } from './table.ts'

/** The saved filters of datasets. A slice belongs to a dataset, so it holds for all its versions. */
export interface Slices {
  of(dataset: Name): Slice[]
  /** @throws Failure not-found */
  get(dataset: Name, name: string): Slice
  /** Keeps a filter that fits the table's columns; a slice of the same name is written anew. @throws Failure bad-input, wrong-type */
  save(table: Table, name: string, where: Filter): Slice
  /** @throws Failure not-found */
  remove(dataset: Name, name: string): Slice
  /** Removes those of a dataset that is gone. */
  removeAll(dataset: Name): void
}

/** The workspace's format that brought slices. */
const SLICES_SINCE = 11

export function openSlices(store: Store): Slices {
  // A workspace of an earlier day that may only be read has none.
  const documents =
    store.format < SLICES_SINCE
      ? { get: () => null, list: () => [] as Slice[], put: () => {}, remove: () => {} }
      : collection<Slice>(store.db, 'slices')
  const idOf = (dataset: Name, name: string) => hashOf(`${dataset}\n${name}`)
  const of = (dataset: Name): Slice[] => documents.list(dataset).sort((a, b) => (a.name < b.name ? -1 : 1))

  function get(dataset: Name, name: string): Slice {
    const found = documents.get(idOf(dataset, name))
    if (found) return found
    const names = of(dataset).map(slice => slice.name)
    throw fail(
      'not-found',
      `The dataset "${dataset}" has no slice "${name}".`,
      names.length
        ? `Choose one of these: ${names.slice(0, 20).join(', ')}.`
        : 'Filter its rows and save the filter first.',
    )
  }

  return {
    of,
    get,
    save(table, name, where) {
      const trimmed = name.trim()
      if (!trimmed)
        throw fail('bad-input', 'A slice needs a name.', 'Give it one, for example "night shift".')
      if (!where.length) throw fail('bad-input', 'A slice needs a condition.', 'Filter the rows first.')
      // What cannot be asked is not kept.
      wantSql(table, { where })
      const slice: Slice = {
        id: idOf(table.name, trimmed),
        dataset: table.name,
        name: trimmed,
        where,
        at: now(),
      }
      documents.put(slice, table.name)
      return slice
    },
    remove(dataset, name) {
      const slice = get(dataset, name)
      documents.remove(slice.id)
      return slice
    },
    removeAll(dataset) {
      for (const { id } of of(dataset)) documents.remove(id)
    },
  }
}

/** How many rows of a table fit; a column that a later version lacks fits none. */
export async function countFitting(table: Table, where: Filter, signal?: AbortSignal): Promise<number> {
  const known = new Set(table.columns.map(({ name }) => name))
  if (where.some(({ column }) => !known.has(column))) return 0
  const { sql } = wantSql(table, { where })
  const session = await table.session(signal)
  try {
    const [counted] = await session.rows<{ n: number }>(
      `SELECT count(*) AS n FROM ${table.groups[0]?.from} WHERE ${sql}`,
    )
    return counted?.n ?? 0
  } finally {
    session.close()
  }
}
