/** A model that is asked row by row. */
export interface Side {
  runtime: string
  /** All outputs of a row, one after another, as plain numbers. */
  answer(row: Float32Array[]): Float32Array
  /** Values of the first output. */
  first: number
  dispose(): void
}
