/**
 * Numbers as the reports print them and as strings spell them: C's `%f` and `%g`, 32-bit and 64-bit integers, single
 * precision. Exact ties round to the even digit, where JavaScript rounds them up.
 */

const ASCII_SPACE = /^[ \t\n\v\f\r]+|[ \t\n\v\f\r]+$/g
const INT64_MIN = -(2n ** 63n)
const INT64_MAX = 2n ** 63n - 1n

/** A figure to six significant digits, as `%g` prints it: 0.25, 1e+06, nan. */
export const sixDigits = (value: number): string => general(value, 6)

/** A double so that it reads back the same, in the fewest of 15 or 17 digits: 1, 0.1, 1e+20. */
export function shortest(value: number): string {
  const short = general(value, 15)
  return Number.isFinite(value) && Number(short) !== value ? general(value, 17) : short
}

/** A figure with six decimals, as `%f` prints it. */
export function sixDecimals(value: number): string {
  if (!Number.isFinite(value)) return notFinite(value)
  if (Math.abs(value) >= 2 ** 53) return `${BigInt(value)}.000000`
  return evenTie(value.toFixed(6), value.toFixed(40), 34)
}

/** A double as an int64, cut toward zero; what does not fit is the least int64, as on the usual processors. */
export function toInt64(value: number): bigint {
  if (!Number.isFinite(value)) return INT64_MIN
  const whole = BigInt(Math.trunc(value))
  return whole < INT64_MIN || whole > INT64_MAX ? INT64_MIN : whole
}

/** The low 32 bits of a count, signed. */
export const toInt32 = (value: bigint): number => Number(BigInt.asIntN(32, value))

/** A decimal int64 with blanks around it, or null. */
export function readInt64(text: string): bigint | null {
  const bare = text.replace(ASCII_SPACE, '')
  if (!/^[+-]?\d+$/.test(bare)) return null
  const value = BigInt(bare.replace(/^\+/, ''))
  return value < INT64_MIN || value > INT64_MAX ? null : value
}

/** A decimal or hexadecimal number, infinity or NaN in single precision with blanks around it, or null. */
export function readFloat32(text: string): number | null {
  const bare = text.replace(ASCII_SPACE, '').replace(/^\+(?!-)/, '')
  if (/^-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(bare)) return Math.fround(Number(bare))
  if (/^-?inf(?:inity)?$/i.test(bare)) return bare.startsWith('-') ? -Infinity : Infinity
  return /^-?nan(?:\(\w*\))?$/i.test(bare) ? Number.NaN : readHexadecimal(bare)
}

/** As C spells it: 0x1.8p1 is 3. */
function readHexadecimal(text: string): number | null {
  const [, sign, whole = '', fraction = '', power = '0'] =
    /^(-?)0x([\da-f]*)\.?([\da-f]*)(?:p([+-]?\d+))?$/i.exec(text) ?? []
  if (whole + fraction === '') return null
  const size = Number(`0x${whole}${fraction}`) * 2 ** (Number(power) - 4 * fraction.length)
  return Math.fround(sign === '-' ? -size : size)
}

function general(value: number, digits: number): string {
  if (!Number.isFinite(value)) return notFinite(value)
  if (value === 0) return Object.is(value, -0) ? '-0' : '0'
  const rounded = evenTie(value.toExponential(digits - 1), value.toExponential(60), 61 - digits)
  const [mantissa = '0', power = '0'] = rounded.split('e')
  const exponent = Number(power)
  if (exponent >= -4 && exponent < digits)
    return trim(Number(rounded).toFixed(Math.max(0, digits - 1 - exponent)))
  const size = String(Math.abs(exponent)).padStart(2, '0')
  return `${trim(mantissa)}e${exponent < 0 ? '-' : '+'}${size}`
}

/** Takes back the last digit of `rounded` by one where `exact` was halfway and the digit before was even. */
function evenTie(rounded: string, exact: string, beyond: number): string {
  const [shown = '', power] = rounded.split('e')
  const [whole = ''] = exact.split('e')
  const rest = whole.slice(whole.length - beyond)
  const last = whole[whole.length - beyond - 1] ?? '0'
  if (!/^50*$/.test(rest) || Number(last) % 2 !== 0) return rounded
  const kept = whole.slice(0, whole.length - beyond)
  return power === undefined || shown === kept ? kept : `${kept}e${exact.split('e')[1]}`
}

const trim = (text: string): string => (text.includes('.') ? text.replace(/\.?0+$/, '') : text)

const notFinite = (value: number): string => (Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf')
