import type { Cell } from '#contract'
import { imageOf, imageSize } from './kinds/image.ts'
import { inputsOf, type TransformSpec } from './spec.ts'

/** JSON can only write null for a number that is not finite, so it counts as missing everywhere. */
export const isMissing = (cell: Cell | undefined): boolean =>
  cell === null || cell === undefined || (typeof cell === 'number' && !Number.isFinite(cell))

/** A column with the filling in place of what is missing. */
export const filled = (cells: readonly Cell[], fill: Cell): readonly Cell[] =>
  cells.some(isMissing) ? cells.map(cell => (isMissing(cell) ? fill : cell)) : cells

/** Writes 1 where a cell is missing. */
export function markMissing(cells: readonly Cell[], out: Float32Array, offset: number, stride: number): void {
  for (let row = 0, at = offset; row < cells.length; row++, at += stride)
    if (isMissing(cells[row])) out[at] = 1
}

/**
 * The rows that have a value in each of these columns; null where all have.
 * @param columns cells by column
 */
export function completeRows(columns: readonly (readonly Cell[])[], rows: number): number[] | null {
  if (!columns.some(cells => cells.some(isMissing))) return null
  const complete: number[] = []
  for (let row = 0; row < rows; row++) if (columns.every(cells => !isMissing(cells[row]))) complete.push(row)
  return complete
}

/** The columns without a value in which a row is neither trained on nor answered. */
export const requiredOf = (spec: TransformSpec): string[] =>
  inputsOf(spec)
    .filter(input => input.required)
    .map(input => input.name)

/** An instance with nothing known but what is required, to try a model with; a picture is black. */
export function blankInstance(spec: TransformSpec): Record<string, unknown> {
  const image = imageOf(spec)
  if (image) return { [image.name]: new Uint8Array(imageSize(image)) }
  return Object.fromEntries(
    inputsOf(spec).map(({ name, required, example }) => [name, required ? (example ?? null) : null]),
  )
}
