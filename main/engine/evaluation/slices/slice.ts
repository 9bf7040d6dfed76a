import type { Cell, ColumnType, Evaluation, Filter, Slice as Saved } from '#contract'

/** The values of a column for the evaluated rows. */
export interface Column {
  name: string
  type: ColumnType
  /** By row which of `values` it has. */
  codes: Uint32Array
  values: Cell[]
  /** There are more values than are worth telling apart; `codes` and `values` say nothing then. */
  isMany: boolean
  /** Numbers as they are, for ranges; NaN: missing. Null where it holds none. */
  numbers: Float64Array | null
}

/** The evaluated rows, and what can be asked of their other columns. */
export interface EvaluatedRows {
  /** "strikes v2", or the name of a file. */
  title: string
  columns: readonly { name: string; type: ColumnType }[]
  /** Number of each row, rising. */
  numbers: Uint32Array
  /** Slices that were saved for these data. */
  saved: readonly Pick<Saved, 'name' | 'where'>[]
  read(names: readonly string[], signal: AbortSignal): Promise<Column[]>
  /** Which of the rows, from 0, fit each of the filters; a text says why that cannot be said. */
  fitting(filters: readonly Filter[], signal: AbortSignal): Promise<(Uint32Array | string)[]>
}

/** Some of the evaluated rows. */
export interface Slice {
  name: string
  /** Null: a saved slice, or an expression. */
  column: string | null
  where: Filter
  expression?: string
  /** Which rows, from 0, rising. */
  rows: Uint32Array
}

export type LeftOut = NonNullable<Evaluation['leftOut']>[number]

export interface Found {
  slices: Slice[]
  leftOut: LeftOut[]
}
