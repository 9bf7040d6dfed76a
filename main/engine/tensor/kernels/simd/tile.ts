import { I32, op, V128, type WasmFunction } from './assembler.ts'

/** Rows and columns of a tile: twelve sums, two vectors of b and one of a fill the registers of x64. */
export const TILE_ROWS = 6
export const TILE_COLUMNS = 8

const UNROLLED = 4
const FLOAT = 4

/**
 * `tile(a, b, c, depth, stride, add)`: a tile of a product, `c[i][j] = sum over k of a[k][i] b[k][j]`, added to c where
 * `add` is not 0. a and b are panels: for each k their 6 and 8 numbers side by side. `stride` is bytes from row to row of c.
 * @param multiplyAdd a b + c
 */
export function tile(multiplyAdd: typeof op.multiplyAdd): WasmFunction {
  const [a, b, c, depth, stride, add, count] = [0, 1, 2, 3, 4, 5, 6]
  const [left, right, factor, sums] = [7, 8, 9, 10]
  const sum = (row: number, half: number) => sums + row * 2 + half
  const rows = [...Array(TILE_ROWS).keys()]
  const both = [0, 1]
  const one = (k: number) => [
    ...op.set(left, op.load(op.get(b), k * TILE_COLUMNS * FLOAT)),
    ...op.set(right, op.load(op.get(b), k * TILE_COLUMNS * FLOAT + 16)),
    ...rows.flatMap(row => [
      ...op.set(factor, op.loadSplat(op.get(a), (k * TILE_ROWS + row) * FLOAT)),
      ...both.flatMap(half =>
        op.set(
          sum(row, half),
          multiplyAdd(op.get(factor), op.get(half ? right : left), op.get(sum(row, half))),
        ),
      ),
    ]),
  ]
  const several = (steps: number) => [
    ...[...Array(steps).keys()].flatMap(one),
    ...op.advance(a, op.int(steps * TILE_ROWS * FLOAT)),
    ...op.advance(b, op.int(steps * TILE_COLUMNS * FLOAT)),
  ]
  const write = (value: (row: number, half: number) => number[]) =>
    rows.flatMap(row => [
      ...both.flatMap(half => op.store(op.get(c), value(row, half), half * 16)),
      ...op.advance(c, op.get(stride)),
    ])
  return {
    name: 'tile',
    parameters: 6,
    locals: [
      { type: I32, count: 1 },
      { type: V128, count: 3 + TILE_ROWS * 2 },
    ],
    body: [
      ...op.set(count, op.shiftRight(op.get(depth), Math.log2(UNROLLED))),
      ...op.times(count, several(UNROLLED)),
      ...op.set(count, op.bits(op.get(depth), UNROLLED - 1)),
      ...op.times(count, several(1)),
      ...op.choose(
        op.get(add),
        write((row, half) => op.add(op.get(sum(row, half)), op.load(op.get(c), half * 16))),
        write((row, half) => op.get(sum(row, half))),
      ),
    ],
  }
}
