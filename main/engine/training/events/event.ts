/** A histogram: left edge, right edge and count of each bucket, one after the other. */
export type Buckets = Float64Array

/** Who hears what event files say; it only collects, and never throws. Times are seconds since 1970. */
export interface EventSink {
  scalar(tag: string, step: number, at: number, value: number): void
  histogram(tag: string, step: number, at: number, buckets: Buckets): void
  text(tag: string, step: number, at: number, text: string): void
  /** Values that a trial was started with, by the hparams plugin. */
  params(values: Record<string, string | number | boolean>): void
  /** How a trial ended, by the hparams plugin. */
  ended(status: 'succeeded' | 'failed' | 'unknown', at: number): void
}

/** Names of TensorBoard's plugins, by which a tensor says what it is. */
export const PLUGINS = {
  scalars: 'scalars',
  histograms: 'histograms',
  text: 'text',
  hparams: 'hparams',
} as const

/** Tags of the hparams plugin (tensorboard/plugins/hparams/metadata.py). */
export const HPARAMS = {
  start: '_hparams_/session_start_info',
  end: '_hparams_/session_end_info',
} as const

/** Element types of TensorProto (tensorflow/core/framework/types.proto) that scalars, histograms and texts come in. */
export const TYPES = { float: 1, double: 2, int32: 3, string: 7, int64: 9, bool: 10, bfloat16: 14, half: 19 }
