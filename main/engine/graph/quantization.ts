/** The values that 0 and 255 stand for, as 32-bit floats. Always includes zero. */
export interface QuantizedRange {
  min: number
  max: number
}

const { fround } = Math

/** C's `round`: halves go away from zero, where JavaScript's go up. */
const round = (x: number): number => Math.sign(x) * Math.floor(Math.abs(x) + 0.5)

/**
 * The range of a tensor, widened to include zero, and to 0..1 for a tensor of zeros.
 * Undefined where a value is infinite or not a number, since no 8-bit step can hold it.
 */
export function rangeOf(values: Float32Array): QuantizedRange | undefined {
  let min = 0
  let max = 0
  for (const value of values) {
    if (!Number.isFinite(value)) return undefined
    if (value < min) min = value
    if (value > max) max = value
  }
  if (!Number.isFinite(fround(max - min))) return undefined
  return min === max ? { min, max: min + 1 } : { min, max }
}

/**
 * Floats to 8 bits, TensorFlow's MIN_FIRST mode for quint8 (`FloatToQuantized` in its `quantization_utils.h`): the
 * value and the lower end are each rounded to the grid, so that zero is hit exactly.
 */
export function quantize(values: Float32Array, { min, max }: QuantizedRange): Uint8Array {
  const scale = 256 / (fround(max - min) * (256 / 255))
  const lowest = round(min * scale)
  return Uint8Array.from(values, value => Math.min(255, Math.max(0, round(value * scale) - lowest)))
}

/**
 * 8 bits back to floats, in the 32-bit arithmetic of TensorFlow's `Dequantize` kernel in mode MIN_FIRST
 * (`QuantizedToFloatStruct`).
 */
export function dequantize(values: ArrayLike<number>, { min, max }: QuantizedRange): Float32Array {
  const scale = fround(fround(max - min) / 255)
  const lowest = min === max ? min : fround(round(fround(min / scale)) * scale)
  return Float32Array.from(values, value => fround(lowest + fround(value * scale)))
}
