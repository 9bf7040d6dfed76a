import { fixed } from '../../ui/index.ts'

/* What a float32 or a rounded decimal carries; further digits are noise of the binary form. */
const DIGITS = 9

/** How many decimals a value has when noise beyond nine digits is left out, at most eight; 0 for what is no number. */
export function decimalsOf(value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) return 0
  const [mantissa = '', exponent = '0'] = value.toExponential(DIGITS - 1).split('e')
  const digits = mantissa.replace('.', '').replace('-', '').replace(/0+$/, '').length
  return Math.min(8, Math.max(0, digits - 1 - Number(exponent)))
}

/** A value with the decimals of its column and thousands commas; very large and very small ones by their power. */
export function exact(n: number, decimals: number): string {
  const size = Math.abs(n)
  return Number.isFinite(n) && size !== 0 && (size >= 1e12 || size < 1e-6)
    ? String(Number(n.toPrecision(DIGITS))).replaceAll('-', '−')
    : fixed(n, decimals)
}

/** A whole number without commas. */
export const plain = (n: number): string => String(n).replace('-', '−')
