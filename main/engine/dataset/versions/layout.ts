import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { Hash } from '#contract'
import type { Store } from '../../store/index.ts'
import type { Session } from '../duck.ts'
import { type Built, GROUP, type KeptColumn } from '../files/build.ts'
import { copySql } from './copy.ts'
import { joined, MOST_PIECES, type Piece, relation, rowsOf } from './pieces.ts'

/** A run of rows of a version in the making: of a file that is kept, or of one that is yet to be. */
export type Draft = Omit<Piece, 'blob'> & ({ blob: Hash } | { file: string })

/** Where the rows of a version lie, and what that costs. */
export interface Kept {
  blobs: Hash[]
  groups?: Piece[][]
  /** Of files that were written for it. */
  bytes: number
  /** Of the rows that it shares with earlier versions. */
  shared: number
}

/** Index of the column after the last of a group. */
export const widthOf = (nth: number, columns: number): number => Math.min(columns, (nth + 1) * GROUP)

/** Drafts of freshly read files, one a group. */
export const fresh = ({ files, rows, columns }: Pick<Built, 'files' | 'rows' | 'columns'>): Draft[][] =>
  files.map((file, nth) => [{ file, from: 0, rows, of: rows, width: widthOf(nth, columns.length) }])

/**
 * Moves new files into the workspace. Whoever calls it drops `made` where the work then fails.
 * @param made is filled with the files as they are kept
 */
export async function keep(
  store: Store,
  drafts: Draft[][],
  made: Hash[],
  signal: AbortSignal,
): Promise<Kept> {
  const kept = new Map<string, Hash>()
  let bytes = 0
  for (const draft of drafts.flat()) {
    if (!('file' in draft) || kept.has(draft.file)) continue
    const put = await store.blobs.putFile(draft.file, { move: true, signal })
    made.push(put.hash)
    kept.set(draft.file, put.hash)
    bytes += put.bytes
  }
  const groups = drafts.map(group =>
    group.map(
      ({ from, rows, of, width, ...where }): Piece => ({
        blob: 'file' in where ? (kept.get(where.file) as Hash) : where.blob,
        from,
        rows,
        of,
        width,
      }),
    ),
  )
  const blobs = [...new Set(groups.flat().map(({ blob }) => blob))]
  const isFresh = drafts.every(group => group.length === 1 && group.every(draft => 'file' in draft))
  const mine = new Set(made)
  const shared = groups
    .flat()
    .filter(({ blob }) => !mine.has(blob))
    .reduce((sum, { blob, rows, of }) => sum + (statSync(store.blobs.path(blob)).size * rows) / of, 0)
  return {
    blobs: isFresh ? groups.map(([piece]) => piece?.blob as Hash) : blobs,
    groups: isFresh ? undefined : groups,
    bytes,
    shared: Math.round(shared),
  }
}

/** Where many runs would make reading slow, the neighbors with the fewest rows are written anew as one. */
export async function compact(
  session: Session,
  store: Store,
  pieces: Piece[],
  columns: KeptColumn[],
  options: { nth: number; folder: string },
): Promise<Draft[]> {
  const runs = joined(pieces)
  if (runs.length < MOST_PIECES) return runs
  const many = MOST_PIECES / 2
  const sums = runs.slice(0, runs.length - many + 1).map((_, at) => rowsOf(runs.slice(at, at + many)))
  const at = sums.indexOf(Math.min(...sums))
  const { nth, folder } = options
  const file = join(folder, `joined-${nth}.parquet`)
  const rows = sums[at] as number
  const width = widthOf(nth, columns.length)
  const mine = columns.slice(nth * GROUP, width)
  await session.run(
    copySql(
      `SELECT * EXCLUDE (file_row_number) FROM ${relation(store, runs.slice(at, at + many), mine, nth * GROUP)}`,
      file,
      mine.length,
      'zstd',
    ),
  )
  return [...runs.slice(0, at), { file, from: 0, rows, of: rows, width }, ...runs.slice(at + many)]
}
