import type { Hash } from '#contract'
import { canonicalJson, hashOf } from '../../kit/index.ts'
import type { Store } from '../../store/index.ts'
import type { Duck } from '../duck.ts'
import { countRows, pieceGroups, type Table, tableOf } from '../rows/table.ts'
import { slice } from './pieces.ts'
import { type KeptVersion, piecesOf } from './versions.ts'

/** A part of a version that other versions may share, so that what was computed of it can be kept by its id. */
export interface Part {
  /** Hash of what its rows are: the same part of another version has the same id. */
  id: Hash
  /** The number of its first row in the version. */
  from: number
  rows: number
  /** Its rows, numbered from 0; its subject is the part's id. */
  table: Table
}

/** Rows of a part, at most: few parts to merge, and little to compute anew where one row changes. */
const PART_OF_VERSION = 1 << 18

/**
 * The parts of a version, in order. They end where kept files end and at multiples of 262,144 rows within them, so that
 * an append leaves all parts but new ones as they were, and a mended row changes one.
 */
export async function partsOf(
  kept: KeptVersion,
  { store, duck, signal }: { store: Store; duck: Duck; signal?: AbortSignal },
): Promise<Part[]> {
  const whole = tableOf(kept, store, duck)
  const groups = piecesOf(kept)
  const ends = new Set<number>([kept.version.rows])
  for (const pieces of groups) {
    let at = 0
    for (const { from, rows } of pieces) {
      for (
        let cut = (Math.floor(from / PART_OF_VERSION) + 1) * PART_OF_VERSION;
        cut < from + rows;
        cut += PART_OF_VERSION
      )
        ends.add(at + cut - from)
      at += rows
      ends.add(at)
    }
  }
  const cuts = [...ends].sort((a, b) => a - b)
  const parts: Part[] = []
  let from = 0
  for (const end of cuts) {
    const mine = groups.map(pieces => slice(pieces, from, end))
    const id = hashOf(
      canonicalJson({
        columns: kept.columns.map(({ name, type, wide }) => [name, type, wide]),
        pieces: mine.map(pieces => pieces.map(({ blob, from, rows, width }) => [blob, from, rows, width])),
      }),
    )
    const table = { ...whole, subject: id, groups: pieceGroups(store, whole.columns, mine) }
    parts.push({
      id,
      from,
      rows: end - from,
      table: { ...table, ...(await countRows(table, table.groups[0]?.from ?? '', signal)) },
    })
    from = end
  }
  return parts
}
