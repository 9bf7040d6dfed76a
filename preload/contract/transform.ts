import { z } from 'zod'
import { call, work } from './call.ts'
import { Cell, ColumnType, DatasetRef } from './dataset.ts'
import { At, Hash, Name } from './ids.ts'
import { Histogram } from './statistics.ts'

/**
 * How a category is written. `one-hot`: one column a category, 1 where it is that one. `index`: its place as one whole
 * number, for a trainer with an embedding; a trainer without one gets it as one-hot, which is the same: a row of an
 * embedding is a one-hot vector times a matrix, and the first dense layer holds that matrix.
 */
export const CategoryForm = z.enum(['one-hot', 'index'])
export type CategoryForm = z.infer<typeof CategoryForm>

/** Parts of a moment, in UTC. `trend`: the days since 1970 as a scaled number, held within the train split. */
export const DatePart = z.enum(['trend', 'month', 'day', 'weekday', 'hour'])
export type DatePart = z.infer<typeof DatePart>

/**
 * What is taken of the values in a window. `last`: the newest; `change`: the newest less the oldest; `values`: the values
 * of the last `rows` moments themselves, oldest first, for a trainer that reads series.
 */
export const WindowFigure = z.enum(['mean', 'sum', 'min', 'max', 'count', 'last', 'change', 'values'])
export type WindowFigure = z.infer<typeof WindowFigure>

/** Columns of numbers that one category may become. */
const MOST = 10_000

/** What is done with the cells of a column (or of two or three that are crossed). All figures are of the train split. */
export const TransformStep = z.discriminatedUnion(
  'kind',
  [
    /** What Edgewright would choose for the column. */
    z.object({ kind: z.literal('suggested') }),
    z.object({ kind: z.literal('leave-out') }),
    /**
     * A number. `standard`: less the mean, by the deviation; `min-max`: from 0 to 1; `robust`: less the median, by the
     * distance between the quartiles; `log1p`: the logarithm of 1 + |x| with the sign of x, then standard; `none`: as it
     * is. `clip` holds it within two values, or two quantiles, before.
     */
    z.object({
      kind: z.literal('number'),
      scale: z.enum(['standard', 'min-max', 'robust', 'log1p', 'none']).default('standard'),
      clip: z
        .object({
          by: z.enum(['values', 'quantiles']).default('values'),
          low: z.number().nullable().default(null),
          high: z.number().nullable().default(null),
        })
        .optional(),
    }),
    /** A number as the range it falls into: `count` ranges of equal rows or of equal width, or ranges with these edges. */
    z.object({
      kind: z.literal('buckets'),
      by: z.enum(['quantiles', 'equal-width', 'edges']).default('quantiles'),
      count: z.int().min(2).max(1000).default(10),
      edges: z.array(z.number()).max(999).optional(),
      as: CategoryForm.default('one-hot'),
    }),
    /**
     * The most frequent values. `most` of them at most, each in at least `least` rows; `other`: places that all further
     * values share by their hash, 0 for none; default: one where the train split has such values.
     */
    z.object({
      kind: z.literal('vocabulary'),
      most: z.int().min(1).max(MOST).default(100),
      least: z.int().min(1).default(1),
      other: z.int().min(0).max(1000).optional(),
      as: CategoryForm.default('one-hot'),
    }),
    /** Any value, as one of `buckets` places by its hash. */
    z.object({
      kind: z.literal('hash'),
      buckets: z.int().min(2).max(MOST).default(64),
      as: CategoryForm.default('one-hot'),
    }),
    /**
     * The words of a text, lower-cased: runs of Unicode letters, marks and digits; in scripts that put no spaces between
     * words (Han, Hiragana, Katakana, Thai, Lao, Khmer, Burmese) each letter. The first `length` words count.
     * `vocabulary`: the `most` most frequent words, each at least `least` times in the train split, have a place, all
     * further ones share `buckets` places by their hash; `hash`: all words share `buckets` places. A trainer that embeds
     * words gets the places of a text's words, 0 for none; another one the share of each place among them.
     */
    z.object({
      kind: z.literal('tokens'),
      by: z.enum(['vocabulary', 'hash']).default('vocabulary'),
      most: z.int().min(1).max(100_000).default(5000),
      least: z.int().min(1).default(2),
      /** Default: 100 beside a vocabulary, where the train split has further words; else 4096. */
      buckets: z.int().min(1).max(1_000_000).optional(),
      length: z.int().min(1).max(2000).default(64),
    }),
    /** Parts of a date or time. `cycle`: sine and cosine of the part, so that December lies beside January. */
    z.object({
      kind: z.literal('date'),
      parts: z.array(DatePart).min(1).max(5).default(['trend', 'month', 'weekday']),
      as: z.enum(['cycle', 'one-hot']).default('cycle'),
    }),
    /** Two or three columns together, as one of `buckets` places by the hash; numbers by which of `bins` quantiles. */
    z.object({
      kind: z.literal('cross'),
      buckets: z.int().min(2).max(MOST).default(256),
      bins: z.int().min(2).max(100).default(10),
      as: CategoryForm.default('one-hot'),
    }),
    /**
     * What the column was lately: figures of its values in the last `rows` rows, or in the last `seconds`, by the column
     * `time` (a number counts as seconds), within each value of `group`. With `current` the row itself counts.
     * A row may come late: by up to `lateness` seconds behind the newest of its group it takes its place in time; a row
     * that comes later still changes no window, as an event behind the watermark of a stream does.
     * Where `values` are taken, a series has one row a moment: one that comes again takes the place of the one that was
     * there, but for what it does not know, so that a value can be sent when it is known. The column to predict may have
     * a window too, without `current`.
     */
    z.object({
      kind: z.literal('window'),
      time: z.string(),
      group: z.string().optional(),
      figures: z.array(WindowFigure).min(1).max(8).default(['mean']),
      rows: z.int().min(1).max(1000).optional(),
      seconds: z.number().positive().optional(),
      lateness: z.number().min(0).default(0),
      current: z.boolean().default(true),
    }),
  ],
  {
    error:
      'must be a step with a kind: suggested, leave-out, number, buckets, vocabulary, hash, tokens, date, cross or window',
  },
)
export type TransformStep = z.infer<typeof TransformStep>
export type StepKind = TransformStep['kind']

/**
 * What stands for a missing value. `own`: numbers stand at the middle, categories have a place of their own. The others
 * fill it; `drop` leaves the row out of training, and a device refuses to answer without the value. `indicator`: one
 * more column is 1 where the value was missing, if the train split has such rows (`own` always has it).
 */
export const MissingPolicy = z.object({
  fill: z.enum(['own', 'mean', 'median', 'constant', 'most-frequent', 'drop']).default('own'),
  /** Of `constant`. */
  value: Cell.optional(),
  indicator: z.boolean().default(false),
})
export type MissingPolicy = z.infer<typeof MissingPolicy>

/** One feature that is made: of one column, or of two or three that are crossed. */
export const FeatureRecipe = z.object({
  name: z.string().min(1).max(200),
  columns: z.array(z.string()).min(1).max(3),
  step: TransformStep,
  missing: MissingPolicy.default({ fill: 'own', indicator: false }),
})
export type FeatureRecipe = z.infer<typeof FeatureRecipe>

/** What a person chose. A column that no feature is made of (crosses and windows apart) gets what is suggested. */
export const Recipe = z.object({
  features: z.array(FeatureRecipe).max(5000).default([]),
  others: z.enum(['suggested', 'leave-out']).default('suggested'),
})
export type Recipe = z.infer<typeof Recipe>

/** A recipe under a name. It is immutable: what is changed is its next version. */
export const Transform = z.object({
  /** Hash of name, number and recipe. */
  id: Hash,
  name: Name,
  number: z.int().min(1),
  /** The dataset that it was made for; it fits every other with the same columns. */
  dataset: Name,
  recipe: Recipe,
  at: At,
})
export type Transform = z.infer<typeof Transform>

/** A saved transform: `prices`, `prices@2`. */
export const TransformRef = z.string().min(1)

/** Values in a picture: bins of numbers, or the most frequent values. Rows without a value are counted apart. */
export const Spread = z.object({
  name: z.string(),
  histogram: Histogram.nullable(),
  top: z.array(z.object({ value: z.string(), count: z.int() })),
  /** Different values that are there. */
  unique: z.int(),
  missing: z.int(),
  mean: z.number().nullable(),
  deviation: z.number().nullable(),
  min: z.number().nullable(),
  max: z.number().nullable(),
})
export type Spread = z.infer<typeof Spread>

/** What a feature became when it was fitted. */
export const FittedFeature = z.object({
  name: z.string(),
  columns: z.array(z.string()),
  kind: z.string(),
  /** What was learned, in words: "mean 38.6, deviation 13.6". */
  words: z.string(),
  /** Columns of an encoded row. */
  width: z.int(),
})
export type FittedFeature = z.infer<typeof FittedFeature>

export const transform = {
  list: call(
    { title: 'Show transforms', icon: 'shuffle', reads: true },
    z.object({ dataset: Name.optional() }),
    z.object({ transforms: z.array(z.object({ name: Name, versions: z.int(), latest: Transform })) }),
  ),
  show: call(
    { title: 'Show a transform', icon: 'shuffle', positional: ['name'], reads: true },
    z.object({ name: TransformRef }),
    z.object({ transform: Transform, versions: z.array(Transform) }),
  ),
  /** The next version of the name; the newest one where nothing differs from it. */
  save: call(
    { title: 'Save a transform', icon: 'save', positional: ['name'], undo: 'Remove the version' },
    z.object({ name: Name, dataset: DatasetRef, recipe: Recipe }),
    Transform,
  ),
  /** Models that were trained with it keep what they were fitted with. */
  remove: call(
    { title: 'Remove a transform', icon: 'trash-2', positional: ['name'], undo: 'Save it again' },
    z.object({ name: TransformRef }),
    z.object({ removed: z.array(Transform) }),
  ),
  /** What each column would become if nobody chose anything, as a step that can be changed, and why. */
  suggest: call(
    { title: 'Suggest a transform', icon: 'wand-sparkles', positional: ['dataset'], reads: true },
    z.object({
      dataset: DatasetRef,
      /** The column to predict; it is not transformed. */
      label: z.string().optional(),
    }),
    z.object({
      /** Rows of the train split that were looked at. */
      rows: z.int(),
      columns: z.array(
        z.object({
          name: z.string(),
          type: ColumnType,
          step: TransformStep,
          /** Columns of an encoded row. */
          width: z.int(),
          /** What it would learn, or why the column is left out. */
          words: z.string(),
        }),
      ),
    }),
  ),
  /** What a feature does to the train split: the distribution before, and that of each column after. */
  preview: call(
    { title: 'Show the effect of a feature', icon: 'chart-column', positional: ['dataset'], reads: true },
    z.object({
      dataset: DatasetRef,
      feature: FeatureRecipe,
      /** Rows that are drawn, at equal distances; it is always fitted to all. */
      rows: z.int().min(1).max(1_000_000).default(50_000),
    }),
    z.object({
      /** Rows that are drawn, and rows that it was fitted to. */
      rows: z.int(),
      fitted: z.int(),
      before: z.array(Spread),
      /** Null: the column says nothing, and `words` says why. */
      feature: FittedFeature.nullable(),
      words: z.string(),
      /** The first 256 columns after. */
      after: z.array(Spread),
    }),
  ),
  /** Fits a transform to the train split of a dataset, as training would. */
  fit: work(
    {
      title: 'Fit a transform',
      icon: 'shuffle',
      positional: ['transform', 'dataset'],
      cancel: 'Nothing is kept.',
    },
    z.object({
      transform: TransformRef,
      /** Default: the dataset that it was made for. */
      dataset: DatasetRef.optional(),
      /** Columns to leave out, such as the label. */
      without: z.array(z.string()).default([]),
    }),
    z.object({
      id: Hash,
      transform: Transform,
      version: Hash,
      rows: z.int(),
      width: z.int(),
      features: z.array(FittedFeature),
      leftOut: z.array(z.object({ name: z.string(), reason: z.string() })),
    }),
  ),
}
