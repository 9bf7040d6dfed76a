/** Rows and values of a batch that is only computed: what layers make of a wide row takes many times its memory. */
const MOST_ROWS = 1024
const MOST_VALUES = 2 ** 21

/** How many rows of a width are computed at once. */
export const rowsAtOnce = (width: number): number =>
  Math.max(1, Math.min(MOST_ROWS, Math.floor(MOST_VALUES / width)))

/** Rows of 32-bit floats. */
export interface Rows {
  /** Copies rows, in the order of `which`, into the beginning of `out`. */
  gather(which: Uint32Array, out: Float32Array): void
  /** Copies `count` rows that lie one after another. */
  range(first: number, count: number, out: Float32Array): void
}

/** Rows in memory. */
export const heldRows = (all: Float32Array, width: number): Rows => ({
  gather: (which, out) => {
    which.forEach((row, i) => {
      out.set(all.subarray(row * width, (row + 1) * width), i * width)
    })
  },
  range: (first, count, out) => out.set(all.subarray(first * width, (first + count) * width)),
})
