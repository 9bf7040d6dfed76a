import type { LiteQuantization } from '../../graph/index.ts'

/** The least and the greatest value of an activation. */
export interface Range {
  min: number
  max: number
}

export const union = (a: Range | undefined, b: Range): Range =>
  a ? { min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) } : b

/** Whether it can be quantized: a range of numbers that are numbers. */
export const isRange = (range: Range | undefined): range is Range =>
  range !== undefined && Number.isFinite(range.min) && Number.isFinite(range.max) && range.min <= range.max

/** The least and the greatest of constant values. */
export function rangeOf(values: Float32Array): Range {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number
    // What is no number is no range either: it must not vanish in the comparisons.
    if (Number.isNaN(value)) return { min: value, max: value }
    if (value < min) min = value
    if (value > max) max = value
  }
  return { min, max }
}

/** Half away from zero, as `TfLiteRound` rounds. */
export const roundAway = (x: number): number => (x < 0 ? 0 - Math.floor(0.5 - x) : Math.floor(x + 0.5))

/** Ranges narrower than twice this are widened to it: steps too small would make numbers too large. */
export const NARROWEST = 5e-7

/** The range with zero in it and no narrower than 1e-6. */
function usable({ min, max }: Range): Range {
  const low = Math.fround(Math.min(0, min))
  const high = Math.fround(Math.max(0, max))
  return high - low > 2 * NARROWEST
    ? { min: low, max: high }
    : { min: Math.min(low, -NARROWEST), max: Math.max(high, NARROWEST) }
}

/**
 * Parameters of an 8-bit activation: `scale = (max - min) / 255`, `zeroPoint = round(-128 - min / scale)`, the range
 * widened to hold zero (TensorFlow Lite's quantization specification), in the 32-bit steps of TensorFlow's converter.
 */
export function int8Of(range: Range): LiteQuantization {
  const { min, max } = usable(range)
  const scale = Math.fround(Math.fround(Math.fround(max) - Math.fround(min)) / 255)
  const zeroPoint = Math.min(127, Math.max(-128, roundAway(Math.fround(-128 - min / scale))))
  return { scale: [scale], zeroPoint: [zeroPoint], axis: 0 }
}

/** Parameters of a 16-bit activation: symmetric, `scale = max(|min|, |max|) / 32767`. */
export function int16Of(range: Range): LiteQuantization {
  const { min, max } = usable(range)
  return { scale: [Math.fround(Math.max(-min, max) / 32767)], zeroPoint: [0], axis: 0 }
}

/** Values in the whole numbers of the parameters, cut off at the ends of their type. */
export function quantized(
  values: Float32Array,
  { scale, zeroPoint }: LiteQuantization,
  bits: 8 | 16,
): Int8Array | Int16Array {
  const [step = 1] = scale
  const [zero = 0] = zeroPoint
  const made = bits === 8 ? new Int8Array(values.length) : new Int16Array(values.length)
  const [low, high] = bits === 8 ? [-128, 127] : [-32767, 32767]
  for (let i = 0; i < values.length; i++)
    made[i] = Math.min(high, Math.max(low, roundAway((values[i] as number) / step) + zero))
  return made
}
