import type { LiteQuantization } from '../../graph/index.ts'

/** The least and the greatest value of an activation. */
export interface Range {
  min: number
  max: number
}

export const union = (a: Range | undefined, b: Range): Range =>
  a ? { min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) } : b

/** Half away from zero, as `TfLiteRound` rounds. */
export const roundAway = (x: number): number => Math.sign(x) * Math.floor(Math.abs(x) + 0.5)

/**
 * Parameters of an 8-bit activation: `scale = (max - min) / 255`, `zeroPoint = round(-128 - min / scale)`, the range
 * widened to hold zero (TensorFlow Lite's quantization specification). A range of nothing gets a scale of 1.
 */
export function int8Of({ min, max }: Range): LiteQuantization {
  const low = Math.min(0, min)
  const high = Math.max(0, max)
  const scale = Math.fround((high - low) / 255)
  if (!(scale > 0)) return { scale: [1], zeroPoint: [0], axis: 0 }
  const zeroPoint = Math.min(127, Math.max(-128, roundAway(-128 - low / ((high - low) / 255))))
  return { scale: [scale], zeroPoint: [zeroPoint], axis: 0 }
}

/** Parameters of a 16-bit activation: symmetric, `scale = max(|min|, |max|) / 32767`. */
export function int16Of({ min, max }: Range): LiteQuantization {
  const scale = Math.fround(Math.max(Math.abs(min), Math.abs(max)) / 32767)
  return { scale: [scale > 0 ? scale : 1], zeroPoint: [0], axis: 0 }
}

/** Values in the whole numbers of the parameters, cut off at the ends of their type. */
export function quantized(
  values: Float32Array,
  { scale, zeroPoint }: LiteQuantization,
  low: number,
  high: number,
): Int32Array {
  const [step = 1] = scale
  const [zero = 0] = zeroPoint
  return Int32Array.from(values, value => Math.min(high, Math.max(low, roundAway(value / step) + zero)))
}
