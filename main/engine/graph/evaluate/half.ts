const bits = new DataView(new ArrayBuffer(4))

/** The number that the 16 bits of an IEEE 754 half stand for. */
export function fromFloat16(half: number): number {
  bits.setUint16(0, half)
  return bits.getFloat16(0)
}

/** The nearest IEEE 754 half of a number, ties to even. */
export function float16Of(value: number): number {
  bits.setFloat16(0, value)
  return bits.getUint16(0)
}

/** The number that the 16 bits of a bfloat16 (the upper half of a float) stand for. */
export function fromBfloat16(half: number): number {
  bits.setUint32(0, half << 16)
  return bits.getFloat32(0)
}

/** The nearest bfloat16 of a number, ties to even. */
export function bfloat16Of(value: number): number {
  if (Number.isNaN(value)) return 0x7fc0
  bits.setFloat32(0, value)
  const whole = bits.getUint32(0)
  return ((whole + 0x7fff + ((whole >>> 16) & 1)) >>> 16) & 0xffff
}

/** Rounds to the nearest whole number, halves to the even one. */
export function even(value: number): number {
  const floor = Math.floor(value)
  const rest = value - floor
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1
  return floor % 2 === 0 ? floor : floor + 1
}

/** Floats of 16 bits as 32-bit ones. */
export const widened = (data: Uint16Array, dtype: 'float16' | 'bfloat16'): Float32Array =>
  dtype === 'float16'
    ? Float32Array.from(new Float16Array(data.buffer, data.byteOffset, data.length))
    : Float32Array.from(data, fromBfloat16)
