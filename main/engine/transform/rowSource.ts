import type { DatasetVersion, Filter, Hash, Split } from '#contract'
import type { Batch, DatasetRoom, PictureBatch } from '../dataset/index.ts'
import type { PictureShape } from '../encoding/index.ts'

/** What is needed of the dataset room. */
export interface RowSource extends Pick<DatasetRoom, 'resolve'> {
  read(
    version: DatasetVersion,
    want: {
      columns: string[]
      split?: Split
      where?: Filter | undefined
      numbered?: boolean
      signal?: AbortSignal
    },
  ): AsyncIterable<Batch>
  /** Of a source that has pictures. */
  pictures?(
    version: DatasetVersion,
    want: {
      columns: string[]
      shape: PictureShape
      split?: Split
      where?: Filter | undefined
      wanted?: (content: Hash) => boolean
      signal?: AbortSignal
    },
  ): AsyncIterable<PictureBatch>
}

/** The same with what saved slices mean. */
export type SlicedSource = RowSource & Pick<DatasetRoom, 'filterOf'>

/** How rows are read. */
export interface Reading {
  signal: AbortSignal
  /** Only rows that fit. */
  where?: Filter | undefined
  /** @param rows that have been read since the last call */
  came?(rows: number): void
}
