import type { Cell } from '#contract'
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
 * The rows that have a value wherever one is required; null where all have.
 * @param columns cells by column
 * @param required whether each column is required
 */
export function completeRows(
  columns: readonly (readonly Cell[])[],
  required: readonly boolean[],
  rows: number,
): number[] | null {
  const wanted = columns.filter((_, i) => required[i])
  if (!wanted.some(cells => cells.some(isMissing))) return null
  const complete: number[] = []
  for (let row = 0; row < rows; row++) if (wanted.every(cells => !isMissing(cells[row]))) complete.push(row)
  return complete
}

/** The rows that a model trains on and answers; null: all of them. @param columns in the order of the inputs */
export const usableRows = (
  spec: TransformSpec,
  columns: readonly (readonly Cell[])[],
  rows: number,
): number[] | null =>
  completeRows(
    columns,
    inputsOf(spec).map(input => input.required === true),
    rows,
  )

/** An instance with nothing known but what is required, to try a model with. */
export const blankInstance = (spec: TransformSpec): Record<string, Cell> =>
  Object.fromEntries(
    inputsOf(spec).map(({ name, required, example }) => [name, required ? (example ?? null) : null]),
  )
