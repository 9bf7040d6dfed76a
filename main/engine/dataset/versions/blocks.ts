import type { Split } from '#contract'
import type { Session } from '../duck.ts'
import { SPLITS } from './split.ts'

/** Rows are counted by split in blocks of so many, so that a page of one split is found without reading what is before it. */
export const BLOCK = 16_384

/** What is counted of rows when they are kept. */
export interface Counted {
  rows: number
  splits: Record<Split, number>
  /** Rows of train, eval and test in each block. */
  blocks: number[][]
}

/** @param from SQL of a relation with `s` and `file_row_number` */
export async function countBlocks(session: Session, from: string): Promise<Counted> {
  const counted = await session.rows<{ block: number; s: number | null; n: number }>(
    `SELECT file_row_number // ${BLOCK} AS block, s, count(*) AS n FROM ${from} GROUP BY ALL ORDER BY ALL`,
  )
  const rows = counted.reduce((sum, { n }) => sum + n, 0)
  const blocks = Array.from({ length: Math.ceil(rows / BLOCK) }, () => SPLITS.map(() => 0))
  const splits: Record<Split, number> = { train: 0, eval: 0, test: 0 }
  for (const { block, s, n } of counted)
    if (s !== null) {
      const counts = blocks[block]
      if (counts) counts[s] = n
      splits[SPLITS[s] as Split] += n
    }
  return { rows, splits, blocks }
}
