/** A number, scaled: `(x - mean) / deviation`. */
export interface NumberFeature {
  kind: 'number'
  name: string
  type: 'integer' | 'float'
  mean: number
  /** Population standard deviation of the train split; 1 where all values are the same. */
  deviation: number
  /** A second column says 1 where the value is missing; only where the train split had missing values. */
  missing: boolean
}

/** A text or boolean of few values: one column a value, 1 where it is that value. */
export interface VocabularyFeature {
  kind: 'vocabulary'
  name: string
  type: 'text' | 'boolean'
  /** Most frequent first, ties by code unit. */
  values: string[]
  /**
   * A further column for all other values. It is there only where the train split had such values: a column that
   * was never 1 in training would bring untrained weights into a prediction. Without it, other values are all zeros.
   */
  other: boolean
  /** A last column for missing values, on the same terms. */
  missing: boolean
}

/** A text of very many values: one column a bucket, 1 where `hash32(text) % buckets` is that bucket. */
export interface BucketsFeature {
  kind: 'buckets'
  name: string
  type: 'text'
  buckets: number
  missing: boolean
}

/**
 * A date or timestamp: sine and cosine of month and day of the week (and of the hour of a timestamp), all UTC, then
 * the days since 1970 scaled as a number is, held between the first and the last day of the train split: every day on a
 * device lies after it, and a trend must not be drawn on into what nobody has seen.
 */
export interface CalendarFeature {
  kind: 'calendar'
  name: string
  type: 'date' | 'timestamp'
  /** Days since 1970 of the earliest and the latest value of the train split. */
  first: number
  last: number
  mean: number
  deviation: number
  missing: boolean
}

export type FeatureSpec = NumberFeature | VocabularyFeature | BucketsFeature | CalendarFeature

/** A fitted transform: plain JSON that means the same after `JSON.parse(JSON.stringify(spec))`. */
export interface TransformSpec {
  format: 'edgewright-transform/1'
  /** In the order of the columns of the encoded row. */
  features: FeatureSpec[]
  /** Columns that were there and say nothing, with the reason. An instance may bring them; they are not looked at. */
  leftOut: { name: string; reason: string }[]
  /** Columns of an encoded row. */
  width: number
}
