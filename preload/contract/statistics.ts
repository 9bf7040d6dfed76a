import { z } from 'zod'
import { call, work } from './call.ts'
import { ColumnType, Split } from './dataset.ts'
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
      /** The values at 0, 10, … 100 % of the values in order: bounds of ten parts with as many values each. */
      quantiles: z.array(z.number()).length(11).optional(),
    })
    .nullable(),
  /** Most frequent values, most frequent first, ties in order of the text. */
  top: z.array(z.object({ value: z.string(), count: z.int() })),
  /** text: mean length in characters. */
  averageLength: z.number().nullable(),
  /** The same figures with each row counted by its weight. */
  weighted: z
    .object({
      count: z.number(),
      missing: z.number(),
      mean: z.number().nullable(),
      deviation: z.number().nullable(),
      median: z.number().nullable(),
      /** In the bins of `numeric.histogram`. */
      counts: z.array(z.number()).nullable(),
      top: z.array(z.object({ value: z.string(), count: z.number() })),
    })
    .optional(),
})
export type FeatureStatistics = z.infer<typeof FeatureStatistics>

export const Feature = z.object({
  name: z.string(),
  type: ColumnType,
  all: FeatureStatistics,
  /** The same bins in every split, so that they can be laid over each other. */
  splits: z.partialRecord(Split, FeatureStatistics),
  /** The same of each slice, by its name: `sex_Male`. */
  slices: z.record(z.string(), FeatureStatistics).optional(),
})
export type Feature = z.infer<typeof Feature>

export const Statistics = z.object({
  id: Hash,
  /** What it was computed of: a dataset version, or a file that was not imported. */
  of: z.object({ version: Hash.nullable(), title: z.string() }),
  rows: z.int(),
  splits: z.partialRecord(Split, z.int()),
  features: z.array(Feature),
  /** Rows of each slice, by its name. */
  slices: z.record(z.string(), z.int()).optional(),
  /** The column that weighs the rows. */
  weight: z.string().optional(),
  /** How numeric features go together. */
  correlations: z
    .array(z.object({ a: z.string(), b: z.string(), correlation: z.number(), covariance: z.number() }))
    .optional(),
  /** The file that they were written to. */
  out: z.string().optional(),
  seconds: z.number(),
  at: At,
  madeBy: JobId.nullable(),
})
export type Statistics = z.infer<typeof Statistics>

/** What to compute of some data; everything that decides the figures is in here. */
export const StatisticsPlan = z.object({
  /** A dataset (`strikes`, `strikes@2`), a file of data, or a file of statistics. */
  data: z.string().min(1),
  /** Columns each of whose values is a slice; several: each combination. */
  slice: z.array(z.string()).default([]),
  /** A column that weighs the rows. */
  weight: z.string().optional(),
  /** Only the rows of this saved slice. */
  within: z.string().optional(),
  /** Only the rows of this split. */
  split: Split.optional(),
  /** How numeric features go together, too. */
  correlations: z.boolean().optional(),
  /** Exactly as TensorFlow Data Validation reads and counts. */
  tfdv: z.boolean().optional(),
  /** With tfdv: a schema file, which says which numbers are categories. */
  schema: z.string().optional(),
  /** With tfdv and a schema: the column whose values the lift of all categories is measured for. */
  labelFeature: z.string().optional(),
})
export type StatisticsPlan = z.infer<typeof StatisticsPlan>

/** How features are put in order. */
export const FeatureOrder = z.enum(['data', 'name', 'missing', 'zeros', 'unique', 'non-uniformity', 'drift'])
export type FeatureOrder = z.infer<typeof FeatureOrder>

/** One feature of two sets of rows, in the same bins. */
export const FeaturePair = z.object({
  name: z.string(),
  type: ColumnType,
  /** Null: this side does not have the column, or has it as another type. */
  a: FeatureStatistics.nullable(),
  b: FeatureStatistics.nullable(),
  /**
   * Jensen-Shannon divergence, base 2, of the shares of the values, or of numbers in common bins by quantiles;
   * 0: the same, 1: nothing in common. Null: cannot be measured.
   */
  drift: z.number().nullable(),
})
export type FeaturePair = z.infer<typeof FeaturePair>

export const statistics = {
  compute: work(
    {
      title: 'Compute statistics',
      icon: 'chart-column',
      positional: ['data'],
      paths: { data: 'existing', schema: 'existing', out: 'always' },
      cancel: 'Nothing is kept; the data is not touched.',
    },
    StatisticsPlan.extend({
      /** Writes a DatasetFeatureStatisticsList: .pb, .json or .pbtxt. */
      out: z.string().optional(),
    }),
    Statistics,
  ),
  show: call(
    {
      title: 'Show statistics',
      icon: 'chart-column',
      positional: ['data'],
      paths: { data: 'existing', schema: 'existing' },
      reads: true,
    },
    StatisticsPlan,
    z.object({ statistics: Statistics.nullable() }),
  ),
  /** Some features of statistics that were computed: in an order, by a search, a page at a time. */
  features: call(
    {
      title: 'Show features',
      icon: 'chart-column',
      positional: ['data'],
      paths: { data: 'existing', with: 'existing', schema: 'existing' },
      reads: true,
    },
    StatisticsPlan.extend({
      /** A second dataset or file whose statistics were computed, to lay beside: the features come with `with`. */
      with: z.string().optional(),
      search: z.string().optional(),
      types: z.array(ColumnType).optional(),
      order: FeatureOrder.default('data'),
      descending: z.boolean().default(false),
      offset: z.int().min(0).default(0),
      limit: z.int().min(1).max(500).default(100),
    }),
    z.object({
      /** Of all features, without the features themselves; null: not computed yet. */
      statistics: Statistics.omit({ features: true }).nullable(),
      features: z.array(
        Feature.extend({
          /** 0: all values alike, 1: as uneven as can be (1 - normalized entropy). */
          nonUniformity: z.number().nullable(),
          /** Jensen-Shannon divergence between train and eval, or between the data and `with`. */
          drift: z.number().nullable(),
          /** The same feature of `with`, in the same bins. */
          with: FeatureStatistics.nullable(),
        }),
      ),
      /** Features that match the search and the types. */
      total: z.int(),
    }),
  ),
  /** Lays the statistics of two sets of rows beside each other, in common bins. */
  compare: work(
    {
      title: 'Compare statistics',
      icon: 'git-compare',
      positional: ['data', 'with'],
      paths: { data: 'existing', with: 'existing' },
      cancel: 'Nothing is kept; the data is not touched.',
    },
    z.object({ data: z.string().min(1), with: z.string().min(1) }),
    z.object({
      a: z.string(),
      b: z.string(),
      rows: z.object({ a: z.int(), b: z.int() }),
      features: z.array(FeaturePair),
    }),
  ),
  /** Writes a report that opens anywhere, offline, in one file: .html, or the figures as .csv. */
  report: work(
    {
      title: 'Write a report',
      icon: 'file-chart-column',
      positional: ['data', 'out'],
      paths: { data: 'existing', with: 'existing', schema: 'existing', out: 'always' },
      cancel: 'No file is written.',
    },
    StatisticsPlan.extend({ with: z.string().optional(), out: z.string().min(1) }),
    z.object({ out: z.string(), bytes: z.int(), features: z.int() }),
  ),
}
