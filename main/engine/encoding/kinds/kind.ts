import type { Cell } from '#contract'
import { fail } from '../../kit/index.ts'
import type { FeatureSpec } from '../spec.ts'

/** How one kind of feature is written into encoded rows. To know a new kind, add a file here and a line in `index.ts`. */
export interface Kind<S extends FeatureSpec> {
  /** Columns that a feature takes in an encoded row. */
  width(spec: S): number
  /** What an instance must bring, in words: `a number`. */
  expects(spec: S): string
  /**
   * Writes a feature of all rows into `out`, which is zero there; row `r` begins at `offset + r * stride`.
   * @throws Failure `bad-input` for a cell of a wrong type
   */
  encode(spec: S, cells: readonly Cell[], out: Float32Array, offset: number, stride: number): void
}

/** Reads a column for a fit, then says what it is, or in words why it says nothing. */
export interface Fitter {
  add(cells: readonly Cell[]): void
  finish(): FeatureSpec | string
}

/** The failure for a cell that is not what the feature takes. */
export function wrongType(feature: string, row: number, expects: string, cell: unknown) {
  return fail(
    'bad-input',
    `Row ${row + 1}: the feature "${feature}" takes ${expects}, and not ${shown(cell)}.`,
    `Send ${expects} for "${feature}", or null where it is not known.`,
  )
}

function shown(cell: unknown): string {
  if (typeof cell === 'string') {
    const text = cell.length > 40 ? `${cell.slice(0, 40)}…` : cell
    return `the text ${JSON.stringify(text)}`
  }
  if (Array.isArray(cell)) return 'a list'
  if (typeof cell === 'object') return 'an object'
  return `${typeof cell === 'boolean' ? 'the boolean' : 'the number'} ${String(cell)}`
}
