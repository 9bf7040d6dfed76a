import type { Cell, Column, DatasetVersion, Hash, Name, Split } from '#contract'
import { fail } from '../kit/index.ts'
import type { Store } from '../store/index.ts'
import { BLOCK, type Built, GROUP, type KeptColumn } from './build.ts'
import { cellSql, narrow } from './cells.ts'
import { type Batch, type Duck, literal, type Session } from './duck.ts'
import { SPLITS } from './split.ts'
import type { KeptVersion } from './versions.ts'

/** A column and where it lies. */
export interface TableColumn extends KeptColumn {
  /** Its name in SQL. */
  physical: string
}

/**
 * Rows that can be asked with SQL: a version of a dataset, or a file that is not imported. Each group is one relation
 * that has its columns by their physical names and the split as `s` (0 train, 1 eval, 2 test, NULL: not split).
 */
export interface Table {
  /** The version's id, or the hash of the file and of how it is read. */
  subject: Hash
  /** The dataset's name, or the one that an import would give. */
  name: Name
  /** "strikes v2", or the file's name. */
  title: string
  version: DatasetVersion | null
  rows: number
  splits: Partial<Record<Split, number>>
  columns: TableColumn[]
  groups: { from: string; columns: TableColumn[] }[]
  /**
   * There where all columns are the texts of a delimited file, which is read while it is asked; `rows` is not known
   * then. Where asking fails, `mend` gives a table to ask instead, once.
   * @throws Failure ragged-rows, unreadable-file, wrong-encoding
   */
  texts?: { mend(error: unknown): Promise<Table> }
  session(signal?: AbortSignal): Promise<Session>
  /** Drops what was made only to ask. */
  close(): void
}

const placed = (columns: KeptColumn[]): TableColumn[] =>
  columns.map((column, at) => ({ ...column, physical: `c${at}` }))

const groupsOf = (columns: TableColumn[], files: string[]): Table['groups'] =>
  files.map((file, nth) => ({
    from: `read_parquet(${literal(file)}, file_row_number = true)`,
    columns: columns.slice(nth * GROUP, (nth + 1) * GROUP),
  }))

/** The table of a kept version. @throws Failure not-found where a file of the workspace is gone */
export function tableOf(kept: KeptVersion, store: Store, duck: Duck): Table {
  const { version } = kept
  for (const blob of kept.blobs)
    if (!store.blobs.has(blob))
      throw fail(
        'not-found',
        `The rows of ${version.dataset} v${version.number} are missing from this workspace.`,
        'Import its file again, or copy the whole workspace folder again.',
      )
  const columns = placed(kept.columns)
  return {
    subject: version.id,
    name: version.dataset,
    title: `${version.dataset} v${version.number}`,
    version,
    rows: version.rows,
    splits: version.splits,
    columns,
    groups: groupsOf(
      columns,
      kept.blobs.map(blob => store.blobs.path(blob)),
    ),
    session: duck.session,
    close: () => {},
  }
}

/** The table of a file that was only read. */
export function tableOfFile(
  file: Pick<Table, 'subject' | 'name' | 'title'>,
  built: Built,
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
    groups: groupsOf(columns, built.files),
    session: duck.session,
    close,
  }
}

/** The columns by these names, in this order. @throws Failure bad-input */
export function pick(table: Table, names: string[] | undefined): TableColumn[] {
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

/** Which of the wanted columns lie in which group; where nothing is wanted, the first group stands for the rows. */
function byGroup(table: Table, wanted: TableColumn[]) {
  const found = table.groups.flatMap((group, nth) => {
    const at = wanted.flatMap((column, index) =>
      Math.floor(Number(column.physical.slice(1)) / GROUP) === nth ? [index] : [],
    )
    return at.length ? [{ from: group.from, at }] : []
  })
  return found.length ? found : [{ from: table.groups[0]?.from ?? '', at: [] as number[] }]
}

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

const selection = (columns: TableColumn[]) =>
  columns.map(({ type, wide, physical }) => cellSql(type, wide, physical)).join(', ') || '1.0::DOUBLE'

/** One page of rows, row-major, in the source's order. */
export async function page(
  table: Table,
  blocks: number[][],
  want: { columns?: string[]; split?: Split; offset: number; limit: number; signal?: AbortSignal },
): Promise<{ columns: Column[]; rows: Cell[][]; total: number }> {
  const wanted = pick(table, want.columns)
  const columns = wanted.map(({ name, type }) => ({ name, type }))
  const { split, offset, limit } = want
  const total = split ? (table.splits[split] ?? 0) : table.rows
  const count = Math.max(0, Math.min(limit, total - offset))
  const rows: Cell[][] = Array.from({ length: count }, () => new Array<Cell>(wanted.length).fill(null))
  if (!count) return { columns, rows, total }
  const range = split
    ? rangeOf(blocks, SPLITS.indexOf(split), offset, count)
    : { from: offset, to: offset + count - 1, skip: 0 }
  const which = split ? ` AND s = ${SPLITS.indexOf(split)}` : ''
  const session = await table.session(want.signal)
  try {
    for (const { from, at } of byGroup(table, wanted)) {
      const mine = at.map(index => wanted[index] as TableColumn)
      let row = 0
      const stream = session.stream(
        `SELECT ${selection(mine)} FROM ${from} WHERE file_row_number BETWEEN ${range.from} AND ${range.to}${which} ORDER BY file_row_number LIMIT ${count} OFFSET ${range.skip}`,
      )
      for await (const raw of stream) {
        const batch = narrow(
          raw,
          mine.map(({ wide }) => wide),
        )
        for (let next = 0; next < batch.rows; next++, row++) {
          const cells = rows[row] as Cell[]
          for (const [nth, index] of at.entries()) cells[index] = batch.columns[nth]?.[next] ?? null
        }
      }
    }
  } finally {
    session.close()
  }
  return { columns, rows, total }
}

/** All rows of a table or of one split, in batches, in the source's order. */
export async function* readRows(
  table: Table,
  want: { columns: string[]; split?: Split; signal?: AbortSignal },
): AsyncGenerator<Batch> {
  const wanted = pick(table, want.columns)
  const where = want.split ? ` WHERE s = ${SPLITS.indexOf(want.split)}` : ''
  const sessions: Session[] = []
  try {
    const streams = []
    for (const { from, at } of byGroup(table, wanted)) {
      const mine = at.map(index => wanted[index] as TableColumn)
      const session = await table.session(want.signal)
      sessions.push(session)
      streams.push({
        at,
        wide: mine.map(({ wide }) => wide),
        batches: session.stream(`SELECT ${selection(mine)} FROM ${from}${where}`),
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
      const columns: Cell[][] = new Array(wanted.length)
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
      yield { rows, columns }
    }
  } finally {
    for (const session of sessions) session.close()
  }
}
