import { join } from 'node:path'
import type { Store } from '../store/index.ts'
import { type Built, GROUP, type KeptColumn } from './build.ts'
import { copySql } from './copy.ts'
import { literal, type Session } from './duck.ts'
import { type Draft, fresh, widthOf } from './layout.ts'
import { joined, MOST_PIECES, type Piece, partRows, relation, slice, sqlType } from './pieces.ts'
import { type KeptVersion, piecesOf } from './versions.ts'

/** A run of rows between two cuts, by what is in it. */
interface Chunk {
  from: number
  rows: number
  digest: string
}

/**
 * Cuts rows where their content says so: after each row whose hash is divisible by about the rows of a part. Rows that
 * come or go move the cuts beside them only, so all other chunks of two versions are the same.
 * @param cells SQL of the cells and the split, of one type in both versions
 */
async function chunksOf(session: Session, from: string, cells: string[], part: number): Promise<Chunk[]> {
  const rows = await session.rows<{ first: number; n: number; digest: string }>(
    `SELECT min(i) AS "first", count(*) AS n,
       concat_ws(' ', count(*), bit_xor(h), sum(h % 4294967291)) AS digest
     FROM (SELECT i, h, sum(CASE WHEN before % ${part} = 0 THEN 1 ELSE 0 END) OVER (ROWS UNBOUNDED PRECEDING) AS k
       FROM (SELECT i, h, lag(h, 1, 1) OVER () AS before
         FROM (SELECT file_row_number AS i, hash(${cells.join(', ')}) AS h FROM ${from})))
     GROUP BY k ORDER BY "first"`,
  )
  return rows.map(({ first, n, digest }) => ({ from: first, rows: n, digest }))
}

/** A run of the new rows that the old ones have too. */
interface Match {
  from: number
  old: number
  rows: number
}

/** Matches chunks of equal digest, and joins matches that follow each other on both sides. */
export function matchChunks(before: Chunk[], after: Chunk[]): Match[] {
  const places = new Map<string, number[]>()
  for (const [at, { digest }] of before.entries()) places.set(digest, [...(places.get(digest) ?? []), at])
  const matches: Match[] = []
  let next = 0
  for (const { from, rows, digest } of after) {
    const there = places.get(digest)
    if (!there) continue
    const at = there.includes(next) ? next : (there.find(place => place > next) ?? (there[0] as number))
    next = at + 1
    const old = before[at] as Chunk
    const last = matches.at(-1)
    if (last && last.from + last.rows === from && last.old + last.rows === old.from) last.rows += rows
    else matches.push({ from, old: old.from, rows })
  }
  return matches
}

/**
 * Lays out freshly read rows so that those that an earlier version has are not kept again. Columns must be the same in
 * name, order and type; of a group of columns where they are not, all rows are kept.
 */
export async function share(
  session: Session,
  store: Store,
  built: Pick<Built, 'files' | 'rows' | 'columns'>,
  earlier: KeptVersion,
  folder: string,
): Promise<Draft[][]> {
  const drafts = fresh(built)
  const older = piecesOf(earlier)
  if (!earlier.blobs.every(store.blobs.has)) return drafts
  const part = partRows(Math.min(earlier.version.rows, built.rows))
  for (const [nth, file] of built.files.entries()) {
    const mine = built.columns.slice(nth * GROUP, widthOf(nth, built.columns.length))
    const theirs = earlier.columns.slice(nth * GROUP, widthOf(nth, earlier.columns.length))
    const pieces = older[nth]
    if (!pieces || mine.length !== theirs.length || mine.some((column, at) => !alike(column, theirs[at])))
      continue
    const shared = await shareGroup(session, store, {
      file,
      columns: mine,
      pieces,
      nth,
      rows: built.rows,
      part,
      folder,
    })
    if (shared) drafts[nth] = shared
  }
  return drafts
}

const alike = (a: KeptColumn, b: KeptColumn | undefined) => a.name === b?.name && sqlType(a) === sqlType(b)

interface GroupToShare {
  file: string
  columns: KeptColumn[]
  pieces: Piece[]
  nth: number
  rows: number
  part: number
  folder: string
}

async function shareGroup(session: Session, store: Store, group: GroupToShare): Promise<Draft[] | null> {
  const { file, columns, pieces, nth, rows, part, folder } = group
  const names = columns.map((_, at) => `c${nth * GROUP + at}`)
  const read = `read_parquet(${literal(file)}, file_row_number = true)`
  const typed = columns.map((column, at) => `CAST(${names[at]} AS ${sqlType(column)}) AS ${names[at]}`)
  const after = `(SELECT ${typed.join(', ')}, s, file_row_number FROM ${read})`
  const before = relation(store, pieces, columns, nth * GROUP)
  const cells = [...names, 's']
  const found = matchChunks(
    await chunksOf(session, before, cells, part),
    await chunksOf(session, after, cells, part),
  )
  const matches: Match[] = []
  // Equal digests say that rows are most likely equal; only what is equal cell by cell is shared.
  for (const match of found.sort((a, b) => b.rows - a.rows).slice(0, MOST_PIECES / 4))
    if (await areEqual(session, before, after, cells, match)) matches.push(match)
  if (rowsOfMatches(matches) < rows / 8) return null
  matches.sort((a, b) => a.from - b.from)
  const drafts: Draft[] = []
  const width = nth * GROUP + columns.length
  const gaps: [number, number][] = []
  let at = 0
  let written = 0
  const total = rows - rowsOfMatches(matches)
  const path = join(folder, `new-${nth}.parquet`)
  const gap = (end: number) => {
    if (end <= at) return
    gaps.push([at, end - 1])
    drafts.push({ file: path, from: written, rows: end - at, of: total, width })
    written += end - at
  }
  for (const { from, old, rows: many } of matches) {
    gap(from)
    drafts.push(...slice(pieces, old, old + many))
    at = from + many
  }
  gap(rows)
  if (gaps.length) {
    const which = gaps.map(([first, last]) => `file_row_number BETWEEN ${first} AND ${last}`).join(' OR ')
    await session.run(
      copySql(`SELECT ${names.join(', ')}, s FROM ${read} WHERE ${which}`, path, names.length, 'zstd'),
    )
  }
  if (drafts.length > MOST_PIECES) return null
  return drafts.every(draft => 'blob' in draft) ? joined(drafts as Piece[]) : drafts
}

const rowsOfMatches = (matches: Match[]) => matches.reduce((sum, { rows }) => sum + rows, 0)

async function areEqual(
  session: Session,
  before: string,
  after: string,
  cells: string[],
  { from, old, rows }: Match,
): Promise<boolean> {
  const part = (relation: string, first: number, as: string) =>
    `(SELECT ${cells.map(cell => `${cell} AS ${as}${cell}`).join(', ')} FROM ${relation} WHERE file_row_number BETWEEN ${first} AND ${first + rows - 1})`
  const [counted] = await session.rows<{ n: number }>(
    `SELECT count(*) AS n FROM ${part(before, old, 'old_')} POSITIONAL JOIN ${part(after, from, 'new_')}
     WHERE ${cells.map(cell => `old_${cell} IS NOT DISTINCT FROM new_${cell}`).join(' AND ')}`,
  )
  return counted?.n === rows
}
