import type { Buckets } from './event.ts'

/** Buckets as `tf.summary.histogram` makes them. */
const COUNT = 30

/**
 * How values are spread: buckets of one width from the least to the greatest, the last one closed at both ends; one
 * bucket around them where all are the same (tensorboard/plugins/histogram/summary_v2.py). Values that are no numbers
 * are left out; without values there are no buckets.
 */
export function spread(values: ArrayLike<number>, count = COUNT): Buckets {
  let [least, most, finite] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0]
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number
    if (!Number.isFinite(value)) continue
    finite++
    if (value < least) least = value
    if (value > most) most = value
  }
  if (finite === 0) return new Float64Array()
  if (least === most) return Float64Array.of(least - 0.5, most + 0.5, finite)
  const width = (most - least) / count
  const buckets = new Float64Array(count * 3)
  for (let i = 0; i < count; i++) {
    buckets[i * 3] = least + i * width
    buckets[i * 3 + 1] = i === count - 1 ? most : least + (i + 1) * width
  }
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number
    if (!Number.isFinite(value)) continue
    const place = Math.min(count - 1, Math.floor((value - least) / width))
    buckets[place * 3 + 2] = (buckets[place * 3 + 2] as number) + 1
  }
  return buckets
}
