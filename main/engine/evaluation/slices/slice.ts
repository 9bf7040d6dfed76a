import type { DatasetVersion, Evaluation, Filter, Split } from '#contract'
import type { DatasetRoom } from '../../dataset/index.ts'

/** What is needed of the dataset room to know which rows a slice has. */
export type SliceSource = Pick<DatasetRoom, 'resolve' | 'read' | 'open' | 'slicesOf' | 'filterOf'>

/** Rows that were predicted. */
export interface Measured {
  version: DatasetVersion
  split: Split
  /** What the run may see; its rows are counted from 0 within the split. */
  where: Filter | undefined
  /** Which of those each predicted row is, rising. */
  places: Uint32Array
}

/** Some of the predicted rows. */
export interface Slice {
  name: string
  /** Null: a saved slice. */
  column: string | null
  where: Filter
  /** Which predicted rows, from 0, rising. */
  rows: Uint32Array
}

export type LeftOut = NonNullable<Evaluation['leftOut']>[number]

export interface Found {
  slices: Slice[]
  leftOut: LeftOut[]
}
