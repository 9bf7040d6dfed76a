import { TILE_COLUMNS, TILE_ROWS } from '../simd/index.ts'
import type { Job } from './job.ts'

const FLOAT = 4
export const SCRATCH = TILE_ROWS * TILE_COLUMNS

/** What `packRight` is given, in order. Tables and steps are those of `packColumns`; `panels` are done `each` at once. */
export type PackRight = [
  ...[to: number, from: number, lanes: number, steps: number],
  ...[depth: number, panels: number, each: number],
]

/** Lays out panels of the right matrix of a product for `tile`. */
export const packRight: Job = ({ simd }, given, piece) => {
  const [to, from, lanes, steps, depth, panels, each] = given as unknown as PackRight
  const first = piece * each
  simd.packColumns(
    to + first * TILE_COLUMNS * FLOAT * depth,
    from,
    lanes + first * TILE_COLUMNS * FLOAT,
    steps,
    Math.min(each, panels - first),
    depth,
  )
}

/**
 * What `multiplyRows` is given, in order: the left matrix with its tables, as for `packRows`; the panels of the right one; the
 * product `[n, m]`, to which is added where `add` is not 0, `each` rows at once; and room for each thread: for the panels of so
 * many rows, `leftBytes`, and for one tile.
 */
export type MultiplyRows = [
  ...[from: number, rows: number, steps: number, right: number, depth: number],
  ...[to: number, n: number, m: number, add: number, each: number],
  ...[left: number, leftBytes: number, scratch: number],
]

/** Rows of a product: their panels are laid out, and each multiplied by all panels of the right matrix. */
export const multiplyRows: Job = ({ simd, memory, thread }, given, piece) => {
  const [from, rowsAt, stepsAt, right, depth, to, n, m, add, each, lefts, leftBytes, scratches] =
    given as unknown as MultiplyRows
  const top = piece * each
  const rows = Math.min(each, n - top)
  const left = lefts + thread * leftBytes
  const scratchAt = scratches + thread * SCRATCH * FLOAT
  simd.packRows(left, from, rowsAt + top * FLOAT, stepsAt, Math.ceil(rows / TILE_ROWS), depth)
  const scratch = new Float32Array(memory.buffer, scratchAt, SCRATCH)
  const out = new Float32Array(memory.buffer, to, n * m)
  for (let column = 0; column < m; column += TILE_COLUMNS) {
    const b = right + column * depth * FLOAT
    const columns = Math.min(TILE_COLUMNS, m - column)
    for (let row = 0; row < rows; row += TILE_ROWS) {
      const a = left + row * depth * FLOAT
      const place = (top + row) * m + column
      const inside = Math.min(TILE_ROWS, rows - row)
      if (columns === TILE_COLUMNS && inside === TILE_ROWS)
        simd.tile(a, b, to + place * FLOAT, depth, m * FLOAT, add)
      else {
        simd.tile(a, b, scratchAt, depth, TILE_COLUMNS * FLOAT, 0)
        take(scratch, out, place, m, inside, columns, add)
      }
    }
  }
}

/** Takes over the part of a tile that lies inside. */
function take(
  tile: Float32Array,
  out: Float32Array,
  place: number,
  stride: number,
  rows: number,
  columns: number,
  add: number,
): void {
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const at = place + row * stride + column
      const value = tile[row * TILE_COLUMNS + column] as number
      out[at] = add ? (out[at] as number) + value : value
    }
}

/** What `adamPiece` is given, in order: addresses as for `adam`, and how many quads, `each` at once. */
export type AdamPiece = [
  ...[out: number, weights: number, gradient: number, first: number, second: number],
  ...[constants: number, quads: number, each: number],
]

/** A step of Adam on some of the weights of a variable. */
export const adamPiece: Job = ({ simd }, given, piece) => {
  const [out, weights, gradient, first, second, constants, quads, each] = given as unknown as AdamPiece
  const from = piece * each
  const by = from * 16
  simd.adam(
    ...([out + by, weights + by, gradient + by, first + by, second + by] as const),
    ...([constants, Math.min(each, quads - from)] as const),
  )
}

export const JOBS: readonly Job[] = [packRight, multiplyRows, adamPiece]
