/** The values that 0 and 255 stand for, as 32-bit floats. Always includes zero. */
export interface QuantizedRange {
  min: number
  max: number
}

const { fround } = Math

/** C's `round`: halves go away from zero, where JavaScript's go up. */
function round(x: number): number {
  const cut = Math.trunc(x)
  return Math.abs(x - cut) >= 0.5 ? cut + Math.sign(x) : cut
}

/**
 * The range of a tensor, widened to include zero, and to 0..1 for a tensor of zeros.
 * Undefined where a value is infinite or not a number, since no 8-bit step can hold it.
 */
export function rangeOf(values: Float32Array): QuantizedRange | undefined {
  let min = 0
  let max = 0
  // What is no number comes through to the end, where it is seen.
  for (let i = 0; i < values.length; i++) {
    min = Math.min(min, values[i] as number)
    max = Math.max(max, values[i] as number)
  }
  if (!Number.isFinite(fround(max - min))) return undefined
  // Zero has a sign, which nobody needs here.
  if (min === 0) min = 0
  return min === max ? { min, max: min + 1 } : { min, max }
}

/**
 * Floats to 8 bits, TensorFlow's MIN_FIRST mode for quint8 (`FloatToQuantized` in its `quantization_utils.h`): the
 * value and the lower end are each rounded to the grid, so that zero is hit exactly.
 */
export function quantize(values: Float32Array, { min, max }: QuantizedRange): Uint8Array {
  const scale = 256 / (fround(max - min) * (256 / 255))
  const lowest = round(min * scale)
  const quantized = new Uint8Array(values.length)
  for (let i = 0; i < quantized.length; i++) {
    // All lies within some hundreds, so the whole part is cut off in 32 bits: a loop over millions of weights.
    const steps = (values[i] as number) * scale
    const cut = steps | 0
    const rest = steps - cut
    const level = (rest >= 0.5 ? cut + 1 : rest <= -0.5 ? cut - 1 : cut) - lowest
    quantized[i] = level < 0 ? 0 : Math.min(level, 255)
  }
  return quantized
}

/**
 * 8 bits back to floats, in the 32-bit arithmetic of TensorFlow's `Dequantize` kernel in mode MIN_FIRST
 * (`QuantizedToFloatStruct`).
 */
export function dequantize(values: ArrayLike<number>, { min, max }: QuantizedRange): Float32Array {
  const scale = fround(fround(max - min) / 255)
  const lowest = min === max ? min : fround(round(fround(min / scale)) * scale)
  const floats = new Float32Array(values.length)
  for (let i = 0; i < floats.length; i++) floats[i] = lowest + fround((values[i] as number) * scale)
  return floats
}
