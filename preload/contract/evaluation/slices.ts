import { z } from 'zod'
import { Filter } from '../dataset.ts'
import { Interval, Metrics } from './figures.ts'

/**
 * Which rows to measure beside all, as a person writes it:
 * - `COL`: each value of a column, up to 50, or five ranges of a number with more;
 * - `COL1 * COL2`: each combination of the values of two columns, or of three;
 * - an expression: `age > 30 and sex = "F"`. Comparisons are `= != < <= > >=`, `in ("A", "B")`, `between 1 and 5`,
 *   `contains "x"`, `is missing`, `is present`, joined by `and`, `or`, `not` and parentheses; text stands in quotation
 *   marks, and a column whose name could be read otherwise in backticks;
 * - a filter of the dataset as JSON: `[{"column":"age","is":"range","values":[30,null]}]`;
 * - the name of a saved slice.
 */
export const SliceText = z.string().min(1).max(2000)

/** The figures of some of the rows, on the same predictions as those of all. */
export const SliceFigures = z.object({
  /** The name of a saved slice, the expression; of a column's slice the value, or the range of values. */
  name: z.string(),
  /** Null: a saved slice or an expression. Of several columns: `sex × age`. */
  column: z.string().nullable(),
  /** Which rows it is, to look at them. Where `expression` is there, ask `evaluation.rows` by `name` instead. */
  where: Filter,
  /** Rows that no filter can say, such as those of an `or`. */
  expression: z.string().optional(),
  rows: z.int(),
  /** The main metric. */
  value: z.number(),
  metrics: Metrics,
  /** Where the main metric lies with the confidence of `Slicing`; null where too few rows say nothing. */
  interval: Interval.nullable(),
  /**
   * How likely a difference from the other rows of at least this size is, were there none: the p-value of Fisher's
   * exact test (accuracy) or of Welch's t-test (rmse), held down by Holm's method for the number of slices.
   */
  chance: z.number(),
  /** Than the other rows, where chance is below 1 less the confidence. */
  verdict: z.enum(['worse', 'same', 'better']),
})
export type SliceFigures = z.infer<typeof SliceFigures>

/** How slices were measured. */
export const Slicing = z.object({
  /** The main metric, which intervals and verdicts are of: accuracy, or rmse for regression. */
  metric: z.string(),
  confidence: z.number(),
  /** Wilson's score interval of a share; the t interval of the logarithm of the mean squared error. */
  method: z.enum(['wilson', 'log-t']),
  /** The columns that were sliced by, `sex × age` for several. */
  by: z.array(z.string()),
  /** A value with fewer rows is left out. */
  minRows: z.int(),
})
export type Slicing = z.infer<typeof Slicing>

/** A slice that was found, and how much worse the model is there. */
export const FoundSlice = SliceFigures.extend({
  /** Mean loss of its rows (log loss, or squared error) less that of the others. */
  excess: z.number(),
  /** By how many standard errors (Welch's t). */
  t: z.number(),
  /** Other found slices with mostly the same rows, which it stands for. */
  alike: z.array(z.string()),
})
export type FoundSlice = z.infer<typeof FoundSlice>

/**
 * The worst slices, found by looking through values, ranges and crosses of two. Its `chance` is that of Welch's t-test
 * on the loss, with the share of false discoveries held down by Benjamini and Hochberg (1995) over all that were looked
 * at.
 */
export const WorstSlices = z.object({
  searched: z.int(),
  columns: z.array(z.string()),
  minRows: z.int(),
  slices: z.array(FoundSlice),
})
export type WorstSlices = z.infer<typeof WorstSlices>
