import type { Hash } from '#contract'
import { fail } from '../../kit/index.ts'
import type { Store } from '../../store/index.ts'
import { literal } from '../duck.ts'
import type { KeptColumn } from '../files/build.ts'

/**
 * A run of rows of one kept file. A version is a list of such runs, so that it shares with other versions whatever rows
 * they have in common, and only new rows are written.
 */
export interface Piece {
  blob: Hash
  /** The first of its rows in the file, and how many. */
  from: number
  rows: number
  /** Rows of the whole file. */
  of: number
  /** The file has the columns of the version before this index; later ones are missing in all its rows. */
  width: number
}

/** Rows of one kept part are about as many; a changed row costs at most a part. */
export const PART = 16_384
/** More runs than this are written anew as one, so that reading a much-mended version stays fast. */
export const MOST_PIECES = 64

/** Rows of a part of a table: smaller tables have smaller ones, so that a small change of them costs little too. */
export const partRows = (rows: number): number =>
  Math.min(PART, Math.max(256, 2 ** Math.floor(Math.log2(Math.max(1, rows / 64)))))

/** The rows from `first` up to, but without, `end`. */
export function slice(pieces: readonly Piece[], first: number, end: number): Piece[] {
  const found: Piece[] = []
  let at = 0
  for (const piece of pieces) {
    const from = Math.max(first, at)
    const to = Math.min(end, at + piece.rows)
    if (from < to) found.push({ ...piece, from: piece.from + from - at, rows: to - from })
    at += piece.rows
  }
  return found
}

/** Joins runs that follow each other in one file. */
export function joined(pieces: readonly Piece[]): Piece[] {
  const found: Piece[] = []
  for (const piece of pieces) {
    const last = found.at(-1)
    if (
      last &&
      last.blob === piece.blob &&
      last.width === piece.width &&
      last.from + last.rows === piece.from
    )
      last.rows += piece.rows
    else if (piece.rows) found.push({ ...piece })
  }
  return found
}

export const rowsOf = (pieces: readonly Piece[]): number => pieces.reduce((sum, { rows }) => sum + rows, 0)

/** The type in which a column is read where its files may differ: an append may widen whole numbers to numbers. */
export function sqlType({ type, wide }: KeptColumn): string {
  if (type === 'integer') return wide ? 'DECIMAL(38, 0)' : 'BIGINT'
  return { float: 'DOUBLE', boolean: 'BOOLEAN', text: 'VARCHAR', date: 'DATE', timestamp: 'TIMESTAMP' }[type]
}

const fileSql = (store: Store, blob: Hash) =>
  `read_parquet(${literal(store.blobs.path(blob))}, file_row_number = true)`

/**
 * SQL of a relation of rows in their order: the columns, the split `s`, and `file_row_number` from 0 over all of them.
 * @param first index of the first column in the version
 */
export function relation(
  store: Store,
  pieces: readonly Piece[],
  columns: KeptColumn[],
  first: number,
): string {
  let at = 0
  const runs = pieces.map(({ blob, from, rows, of, width }) => {
    const cells = columns.map((column, nth) => {
      const c = `c${first + nth}`
      return `CAST(${first + nth < width ? c : 'NULL'} AS ${sqlType(column)}) AS ${c}`
    })
    const shift = at - from
    at += rows
    const which =
      from === 0 && rows === of ? '' : ` WHERE file_row_number BETWEEN ${from} AND ${from + rows - 1}`
    return `SELECT ${cells.join(', ')}, s, file_row_number + ${shift} AS file_row_number FROM ${fileSql(store, blob)}${which}`
  })
  if (!runs.length)
    return `(SELECT ${columns.map((column, nth) => `CAST(NULL AS ${sqlType(column)}) AS c${first + nth}`).join(', ')}, 0::TINYINT AS s, 0::BIGINT AS file_row_number WHERE false)`
  return `(${runs.join(' UNION ALL ')})`
}

/** SQL of a whole kept file, as it is. */
export const wholeFile = fileSql

/** @throws Failure not-found where a file of the workspace is gone */
export function assertThere(store: Store, blobs: readonly Hash[], title: string): void {
  for (const blob of blobs)
    if (!store.blobs.has(blob))
      throw fail(
        'not-found',
        `The rows of ${title} are missing from this workspace.`,
        'Import its file again, or copy the whole workspace folder again.',
      )
}
