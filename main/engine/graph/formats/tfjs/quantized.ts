import type { Tensor } from '../../graph.ts'

/** How a weight's numbers were packed, as `weightsManifest` says it (`io.WeightsManifestEntry` of TensorFlow.js). */
export interface Packing {
  dtype: 'uint8' | 'uint16' | 'float16'
  scale?: number
  min?: number
}

/** Bytes of one packed number. */
export const packedBytes = (packing: Packing): number => (packing.dtype === 'uint8' ? 1 : 2)

/**
 * Packed numbers as TensorFlow.js unpacks them (`decodeWeights`): `value * scale + min` in 64 bits, rounded to the
 * nearest whole for int32.
 */
export function unpack(
  bytes: Uint8Array<ArrayBuffer>,
  packing: Packing,
  whole: boolean,
): Float32Array | Int32Array {
  const size = bytes.length / packedBytes(packing)
  const values = whole ? new Int32Array(size) : new Float32Array(size)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (packing.dtype === 'float16') {
    for (let i = 0; i < size; i++) values[i] = view.getFloat16(2 * i, true)
    return values
  }
  const { scale = 1, min = 0 } = packing
  const wide = packing.dtype === 'uint16'
  for (let i = 0; i < size; i++) {
    const value = (wide ? view.getUint16(2 * i, true) : (bytes[i] as number)) * scale + min
    values[i] = whole ? Math.round(value) : value
  }
  return values
}

/** Float weights with fewer elements stay as they are: nothing is gained by packing them. */
const SMALLEST = 1024

/** The largest number that 16 bits hold. */
const LARGEST_HALF = 65504

export interface Packed {
  packing: Packing
  bytes: Uint8Array
}

/** Floats in 16 bits, rounded to the nearest; undefined where one does not fit. */
function packHalf(values: Float32Array): Packed | undefined {
  const bytes = new Uint8Array(2 * values.length)
  const view = new DataView(bytes.buffer)
  for (const [i, value] of values.entries()) {
    if (Math.abs(value) > LARGEST_HALF) return undefined
    view.setFloat16(2 * i, value, true)
  }
  return { packing: { dtype: 'float16' }, bytes }
}

/**
 * Floats in 8 bits, in 255 equal steps from the smallest to the largest; moved a little where zero lies between them,
 * so that it is hit exactly (`quantization.py` of TensorFlow.js' converter).
 */
function packByte(values: Float32Array): Packed | undefined {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const value of values) {
    if (!Number.isFinite(value)) return undefined
    if (value < min) min = value
    if (value > max) max = value
  }
  if (min === max) return { packing: { dtype: 'uint8', scale: 1, min }, bytes: new Uint8Array(values.length) }
  const scale = (max - min) / 255
  const lowest = min <= 0 && max >= 0 ? -Math.round(-min / scale) * scale : min
  const bytes = Uint8Array.from(values, value =>
    Math.min(255, Math.max(0, Math.round((value - lowest) / scale))),
  )
  return { packing: { dtype: 'uint8', scale, min: lowest === 0 ? 0 : lowest }, bytes }
}

/** A weight packed as asked, or undefined where it is to stay as it is. */
export function pack({ dtype, data }: Tensor, as: 'float16' | 'uint8'): Packed | undefined {
  if (dtype !== 'float32') return undefined
  if (as === 'float16') return packHalf(data as Float32Array)
  return data.length < SMALLEST ? undefined : packByte(data as Float32Array)
}
