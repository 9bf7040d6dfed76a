import type { Cell } from '#contract'
import type { BucketsFeature, VocabularyFeature } from '../spec.ts'
import { EXPECTS, type Fitter, IDLE, wrongType } from './kind.ts'
import { BIG_INTEGER } from './number.ts'

/** Values that get a column of their own. */
const VOCABULARY = 100
/** A vocabulary that leaves out more than this share of the rows says too little; buckets take its place. */
const COVERED = 0.8
const BUCKETS = 64
/** Different values that are counted before a column is known to have very many. */
const COUNTED = 10_000
/** A column where more than this share of the values are different names rows and does not describe them. */
const DIFFERENT = 0.5
/** With so few different values the share says nothing. */
const FEW = 20

/** What a category may be read from. */
export type TextType = 'text' | 'boolean' | 'integer' | 'float'

/** The category in a cell: a text, `true` or `false`, a number as JavaScript writes it; null where it is missing. */
export function textIn(cell: Cell | undefined, name: string, type: TextType, row: number): string | null {
  if (cell === null || cell === undefined) return null
  if (typeof cell === 'string') {
    if (type === 'text' || ((type === 'integer' || type === 'float') && BIG_INTEGER.test(cell))) return cell
  } else if (type === 'boolean') {
    if (typeof cell === 'boolean') return String(cell)
  } else if (type !== 'text' && typeof cell === 'number') return Number.isFinite(cell) ? String(cell) : null
  throw wrongType(name, row, EXPECTS[type], cell)
}

/** Code unit order, the same in every locale. */
export const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

export function fitText(name: string, type: 'text' | 'boolean'): Fitter {
  const counts = new Map<string, number>()
  let present = 0
  let missing = 0
  /** Values seen when the count of different ones was given up. */
  let gaveUpAt: number | null = null
  return {
    add(cells) {
      for (let row = 0; row < cells.length; row++) {
        const text = textIn(cells[row], name, type, row)
        if (text === null) {
          missing++
          continue
        }
        present++
        const count = counts.get(text)
        if (count !== undefined) counts.set(text, count + 1)
        else if (gaveUpAt === null) {
          counts.set(text, 1)
          if (counts.size > COUNTED) gaveUpAt = present
        }
      }
    },
    finish(): VocabularyFeature | BucketsFeature | string {
      if (present === 0) return IDLE.empty
      if (counts.size === 1 && missing === 0) return IDLE.same
      if (counts.size > FEW && counts.size > DIFFERENT * (gaveUpAt ?? present))
        return 'nearly every row has a value of its own'
      const frequent = [...counts].sort(([a, n], [b, m]) => m - n || byCodeUnit(a, b)).slice(0, VOCABULARY)
      const covered = frequent.reduce((sum, [, count]) => sum + count, 0)
      if (counts.size > VOCABULARY && (gaveUpAt !== null || covered < COVERED * present))
        return { kind: 'buckets', name, type: 'text', buckets: BUCKETS, missing: missing > 0 }
      return {
        kind: 'vocabulary',
        name,
        type,
        values: frequent.map(([value]) => value),
        other: covered < present,
        missing: missing > 0,
      }
    },
  }
}
