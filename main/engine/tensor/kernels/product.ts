import type { TensorInfo } from '@tensorflow/tfjs'
import { type MultiplyRows, multiplyRows, type PackRight, packRight, SCRATCH } from './hands/index.ts'
import type { Bench } from './kernel.ts'
import { TILE_COLUMNS, TILE_ROWS } from './simd/index.ts'

/** Steps at once: the panels of a tile then stay in the first cache. */
const DEPTH = 256

/** Rows at once: their panels stay in the second cache. */
const ROWS = 32 * TILE_ROWS

/** So many multiplications of one block and more are shared out: about fifty microseconds. */
const WORTH_SHARING = 500_000

/** Pieces for each thread, so that one that is held up leaves its share to others. */
const PIECES = 3

/**
 * A matrix seen in data that lies otherwise: its number at (row, column) is the one that lies `rows[row] + columns[column]`
 * floats on. So are a matrix, its transpose, and what a convolution unfolds: there each place of the filter
 * is so far from the first, and each pixel from the first, whatever the other is.
 */
export interface Seen {
  data: TensorInfo
  rows: Int32Array
  columns: Int32Array
}

/** `count` offsets, `stride` floats apart. */
export function evenly(count: number, stride: number): Int32Array {
  const offsets = new Int32Array(count)
  for (let i = 0; i < count; i++) offsets[i] = i * stride
  return offsets
}

/** The last matrix of x, `[..., n, m]` as it lies, or transposed. */
export function matrix(x: TensorInfo, transposed = false): Seen {
  const [n, m] = x.shape.slice(-2) as [number, number]
  return transposed
    ? { data: x, rows: evenly(m, 1), columns: evenly(n, m) }
    : { data: x, rows: evenly(n, m), columns: evenly(m, 1) }
}

export const transposed = ({ data, rows, columns }: Seen): Seen => ({ data, rows: columns, columns: rows })

/** What is done to a product before it is given: `bias` `[m]` is added to each row, and what is below 0 becomes 0. */
export interface Finish {
  bias?: TensorInfo | undefined
  relu?: boolean
}

/**
 * The product of two matrices, `[n, m]`, in blocks that fit the caches (Goto and van de Geijn, "Anatomy of High-Performance
 * Matrix Multiplication", 2008), whose rows are shared out among threads. The caller frees it. The package's own is slower for
 * matrices that are new each time, as all are while a net learns: XNNPACK lays each of them out anew, and nothing may be
 * transposed.
 */
export function product(bench: Bench, a: Seen, b: Seen, { bias, relu }: Finish = {}): TensorInfo {
  const { simd, hands } = bench
  const [n, m, depth] = [a.rows.length, b.columns.length, b.rows.length]
  const [across, most] = [Math.ceil(m / TILE_COLUMNS), Math.min(depth, DEPTH)]
  const alone = hands.count === 1 || n * m * most < WORTH_SHARING
  const each = alone ? ROWS : Math.min(ROWS, Math.ceil(n / (hands.count * PIECES) / TILE_ROWS) * TILE_ROWS)
  const whole = bench.make([n, m])
  const parts = [
    Math.ceil(n / TILE_ROWS) * TILE_ROWS,
    depth,
    across * TILE_COLUMNS,
    depth,
    across * TILE_COLUMNS * most,
    Math.min(each, Math.ceil(n / TILE_ROWS) * TILE_ROWS) * most * hands.count,
    SCRATCH * hands.count,
  ]
  const room = bench.make([parts.reduce((sum, size) => sum + size, 0)])
  // Nothing is allocated from here on, so addresses and views hold.
  const floats = bench.floats(room)
  const begins = parts.map((_, i) => parts.slice(0, i).reduce((sum, size) => sum + size, 0))
  const [rowsAt, stepsAt, columnsAt, ownStepsAt, rightAt, leftAt, scratchAt] = begins.map(
    begin => floats.byteOffset + begin * 4,
  ) as [number, number, number, number, number, number, number]
  const table = (nth: number, offsets: Int32Array) => {
    const out = new Int32Array(floats.buffer, floats.byteOffset + (begins[nth] as number) * 4, parts[nth])
    // Lanes beyond the last repeat it; what comes of them is not taken.
    const last = (offsets.at(-1) as number) * 4
    for (let i = 0; i < offsets.length; i++) out[i] = (offsets[i] as number) * 4
    out.fill(last, offsets.length)
  }
  table(0, a.rows)
  table(1, a.columns)
  table(2, b.columns)
  table(3, b.rows)
  const [from, right, to] = [a.data, b.data, whole].map(info => bench.floats(info).byteOffset) as [
    number,
    number,
    number,
  ]
  const out = bench.floats(whole)
  if (bias) {
    const row = bench.floats(bias)
    for (let place = 0; place < out.length; place += m) out.set(row, place)
  }
  const panels = alone ? across : Math.ceil(across / (hands.count * PIECES))
  const leftBytes = ((parts[5] as number) / hands.count) * 4
  for (let step = 0; step < depth; step += DEPTH) {
    const steps = Math.min(DEPTH, depth - step)
    const add = step > 0 || bias ? 1 : 0
    const packing: PackRight = [rightAt, right, columnsAt, ownStepsAt + step * 4, steps, across, panels]
    hands.share(packRight, packing, Math.ceil(across / panels), alone)
    const rows: MultiplyRows = [
      ...([from, rowsAt, stepsAt + step * 4, rightAt, steps] as const),
      ...([to, n, m, add, each] as const),
      ...([leftAt, leftBytes, scratchAt] as const),
    ]
    hands.share(multiplyRows, rows, Math.ceil(n / each), alone)
  }
  bench.free(room)
  if (relu) {
    simd.relu(to, out.length >> 2)
    for (let i = out.length & ~3; i < out.length; i++) out[i] = Math.max(0, out[i] as number)
  }
  return whole
}

/** Whether an activation, and a bias for a product so wide, if there is one, are such as {@link Finish} knows. */
export const isSimple = (
  activation: string | undefined,
  bias: TensorInfo | undefined,
  width: number,
): boolean =>
  (!activation || activation === 'linear' || activation === 'relu') &&
  (!bias ||
    (bias.shape.at(-1) === width &&
      bias.shape.every((size, axis) => axis === bias.shape.length - 1 || size === 1)))
