import type { Cell } from '#contract'
import { fail } from '../../kit/index.ts'
import type { FeatureSpec, InputType } from '../spec.ts'

/** How one kind of feature is written into encoded rows. To know a new kind, add a file here and a line in `index.ts`. */
export interface Kind<S extends FeatureSpec> {
  /** Columns that a feature takes in an encoded row. */
  width(spec: S): number
  /**
   * Writes a feature of all rows into `out`, which is zero there; row `r` begins at `offset + r * stride`.
   * @param columns cells of each column that the feature is made of
   * @param types of these columns
   * @throws Failure `bad-input` for a cell of a wrong type
   */
  encode(
    spec: S,
    columns: readonly (readonly Cell[])[],
    types: readonly InputType[],
    out: Float32Array,
    offset: number,
    stride: number,
  ): void
}

/** A kind that is made of one column. */
export const single = <S extends FeatureSpec>(
  width: (spec: S) => number,
  encode: (spec: S, cells: readonly Cell[], out: Float32Array, offset: number, stride: number) => void,
): Kind<S> => ({
  width,
  encode: (spec, columns, _, out, offset, stride) =>
    encode(spec, columns[0] as readonly Cell[], out, offset, stride),
})

/** Reads a column for a fit, then says what it is, or in words why it says nothing. */
export interface Fitter {
  add(cells: readonly Cell[]): void
  finish(): FeatureSpec | string
}

/** What an instance must bring for a column, in words. */
export const EXPECTS: Record<InputType, string> = {
  integer: 'a number',
  float: 'a number',
  text: 'a text',
  boolean: 'true or false',
  date: 'a date such as "2024-05-31"',
  timestamp: 'a time such as "2024-05-31T14:00:00Z"',
  image: 'a picture as lists of values from 0 to 255, or as {"b64": …} of its bytes or of a PNG or JPEG file',
}

/** Why nothing is to be learned from a column, in words. */
export const IDLE = { empty: 'it has no values', same: 'all its values are the same' } as const

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

/** Writes a place as one whole number, or as 1 in the column of the place; below 0 there is none. */
export function writePlace(as: 'index' | undefined, place: number, out: Float32Array, at: number): void {
  if (as) out[at] = place
  else if (place >= 0) out[at + place] = 1
}
