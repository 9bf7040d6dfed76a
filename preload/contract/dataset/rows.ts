import { z } from 'zod'
import { At, Name } from '../ids.ts'
import { Column } from './version.ts'

/** A cell as it crosses the wall: dates as ISO text, integers beyond 2^53 as text, missing as null. */
export const Cell = z.union([z.string(), z.number(), z.boolean(), z.null()])
export type Cell = z.infer<typeof Cell>

/**
 * One condition on a cell. Text is compared by code points, dates and timestamps by their ISO text.
 * `range`: values[0] <= cell < values[1], null leaves an end open; with `closed` also cell = values[1].
 * `contains`: letter case does not count. A missing cell fits `missing` and `differs` and `none-of` only.
 */
export const Condition = z.object({
  column: z.string(),
  is: z.enum(['equals', 'differs', 'one-of', 'none-of', 'range', 'contains', 'missing', 'present']),
  values: z.array(Cell).max(10_000).default([]),
  closed: z.boolean().optional(),
})
export type Condition = z.infer<typeof Condition>

/** All conditions must hold; none: all rows. */
export const Filter = z.array(Condition).max(100)
export type Filter = z.infer<typeof Filter>

/** A filter that was given a name; statistics, training and evaluation can be asked for its rows alone. */
export const Slice = z.object({
  id: z.string(),
  dataset: Name,
  name: z.string().min(1).max(80),
  where: Filter,
  at: At,
})
export type Slice = z.infer<typeof Slice>

export const Rows = z.object({
  columns: z.array(Column),
  /** Row-major cells, in the order of `columns`. */
  rows: z.array(z.array(Cell)),
  offset: z.int(),
  /** The number of each row in the version, from 0; it names the row. */
  numbers: z.array(z.int()).optional(),
  /** Rows that match, not only those in this page. */
  total: z.int(),
})
export type Rows = z.infer<typeof Rows>
