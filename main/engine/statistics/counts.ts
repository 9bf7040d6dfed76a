import type { Session } from '../dataset/index.ts'
import type { Bins } from './bins.ts'
import type { Kind } from './kinds.ts'

/**
 * The parts of the rows that figures are of: all, then train, eval and test. `n`, `n0`, `n1`, `n2` count a value in them.
 */
export const PARTS = ['n', 'n0', 'n1', 'n2'] as const
export type Part = (typeof PARTS)[number]
/** Only all rows; where each slice is counted as a feature of its own. */
export const WHOLE = PARTS.slice(0, 1)

/** SQL of rows `f` (the feature's place), `s` (the split), `v` (the value) and, where rows weigh, `w`. */
export interface Cells {
  sql: string
  kind: Kind
  parts: readonly Part[]
  weighted: boolean
}

export const eachPart = (parts: readonly Part[], sql: (n: Part, part: number) => string): string =>
  parts.map(sql).join(', ')

const SPLIT_OF: Record<Part, number | null> = { n: null, n0: 0, n1: 1, n2: 2 }

/** SQL of how often a value is there in a part, or of what those rows weigh. */
function countOf(part: Part, weighted: boolean): string {
  const split = SPLIT_OF[part]
  if (weighted) return `COALESCE(fsum(w)${split === null ? '' : ` FILTER (s = ${split})`}, 0.0::DOUBLE)`
  // `count_if` is much faster than a filter.
  return `CAST(${split === null ? 'count(*)' : `count_if(s = ${split})`} AS UINTEGER)`
}

/**
 * SQL that counts each different value of each feature once: `f`, `v` and how often it is there in each part, or what
 * the rows with it weigh. All figures come out of it, exactly; DuckDB spills it where memory ends.
 */
export const countingSql = ({ sql, parts, weighted }: Cells): string =>
  `SELECT f, v, ${eachPart(parts, n => `${countOf(n, weighted)} AS ${n}`)} FROM (${sql}) WHERE v IS NOT NULL GROUP BY f, v`

/** Counts into the temporary table `g` of the session. */
export async function countValues(session: Session, cells: Cells): Promise<void> {
  await session.run(`CREATE OR REPLACE TEMP TABLE g AS ${countingSql(cells)}`)
}

/** What the table `g` holds, and how much is to be known of it. */
export interface Counted {
  kind: Kind
  parts: readonly Part[]
  /** Rows, or their weight, of a feature in a part. */
  rows(feature: number, part: number): number
  /** How many features there are; their places are `f`. */
  features: number
  /** Bins that are given; default: those of the values themselves. */
  bins?(feature: number): Bins
  /** Values that a sketch holds at most. */
  most: number
}
