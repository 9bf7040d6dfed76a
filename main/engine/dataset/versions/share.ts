import { join } from 'node:path'
import type { Store } from '../../store/index.ts'
import { literal, type Session } from '../duck.ts'
import { type Built, GROUP, type KeptColumn } from '../files/build.ts'
import { copySql } from './copy.ts'
import { type Draft, fresh as freshly, widthOf } from './layout.ts'
import { MOST_PIECES, type Piece, partRows, relation, slice, sqlType } from './pieces.ts'
import { type KeptVersion, piecesOf } from './versions.ts'

/** A run of rows between two cuts, by what is in it. */
interface Chunk {
  from: number
  rows: number
  digest: string
}

/**
 * Cuts rows where their content says so: before each row whose hash is divisible by about the rows of a part. Rows that
 * come or go move the cuts beside them only, so all other chunks of two versions are the same.
 * @param cells SQL of the cells and the split, of one type in both versions
 */
async function chunksOf(session: Session, from: string, cells: string[], part: number): Promise<Chunk[]> {
  const rows = await session.rows<{ first: number; n: number; digest: string }>(
    `SELECT min(i) AS "first", count(*) AS n, concat_ws(' ', count(*), bit_xor(h), sum(h % 4294967291)) AS digest
     FROM (SELECT i, h, sum(CASE WHEN h % ${part} = 0 THEN 1 ELSE 0 END) OVER (ROWS UNBOUNDED PRECEDING) AS k
       FROM (SELECT file_row_number AS i, hash(${cells.join(', ')}) AS h FROM ${from}))
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

/** Where so many rows are shared, no other version is looked at. */
const ENOUGH = 0.9

/**
 * Lays out freshly read rows so that those that an earlier version has are not kept again. Columns must be the same in
 * name, order and type; of a group of columns where they are not, all rows are kept.
 * @param earlier versions to look at, the most promising first
 */
export async function share(
  session: Session,
  store: Store,
  built: Pick<Built, 'files' | 'rows' | 'columns'>,
  earlier: KeptVersion[],
  folder: string,
): Promise<Draft[][]> {
  const drafts = freshly(built)
  for (const [nth, file] of built.files.entries()) {
    const columns = built.columns.slice(nth * GROUP, widthOf(nth, built.columns.length))
    let most = 0
    const part = partRows(built.rows)
    const fresh = freshRows(file, columns, nth)
    let chunks: Chunk[] | undefined
    for (const [at, version] of earlier.entries()) {
      const theirs = version.columns.slice(nth * GROUP, widthOf(nth, version.columns.length))
      const pieces = piecesOf(version)[nth]
      if (!pieces || columns.length !== theirs.length || !version.blobs.every(store.blobs.has)) continue
      if (columns.some((column, place) => !alike(column, theirs[place]))) continue
      const to = join(folder, `new-${nth}-${at}.parquet`)
      chunks ??= await chunksOf(session, fresh.typed, fresh.cells, part)
      const laid = await shareGroup(session, store, {
        fresh,
        chunks,
        columns,
        pieces,
        nth,
        rows: built.rows,
        part,
        to,
      })
      const shared = laid?.reduce((sum, draft) => sum + ('blob' in draft ? draft.rows : 0), 0) ?? 0
      if (!laid || shared <= most) continue
      most = shared
      drafts[nth] = laid
      if (most >= built.rows * ENOUGH) break
    }
  }
  return drafts
}

const alike = (a: KeptColumn, b: KeptColumn | undefined) => a.name === b?.name && sqlType(a) === sqlType(b)

/** A freshly read file, as it is and in the types that both sides are compared in. */
function freshRows(file: string, columns: KeptColumn[], nth: number) {
  const names = columns.map((_, at) => `c${nth * GROUP + at}`)
  const read = `read_parquet(${literal(file)}, file_row_number = true)`
  const cells = columns.map((column, at) => `CAST(${names[at]} AS ${sqlType(column)}) AS ${names[at]}`)
  const typed = `(SELECT ${cells.join(', ')}, s, file_row_number FROM ${read})`
  return { read, typed, cells: [...names, 's'] }
}

interface GroupToShare {
  fresh: ReturnType<typeof freshRows>
  chunks: Chunk[]
  columns: KeptColumn[]
  pieces: Piece[]
  nth: number
  rows: number
  part: number
  /** Where new rows are written. */
  to: string
}

async function shareGroup(session: Session, store: Store, group: GroupToShare): Promise<Draft[] | null> {
  const { fresh, chunks, columns, pieces, nth, rows, part, to } = group
  const { read, typed, cells } = fresh
  const before = relation(store, pieces, columns, nth * GROUP)
  const theirs = ({ old, rows }: Match) =>
    relation(store, slice(pieces, old, old + rows), columns, nth * GROUP)
  const found = matchChunks(await chunksOf(session, before, cells, part), chunks)
  const matches: Match[] = []
  // Equal digests say that rows are most likely equal; only what is equal cell by cell is shared.
  for (const match of found.sort((a, b) => b.rows - a.rows).slice(0, MOST_PIECES / 2))
    if (await areEqual(session, theirs(match), typed, cells, match)) matches.push(match)
  let laid = layMatches(matches, pieces, rows)
  // Too many runs would make reading slow, so the shortest matches are kept anew.
  while (laid.length > MOST_PIECES && matches.pop()) laid = layMatches(matches, pieces, rows)
  if (rowsOfMatches(matches) < rows / 8) return null
  const gaps = laid.flatMap(run => ('gap' in run ? [run] : []))
  if (gaps.length) {
    const which = gaps
      .map(({ gap, rows }) => `file_row_number BETWEEN ${gap} AND ${gap + rows - 1}`)
      .join(' OR ')
    await session.run(
      copySql(`SELECT ${cells.join(', ')} FROM ${read} WHERE ${which}`, to, columns.length, 'zstd'),
    )
  }
  const of = gaps.reduce((sum, run) => sum + run.rows, 0)
  const width = nth * GROUP + columns.length
  return laid.map(run => ('gap' in run ? { file: to, from: run.from, rows: run.rows, of, width } : run))
}

/** Rows that are not matched: where they are among the new rows, and where among those that are written. */
interface Gap {
  gap: number
  from: number
  rows: number
}

function layMatches(matches: Match[], pieces: Piece[], rows: number): (Piece | Gap)[] {
  const laid: (Piece | Gap)[] = []
  let at = 0
  let written = 0
  const gap = (end: number) => {
    if (end <= at) return
    laid.push({ gap: at, from: written, rows: end - at })
    written += end - at
  }
  for (const { from, old, rows: many } of matches.toSorted((a, b) => a.from - b.from)) {
    gap(from)
    laid.push(...slice(pieces, old, old + many))
    at = from + many
  }
  gap(rows)
  return laid
}

const rowsOfMatches = (matches: Match[]) => matches.reduce((sum, { rows }) => sum + rows, 0)

/** Whether old rows are, cell by cell, the new ones of a match. */
async function areEqual(
  session: Session,
  old: string,
  after: string,
  cells: string[],
  { from, rows }: Match,
): Promise<boolean> {
  const named = (as: string) => cells.map(cell => `${cell} AS ${as}${cell}`).join(', ')
  const [counted] = await session.rows<{ n: number }>(
    `SELECT count(*) AS n FROM (SELECT ${named('old_')} FROM ${old})
     POSITIONAL JOIN (SELECT ${named('new_')} FROM ${after} WHERE file_row_number BETWEEN ${from} AND ${from + rows - 1})
     WHERE ${cells.map(cell => `old_${cell} IS NOT DISTINCT FROM new_${cell}`).join(' AND ')}`,
  )
  return counted?.n === rows
}
