/** The limits of a number field. */
export interface NumberLimits {
  min?: number | undefined
  max?: number | undefined
  /** Only whole numbers. */
  integer?: boolean | undefined
  /** The value must be a multiple of it. */
  multipleOf?: number | undefined
}

/** Reads what a person typed: spaces and thousands commas are taken, anything else is not a number (null). */
export function parseNumber(text: string): number | null {
  const plain = text.replace(/[\s,\u00a0]/g, '').replace('−', '-')
  if (!/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(plain)) return null
  const n = Number(plain)
  return Number.isFinite(n) ? n : null
}

/** What is wrong with a number, as an instruction, or null. "Use a multiple of 32, 96 is nearest". */
export function numberTrouble(n: number | null, limits: NumberLimits): string | null {
  if (n === null) return 'Use a number'
  const { min, max, integer, multipleOf } = limits
  if (min !== undefined && n < min) return `Use at least ${min}`
  if (max !== undefined && n > max) return `Use at most ${max}`
  if (integer && !Number.isInteger(n)) return `Use a whole number, ${Math.round(n)} is nearest`
  if (multipleOf) {
    const nearest = Math.max(1, Math.round(n / multipleOf)) * multipleOf
    if (Math.abs(n / multipleOf - Math.round(n / multipleOf)) > 1e-9)
      return `Use a multiple of ${multipleOf}, ${nearest} is nearest`
  }
  return null
}

/** One step up or down, kept inside the limits and free of binary dust (0.1 + 0.2 gives 0.3). */
export function stepNumber(n: number, step: number, limits: NumberLimits): number {
  const digits = Math.max(0, -Math.floor(Math.log10(Math.abs(step))) + 2)
  const next = Number((n + step).toFixed(Math.min(20, digits)))
  return Math.min(
    limits.max ?? Number.POSITIVE_INFINITY,
    Math.max(limits.min ?? Number.NEGATIVE_INFINITY, next),
  )
}
