import type { DatasetVersion, Filter, Hash, Name, Split } from '#contract'
import { fail } from '../../kit/index.ts'
import type { Store } from '../../store/index.ts'
import { type Duck, literal, type Session } from '../duck.ts'
import { type Built, GROUP, type KeptColumn } from '../files/build.ts'
import { assertThere, type Piece, relation, wholeFile } from '../versions/pieces.ts'
import { SPLITS } from '../versions/split.ts'
import type { KeptVersion } from '../versions/versions.ts'

/** A column and where it lies. */
export interface TableColumn extends KeptColumn {
  /** Its name in SQL. */
  physical: string
}

/** Columns that lie together. */
export interface TableGroup {
  /** SQL for FROM: the columns by their physical names, the split as `s`, the row's number as `file_row_number`. */
  from: string
  /** The same for rows of these numbers only (both ends belong), where that is faster; the numbers stay. */
  within?(first: number, last: number): string
  columns: TableColumn[]
}

/**
 * Rows that can be asked with SQL: a version of a dataset, or a file that is not imported. Each group is one relation
 * that has its columns by their physical names, the split as `s` (0 train, 1 eval, 2 test, NULL: not split), and the
 * number of the row from 0 as `file_row_number`, by which rows of several groups are joined.
 */
export interface Table {
  /** The version's id, or the hash of the file and of how it is read; of a narrowed table also of its filter. */
  subject: Hash
  /** The dataset's name, or the one that an import would give. */
  name: Name
  /** "strikes v2", or the file's name. */
  title: string
  version: DatasetVersion | null
  rows: number
  splits: Partial<Record<Split, number>>
  columns: TableColumn[]
  groups: TableGroup[]
  /**
   * There where all columns are the texts of a delimited file, which is read while it is asked; `rows` is not known
   * then. Where asking fails, `mend` gives a table to ask instead, once.
   * @throws Failure ragged-rows, unreadable-file, wrong-encoding
   */
  texts?: { mend(error: unknown): Promise<Table> }
  /** What narrowed it; its row numbers are those of all rows, so they have gaps. */
  filter?: Filter
  session(signal?: AbortSignal): Promise<Session>
  /** Drops what was made only to ask. */
  close(): void
}

export const placed = (columns: KeptColumn[]): TableColumn[] =>
  columns.map((column, at) => ({ ...column, physical: `c${at}` }))

const groupOf = (columns: TableColumn[], nth: number) => columns.slice(nth * GROUP, (nth + 1) * GROUP)

const fileGroups = (columns: TableColumn[], files: string[]): TableGroup[] =>
  files.map((file, nth) => {
    const from = `read_parquet(${literal(file)}, file_row_number = true)`
    return { from, columns: groupOf(columns, nth) }
  })

/** Groups of a version whose rows lie in runs of several files. */
export function pieceGroups(store: Store, columns: TableColumn[], groups: readonly Piece[][]): TableGroup[] {
  return groups.map((pieces, nth) => {
    const mine = groupOf(columns, nth)
    const from = relation(store, pieces, mine, nth * GROUP)
    if (pieces.length === 1) return { from, columns: mine }
    const within = (first: number, last: number) => {
      let at = 0
      let start = 0
      // Whole runs are left out before and behind, and the numbers begin where the first that stays begins.
      const near = pieces.filter(({ rows }) => {
        const begin = at
        at += rows
        if (at <= first) start = at
        return at > first && begin <= last
      })
      const part = relation(store, near, mine, nth * GROUP)
      return start ? `(SELECT * REPLACE (file_row_number + ${start} AS file_row_number) FROM ${part})` : part
    }
    return { from, within, columns: mine }
  })
}

/** The table of a kept version. @throws Failure not-found where a file of the workspace is gone */
export function tableOf(kept: KeptVersion, store: Store, duck: Duck): Table {
  const { version } = kept
  const title = `${version.dataset} v${version.number}`
  assertThere(store, kept.blobs, title)
  const columns = placed(kept.columns)
  return {
    subject: version.id,
    name: version.dataset,
    title,
    version,
    rows: version.rows,
    splits: version.splits,
    columns,
    groups: kept.groups
      ? pieceGroups(store, columns, kept.groups)
      : kept.blobs.map((blob, nth) => ({ from: wholeFile(store, blob), columns: groupOf(columns, nth) })),
    session: duck.session,
    close: () => {},
  }
}

/** The table of a file that was only read. */
export function tableOfFile(
  file: Pick<Table, 'subject' | 'name' | 'title'>,
  built: Pick<Built, 'columns' | 'rows' | 'files'>,
  duck: Duck,
  close: () => void,
): Table {
  const columns = placed(built.columns)
  return {
    ...file,
    version: null,
    rows: built.rows,
    splits: {},
    columns,
    groups: fileGroups(columns, built.files),
    session: duck.session,
    close,
  }
}

/** The columns by these names, in this order. @throws Failure bad-input */
export function pick(table: Pick<Table, 'columns' | 'title'>, names: string[] | undefined): TableColumn[] {
  if (!names) return table.columns
  const byName = new Map(table.columns.map(column => [column.name, column]))
  return names.map(name => {
    const column = byName.get(name)
    if (!column)
      throw fail(
        'bad-input',
        `${table.title} has no column "${name}".`,
        `Choose from its columns: ${table.columns
          .slice(0, 20)
          .map(other => other.name)
          .join(', ')}${table.columns.length > 20 ? ', …' : ''}.`,
      )
    return column
  })
}

/** Rows and rows of each split of a table, counted. */
export async function countRows(
  table: Table,
  from: string,
  signal?: AbortSignal,
): Promise<Pick<Table, 'rows' | 'splits'>> {
  const isSplit = Object.keys(table.splits).length > 0
  const session = await table.session(signal)
  try {
    const counted = await session.rows<{ s: number | null; n: number }>(
      isSplit
        ? `SELECT s, count(*) AS n FROM ${from} GROUP BY s`
        : `SELECT NULL AS s, count(*) AS n FROM ${from}`,
    )
    const splits: Table['splits'] = { ...table.splits }
    for (const split of SPLITS)
      if (splits[split] !== undefined)
        splits[split] = counted.find(({ s }) => s === SPLITS.indexOf(split))?.n ?? 0
    return { rows: counted.reduce((sum, { n }) => sum + n, 0), splits }
  } finally {
    session.close()
  }
}
