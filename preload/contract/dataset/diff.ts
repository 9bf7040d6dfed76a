import { z } from 'zod'
import { Cell } from './rows.ts'
import { Column, ColumnType, DatasetVersion } from './version.ts'

/** What differs between two versions of a dataset. */
export const DatasetDiff = z.object({
  from: DatasetVersion,
  to: DatasetVersion,
  /** With a key: rows of the same key whose other cells differ are changed. Without: each is one removed and one added. */
  key: z.array(z.string()),
  rows: z.object({ same: z.int(), added: z.int(), removed: z.int(), changed: z.int() }),
  columns: z.object({
    added: z.array(Column),
    removed: z.array(Column),
    retyped: z.array(z.object({ name: z.string(), from: ColumnType, to: ColumnType })),
    /** Columns whose cells changed, and in how many rows. */
    changed: z.array(z.object({ name: z.string(), rows: z.int() })),
  }),
  /** The first few of each kind. */
  examples: z.object({
    added: z.array(z.array(Cell)),
    removed: z.array(z.array(Cell)),
    changed: z.array(
      z.object({
        key: z.array(Cell),
        cells: z.array(z.object({ column: z.string(), from: Cell, to: Cell })),
      }),
    ),
  }),
})
export type DatasetDiff = z.infer<typeof DatasetDiff>
