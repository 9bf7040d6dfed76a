/**
 * The shortest decimal that reads back as the same 32-bit float, of at least six digits of precision before rounding:
 * Python's `ToShortestFloat`, so that `0.1` is written and not `0.10000000149011612`.
 */
export function shortestFloat(value: number): number {
  if (!Number.isFinite(value) || value === 0) return value
  for (let precision = 6; precision < 10; precision++) {
    const rounded = Number(value.toPrecision(precision))
    if (Math.fround(rounded) === value) return rounded
  }
  return value
}

/** A double as Python's `repr` writes it: `1.0`, `1e+20`, `1e-05`, `inf`, `nan`. */
export function floatLiteral(value: number): string {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0'
  const [digits = '', power = ''] = value.toExponential().split('e')
  const exponent = Number(power)
  if (exponent < -4 || exponent >= 16) {
    const sign = exponent < 0 ? '-' : '+'
    return `${digits}e${sign}${String(Math.abs(exponent)).padStart(2, '0')}`
  }
  // JavaScript itself writes plain digits from 1e-7 to 1e21, which holds this range.
  const plain = String(value)
  return plain.includes('.') ? plain : `${plain}.0`
}

const ESCAPES: Record<number, string> = {
  9: '\\t',
  10: '\\n',
  13: '\\r',
  34: '\\"',
  39: "\\'",
  92: '\\\\',
}
const ESCAPED = Array.from({ length: 256 }, (_, byte) => {
  const short = ESCAPES[byte]
  if (short) return short
  return byte < 32 || byte > 126 ? `\\${byte.toString(8).padStart(3, '0')}` : String.fromCharCode(byte)
})

/** Bytes, or the UTF-8 of a string, in double quotes and printable ASCII; the rest by three octal digits. */
export function stringLiteral(value: string | Uint8Array): string {
  if (typeof value === 'string' && /^[\x20\x21\x23-\x26\x28-\x5b\x5d-\x7e]*$/.test(value)) return `"${value}"`
  const parts: string[] = []
  for (const byte of typeof value === 'string' ? Buffer.from(value) : value) parts.push(ESCAPED[byte] ?? '')
  return `"${parts.join('')}"`
}
