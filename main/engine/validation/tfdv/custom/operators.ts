import { compareBytes } from '../texts.ts'
import { Constant, type Value } from './fields.ts'

/** Undefined: the operator is not defined for such values. Null: one of them is null. */
type Result = Value | undefined

const isNumber = (value: Value): value is number | bigint =>
  typeof value === 'number' || typeof value === 'bigint'

/** Constants are equal to their number and to their name. */
export function isEqual(a: Value = null, b: Value = null): boolean | null | undefined {
  if (a === null || b === null) return null
  if (b instanceof Constant && !(a instanceof Constant)) return isEqual(b, a)
  if (a instanceof Constant) {
    if (b instanceof Constant) return a.number === b.number
    if (typeof b === 'bigint') return BigInt(a.number) === b
    const number = typeof b === 'string' ? a.names.get(b) : undefined
    return number === undefined ? undefined : a.number === number
  }
  const order = typeof a === 'boolean' && typeof b === 'boolean' ? Number(a) - Number(b) : compare(a, b)
  return typeof order === 'number' ? order === 0 : order
}

/** Below zero, zero or above; NaN where one is NaN, which is then neither less nor equal nor more. */
export function compare(a: Value, b: Value): number | null | undefined {
  if (a === null || b === null) return null
  if (typeof a === 'string' && typeof b === 'string') return compareBytes(a, b)
  if (!isNumber(a) || !isNumber(b)) return undefined
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.NaN
  return a < b ? -1 : a > b ? 1 : 0
}

export function add(a: Value, b: Value, sign: 1 | -1): Result {
  if (a === null || b === null) return null
  if (typeof a === 'bigint' && typeof b === 'bigint') return a + BigInt(sign) * b
  return isNumber(a) && isNumber(b) ? Number(a) + sign * Number(b) : undefined
}

/** Always with a fraction. */
export function divide(a: Value = null, b: Value = null): Result {
  if (a === null || b === null) return null
  return isNumber(a) && isNumber(b) ? Number(a) / Number(b) : undefined
}

export function negative(a: Value = null): Result {
  if (a === null) return null
  return typeof a === 'bigint' || typeof a === 'number' ? -a : undefined
}

/** `%` stands for any text, `_` for one character; a backslash takes that away. */
export function like(a: Value = null, b: Value = null): Result {
  if (a === null || b === null) return null
  if (typeof a !== 'string' || typeof b !== 'string') return undefined
  const pattern = b.replace(/\\(.)|[%_]|[\\^$.*+?()[\]{}|/]/gs, (sign, escaped) => {
    if (sign === '%') return '.*'
    if (sign === '_') return '.'
    return (escaped ?? sign).replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
  })
  return new RegExp(`^${pattern}$`, 'su').test(a)
}

/** Three-valued: what is not known decides nothing. */
export function combine(name: 'AND' | 'OR', a: Value, b: Value): Value {
  const decides = name === 'OR'
  if (a === decides || b === decides) return decides
  return a === null || b === null ? null : !decides
}
