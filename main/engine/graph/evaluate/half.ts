const bits = new DataView(new ArrayBuffer(4))

/** The number that the 16 bits of an IEEE 754 half stand for. */
export function fromFloat16(half: number): number {
  const sign = half & 0x8000 ? -1 : 1
  const exponent = (half >> 10) & 0x1f
  const fraction = half & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

/** The nearest IEEE 754 half of a number, ties to even. */
export function float16Of(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0
  const size = Math.abs(value)
  if (Number.isNaN(value)) return 0x7e00
  if (size >= 65520) return sign | 0x7c00
  // Steps between neighbours are 2^-24 below the smallest normal half, and a 1024th of the power of two above it.
  const exponent = size < 2 ** -14 ? -14 : Math.floor(Math.log2(size))
  const exact = size < 2 ** exponent ? exponent - 1 : exponent
  const step = 2 ** (Math.max(exact, -14) - 10)
  const steps = even(size / step)
  return sign | (steps + (Math.max(exact, -14) + 14) * 1024)
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
