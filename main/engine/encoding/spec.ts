import type { Cell, ColumnType, DatePart, WindowFigure } from '#contract'

/**
 * What every feature of format 2 may say beside its kind. Format 1 has none of it: there a feature reads the column of
 * its own name.
 */
interface Reading {
  name: string
  /** The columns that it is made of; default: the one of its name. */
  columns?: string[]
  /** What stands for a missing cell before the feature is encoded. */
  fill?: Cell
  /** A last column says 1 where the cell was missing and filled. */
  indicator?: true
}

/** A number, scaled: `(x - mean) / deviation`. */
export interface NumberFeature extends Reading {
  kind: 'number'
  type: 'integer' | 'float'
  mean: number
  /** Population standard deviation of the train split; 1 where all values are the same. */
  deviation: number
  /** A second column says 1 where the value is missing; only where the train split had missing values. */
  missing: boolean
}

/** A text or boolean of few values: one column a value, 1 where it is that value. */
export interface VocabularyFeature extends Reading {
  kind: 'vocabulary'
  type: 'text' | 'boolean' | 'integer' | 'float'
  /** Most frequent first, ties by code unit. */
  values: string[]
  /**
   * A further column for all other values. It is there only where the train split had such values: a column that
   * was never 1 in training would bring untrained weights into a prediction. Without it, other values are all zeros.
   */
  other: boolean
  /** Several places for other values, in place of one: by `hash32(text) % others`. */
  others?: number
  /** A last column for missing values, on the same terms. */
  missing: boolean
  /** One column that holds the place as a whole number. */
  as?: 'index'
}

/**
 * A text as its words; see the step of the same name in the contract. Place 0 is nothing, then come `values` in their
 * order, then `buckets` for all other words, by `hash32(word) % buckets`.
 */
export interface TokensFeature extends Reading {
  kind: 'tokens'
  type: 'text'
  values: string[]
  buckets: number
  /** Words of a text that count. */
  length: number
  /** `length` columns with the places of the words; else one column a place but 0, its share among the words. */
  as?: 'index'
}

/** A text of very many values: one column a bucket, 1 where `hash32(text) % buckets` is that bucket. */
export interface BucketsFeature extends Reading {
  kind: 'buckets'
  type: 'text' | 'boolean' | 'integer' | 'float'
  buckets: number
  missing: boolean
  as?: 'index'
}

/**
 * A date or timestamp: sine and cosine of month and day of the week (and of the hour of a timestamp), all UTC, then
 * the days since 1970 scaled as a number is, held between the first and the last day of the train split: every day on a
 * device lies after it, and a trend must not be drawn on into what nobody has seen.
 */
export interface CalendarFeature extends Reading {
  kind: 'calendar'
  type: 'date' | 'timestamp'
  /** Days since 1970 of the earliest and the latest value of the train split. */
  first: number
  last: number
  mean: number
  deviation: number
  missing: boolean
}

/**
 * A number, held within `low` and `high`, then (with `log1p`) `sign(x) * ln(1 + |x|)`, then `(x - center) / spread`.
 * All but `none` are held within 1000 after that, `none` within what 32 bits hold.
 */
export interface ScaledFeature extends Reading {
  kind: 'scaled'
  type: 'integer' | 'float'
  scale: 'standard' | 'min-max' | 'robust' | 'log1p' | 'none'
  low: number | null
  high: number | null
  center: number
  spread: number
  missing: boolean
}

/** A number as the range it falls into: place i is `edges[i - 1] <= x < edges[i]`, open at both ends. */
export interface RangesFeature extends Reading {
  kind: 'ranges'
  type: 'integer' | 'float'
  /** Ascending. */
  edges: number[]
  missing: boolean
  as?: 'index'
}

/** Chosen parts of a moment in UTC, in the order of `DatePart`; the trend as in a calendar. */
export interface PartsFeature extends Reading {
  kind: 'parts'
  type: 'date' | 'timestamp'
  parts: DatePart[]
  as: 'cycle' | 'one-hot'
  first: number
  last: number
  mean: number
  deviation: number
  missing: boolean
}

/**
 * Columns together: the hash of their values, each with its length before it (`3:red`), numbers by their range (`#4`),
 * `-` where one is missing; `hash32 % buckets` is the place.
 */
export interface CrossFeature extends Reading {
  kind: 'cross'
  columns: string[]
  /** Of each column that is a number: the edges of its ranges; null for the others. */
  edges: (number[] | null)[]
  buckets: number
  as?: 'index'
}

/** Which rows a window holds and what is taken of them; see the step of the same name in the contract. */
export interface WindowRule {
  figures: WindowFigure[]
  rows?: number
  seconds?: number
  lateness: number
  current: boolean
}

/** Columns that the figures of a window take: one each, of its `values` one a row. */
export const figuresWidth = ({ figures, rows = 0 }: WindowRule): number =>
  figures.reduce((sum, figure) => sum + (figure === 'values' ? rows : 1), 0)

/** What a column was lately: each figure scaled as a number is. */
export interface WindowFeature extends Reading {
  kind: 'window'
  /** The values, the time, and where there is one the group. */
  columns: string[]
  window: WindowRule
  /** One a figure, that of `values` for all of them. */
  scaling: { mean: number; deviation: number }[]
  /** A last column says 1 where the window lacked a value; only where the train split had such rows. */
  missing: boolean
}

/**
 * What a byte of a picture becomes, v from 0 to 255: itself, `v / 255`, `v / 127.5 - 1`; `caffe`: blue, green, red less
 * the means of ImageNet; `imagenet`: `(v / 255 - mean) / deviation` of each color (both as Keras' `preprocess_input`).
 */
export type ImageScale = '0..255' | '0..1' | '-1..1' | 'caffe' | 'imagenet'

/**
 * A picture of one size, row by row, the channels of a pixel side by side. `stretch`: pictures of other sizes are
 * stretched to this one by `fitPicture`, in training and on a device that is sent a file.
 */
export interface ImageFeature extends Reading {
  kind: 'image'
  height: number
  width: number
  /** 1: gray, 3: red, green, blue. */
  channels: 1 | 3
  scale: ImageScale
  resize: 'stretch'
}

export type FeatureSpec =
  | NumberFeature
  | VocabularyFeature
  | BucketsFeature
  | CalendarFeature
  | ScaledFeature
  | RangesFeature
  | PartsFeature
  | CrossFeature
  | TokensFeature
  | WindowFeature
  | ImageFeature

/** What an instance brings under a name: the cell of a column, or a picture. */
export type InputType = ColumnType | 'image'

/** A column that an instance brings. */
export interface TransformInput {
  name: string
  type: InputType
  /** No answer without a value, and a value of the train split with which it can be tried. */
  required?: true
  example?: Cell
}

/**
 * A fitted transform: plain JSON that means the same after `JSON.parse(JSON.stringify(spec))`. Format 1 is what is
 * fitted where nobody chose anything; every release that was ever made of it encodes the same bits for good.
 */
export interface TransformSpec {
  format: 'edgewright-transform/1' | 'edgewright-transform/2'
  /** Of format 2: the columns that are read, in their order. In format 1 each feature is the column of its name. */
  inputs?: TransformInput[]
  /** In the order of the columns of the encoded row. */
  features: FeatureSpec[]
  /** Columns that were there and say nothing, with the reason. An instance may bring them; they are not looked at. */
  leftOut: { name: string; reason: string }[]
  /** Columns of an encoded row. */
  width: number
}

/** Formats that this code reads. */
export const TRANSFORM_FORMATS: readonly string[] = ['edgewright-transform/1', 'edgewright-transform/2']

/** The columns that an instance brings, in the order in which a list of values has them. */
export const inputsOf = (spec: TransformSpec): readonly TransformInput[] =>
  spec.inputs ??
  spec.features.map(feature => ({ name: feature.name, type: 'type' in feature ? feature.type : 'text' }))

/** The column that a feature of one column is made of. */
export const columnOf = ({ columns, name }: FeatureSpec): string => columns?.[0] ?? name

/** The columns that a feature is made of. */
export const columnsOf = (feature: FeatureSpec): readonly string[] => feature.columns ?? [feature.name]
