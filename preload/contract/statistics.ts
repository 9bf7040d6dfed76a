import { z } from 'zod'
import { call, work } from './call.ts'
import { ColumnType, DatasetRef, Split } from './dataset.ts'
import { At, Hash, JobId } from './ids.ts'

/** Equal-width bins; bin i covers [edges[i], edges[i+1]), the last one also its upper edge. */
export const Histogram = z.object({ edges: z.array(z.number()), counts: z.array(z.int()) })
export type Histogram = z.infer<typeof Histogram>

/** Figures of one feature in one split. Numbers are of the values that are there; missing is counted apart. */
export const FeatureStatistics = z.object({
  /** Rows that have a value. */
  count: z.int(),
  /** Rows that have none; with `count` all rows. */
  missing: z.int(),
  /** Different values that are there (exact). */
  unique: z.int(),
  /** integer, float, boolean (as 0 and 1), date and timestamp (as seconds since 1970, UTC); null for text. */
  numeric: z
    .object({
      mean: z.number(),
      /** Population standard deviation. */
      deviation: z.number(),
      min: z.number(),
      median: z.number(),
      max: z.number(),
      zeros: z.int(),
      histogram: Histogram,
    })
    .nullable(),
  /** Most frequent values, most frequent first, ties in order of the text. */
  top: z.array(z.object({ value: z.string(), count: z.int() })),
  /** text: mean length in characters. */
  averageLength: z.number().nullable(),
})
export type FeatureStatistics = z.infer<typeof FeatureStatistics>

export const Feature = z.object({
  name: z.string(),
  type: ColumnType,
  all: FeatureStatistics,
  /** The same bins in every split, so that they can be laid over each other. */
  splits: z.partialRecord(Split, FeatureStatistics),
})
export type Feature = z.infer<typeof Feature>

export const Statistics = z.object({
  id: Hash,
  /** What it was computed of: a dataset version, or a file that was not imported. */
  of: z.object({ version: Hash.nullable(), title: z.string() }),
  rows: z.int(),
  splits: z.partialRecord(Split, z.int()),
  features: z.array(Feature),
  seconds: z.number(),
  at: At,
  madeBy: JobId.nullable(),
})
export type Statistics = z.infer<typeof Statistics>

export const statistics = {
  compute: work(
    {
      title: 'Compute statistics',
      icon: 'chart-column',
      positional: ['data'],
      paths: { data: 'existing' },
      cancel: 'Nothing is kept; the data is not touched.',
    },
    /** A dataset (`strikes`, `strikes@2`) or a file. */
    z.object({ data: DatasetRef }),
    Statistics,
  ),
  show: call(
    {
      title: 'Show statistics',
      icon: 'chart-column',
      positional: ['data'],
      paths: { data: 'existing' },
      reads: true,
    },
    z.object({ data: DatasetRef }),
    z.object({ statistics: Statistics.nullable() }),
  ),
}
