import { z } from 'zod'
import { Cell, Split } from '../dataset.ts'
import { At, Hash, JobId, Name, RunId } from '../ids.ts'
import { Metrics, VariantKind } from './figures.ts'

/** What becomes of the metric when a column's values are dealt out anew among the rows (Breiman 2001). */
export const Importance = z.object({
  column: z.string(),
  /** How much worse the metric gets, the mean over the repeats; about 0 or below: the model does not need the column. */
  mean: z.number(),
  /** Standard deviation over the repeats. */
  deviation: z.number(),
  repeats: z.array(z.number()),
})
export type Importance = z.infer<typeof Importance>

/** How the answer moves when one column is set to each of some values in every row (Friedman 2001). */
export const PartialDependence = z.object({
  column: z.string(),
  /** Numbers: quantiles of the column, rising; else its most frequent values. */
  grid: z.array(Cell),
  /** What is averaged: the value, or the probability of a class; one series a class (binary: the positive one). */
  series: z.array(
    z.object({
      label: z.string().nullable(),
      mean: z.array(z.number()),
      /** Single rows (individual conditional expectation), one list a row of `rows`. */
      ice: z.array(z.array(z.number())),
    }),
  ),
  /** Numbers of those rows in the version. */
  rows: z.array(z.int()),
  /** Share of the rows at or nearest to each grid point: few rows, little to rely on. */
  shares: z.array(z.number()),
})
export type PartialDependence = z.infer<typeof PartialDependence>

/** What a model looks at, found by asking it changed rows. */
export const Explanation = z.object({
  id: Hash,
  run: RunId,
  model: Name,
  variant: VariantKind,
  split: Split,
  /** Rows that were asked: all, or a seeded draw. */
  rows: z.int(),
  metric: z.string(),
  /** Of the rows as they are. */
  metrics: Metrics,
  seed: z.int(),
  /** The most important first. */
  importance: z.array(Importance),
  partial: z.array(PartialDependence),
  /** Columns that were left out, and why. */
  leftOut: z.array(z.object({ column: z.string(), why: z.string() })),
  seconds: z.number(),
  at: At,
  madeBy: JobId.nullable(),
})
export type Explanation = z.infer<typeof Explanation>
