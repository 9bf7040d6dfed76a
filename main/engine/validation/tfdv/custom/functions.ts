import type { Value } from './fields.ts'
import { compare, divide, isEqual } from './operators.ts'

type Compute = (...values: Value[]) => Value | undefined

const isNumber = (value: Value | undefined): value is number | bigint =>
  typeof value === 'number' || typeof value === 'bigint'

/** Of numbers; null where one of them is. */
const ofNumbers =
  (compute: (...numbers: number[]) => number | boolean): Compute =>
  (...values) => {
    if (values.length === 0) return undefined
    if (values.includes(null)) return null
    return values.every(isNumber) ? compute(...values.map(Number)) : undefined
  }

const ofWhole =
  (compute: (a: bigint, b: bigint) => bigint): Compute =>
  (a = null, b = null) => {
    if (a === null || b === null) return null
    return typeof a === 'bigint' && typeof b === 'bigint' && b !== 0n ? compute(a, b) : undefined
  }

const ofStrings =
  (compute: (...strings: string[]) => Value): Compute =>
  (...values) => {
    if (values.length === 0) return undefined
    if (values.includes(null)) return null
    return values.every(value => typeof value === 'string') ? compute(...(values as string[])) : undefined
  }

const outermost =
  (sign: 1 | -1): Compute =>
  (...values) => {
    if (values.includes(null)) return null
    return values.reduce((best, one) => ((compare(one, best) ?? 0) * sign > 0 ? one : best))
  }

const round = (value: number, digits = 0): number => {
  const scale = 10 ** digits
  return (Math.sign(value) * Math.round(Math.abs(value) * scale)) / scale
}

/** Functions of SQL by their names. Undefined: not defined for such values. */
export const functions: Readonly<Record<string, Compute>> = {
  ABS: (a = null) => (typeof a === 'bigint' ? (a < 0n ? -a : a) : ofNumbers(Math.abs)(a)),
  ROUND: ofNumbers(round),
  FLOOR: ofNumbers(Math.floor),
  CEIL: ofNumbers(Math.ceil),
  CEILING: ofNumbers(Math.ceil),
  TRUNC: ofNumbers(Math.trunc),
  SQRT: ofNumbers(Math.sqrt),
  POW: ofNumbers(Math.pow),
  POWER: ofNumbers(Math.pow),
  EXP: ofNumbers(Math.exp),
  LN: ofNumbers(Math.log),
  LOG: ofNumbers((value, base = Math.E) => Math.log(value) / Math.log(base)),
  LOG10: ofNumbers(Math.log10),
  IS_NAN: ofNumbers(Number.isNaN),
  IS_INF: ofNumbers(value => Math.abs(value) === Number.POSITIVE_INFINITY),
  IEEE_DIVIDE: divide,
  SAFE_DIVIDE: (a = null, b = null) => (b !== null && Number(b) === 0 ? null : divide(a, b)),
  MOD: ofWhole((a, b) => a % b),
  DIV: ofWhole((a, b) => a / b),
  GREATEST: outermost(1),
  LEAST: outermost(-1),
  COALESCE: (...values) => values.find(value => value !== null) ?? null,
  IFNULL: (a = null, b = null) => a ?? b,
  NULLIF: (a = null, b = null) => (isEqual(a, b) === true ? null : a),
  LENGTH: ofStrings(text => BigInt([...text].length)),
  UPPER: ofStrings(text => text.toUpperCase()),
  LOWER: ofStrings(text => text.toLowerCase()),
  CONCAT: ofStrings((...texts) => texts.join('')),
  STARTS_WITH: ofStrings((text, start) => text.startsWith(start ?? '')),
  ENDS_WITH: ofStrings((text, end) => text.endsWith(end ?? '')),
  ARRAY_LENGTH: (a = null) => (Array.isArray(a) ? BigInt(a.length) : a === null ? null : undefined),
}
