/** What computes the scores of encoded rows, whatever runtime does it. */
export interface Net {
  /** What computes, in words: `LiteRT.js 2.5.3`. */
  readonly runtime: string
  /**
   * @param encoded `rows` rows of the transform's width
   * @returns outputs, row after row
   * @throws Failure `unsupported-graph` where a kernel gives up
   */
  run(encoded: Float32Array, rows: number): Float32Array
  dispose(): void
}
