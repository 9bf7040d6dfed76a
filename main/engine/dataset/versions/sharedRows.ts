import type { Piece } from './pieces.ts'
import { type KeptVersion, piecesOf } from './versions.ts'

/** Rows that two versions have in the same place of the same file: `from` on in the one, `to` on in the other. */
export interface SharedRun {
  from: number
  to: number
  rows: number
}

/** Runs of one group of columns; no row of either side is in two of them. */
function runsOf(before: readonly Piece[], after: readonly Piece[]): SharedRun[] {
  const runs: SharedRun[] = []
  const isFree = ({ from, to, rows }: SharedRun) =>
    runs.every(
      run =>
        (from + rows <= run.from || run.from + run.rows <= from) &&
        (to + rows <= run.to || run.to + run.rows <= to),
    )
  let to = 0
  for (const piece of after) {
    let from = 0
    for (const other of before) {
      if (other.blob === piece.blob && other.width === piece.width) {
        const first = Math.max(piece.from, other.from)
        const rows = Math.min(piece.from + piece.rows, other.from + other.rows) - first
        const run = { from: from + first - other.from, to: to + first - piece.from, rows }
        if (rows > 0 && isFree(run)) runs.push(run)
      }
      from += other.rows
    }
    to += piece.rows
  }
  return runs
}

/** What two lists of runs have in common. */
const both = (a: SharedRun[], b: SharedRun[]): SharedRun[] =>
  a.flatMap(one =>
    b.flatMap(other => {
      if (one.from - one.to !== other.from - other.to) return []
      const from = Math.max(one.from, other.from)
      const rows = Math.min(one.from + one.rows, other.from + other.rows) - from
      return rows > 0 ? [{ from, to: from - one.from + one.to, rows }] : []
    }),
  )

/**
 * Rows that two versions share, which need not be compared. None where a column has another name or place in one of
 * them than in the other: a file knows columns by their places only.
 */
export function sharedRows(before: KeptVersion, after: KeptVersion): SharedRun[] {
  const places = new Map(before.columns.map(({ name }, at) => [name, at]))
  if (after.columns.some(({ name }, at) => (places.get(name) ?? at) !== at)) return []
  if (before.columns.some(({ name }, at) => (after.columns[at]?.name ?? name) !== name)) return []
  const [older, newer] = [piecesOf(before), piecesOf(after)]
  const runs = older.slice(0, newer.length).map((pieces, nth) => runsOf(pieces, newer[nth] as Piece[]))
  return runs.length ? runs.reduce(both) : []
}
