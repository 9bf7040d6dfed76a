import type { Draft, Operation, Value } from '../draft.ts'
import { activationOf, alike, type Fusion, isNear, madeBy, uniform } from './fusion.ts'

/** A product taken apart: numbers, other constants, and the rest, each as often as it is a factor. */
interface Factors {
  number: number
  constants: Value[]
  rest: Value[]
}

/** Looks through products, signs and powers of whole numbers; not deeper than formulas go. */
function factorsOf(value: Value, depth = 5): Factors {
  const maker = value.maker
  const only = { number: 1, constants: [], rest: [value] }
  const number = uniform(value)
  if (number !== undefined) return { number, constants: [], rest: [] }
  if (value.data) return { number: 1, constants: [value], rest: [] }
  if (!maker || depth === 0 || activationOf(maker) !== 'NONE') return only
  const of = (index: number) => factorsOf(maker.inputs[index] as Value, depth - 1)
  const join = (...parts: Factors[]): Factors => ({
    number: parts.reduce((product, part) => product * part.number, 1),
    constants: parts.flatMap(part => part.constants),
    rest: parts.flatMap(part => part.rest),
  })
  if (maker.op === 'MUL') return join(of(0), of(1))
  if (maker.op === 'NEG') return join(of(0), { number: -1, constants: [], rest: [] })
  if (maker.op === 'SQUARE') return join(of(0), of(0))
  const power = maker.op === 'POW' ? uniform(maker.inputs[1]) : undefined
  return power === 3 ? join(of(0), of(0), of(0)) : only
}

/** x, where the product is `number * x` (taken `times` times) and nothing else. */
function multipleOf({ number, constants, rest }: Factors, wanted: number, times = 1): Value | undefined {
  const [x] = rest
  if (constants.length > 0 || rest.length !== times || rest.some(value => value !== x)) return undefined
  return isNear(number, wanted) ? x : undefined
}

/** The other summand, where the value is `number + it`. */
function besides(value: Value, number: number): Value | undefined {
  const sum = madeBy(value, 'ADD')
  return sum && activationOf(sum) === 'NONE' && isNear(uniform(sum.inputs[1]), number)
    ? sum.inputs[0]
    : undefined
}

const ROOT = Math.sqrt(2 / Math.PI)
const CUBIC = 0.044715

/** x, where the value is `1 + erf(x / sqrt 2)`, or `erfc(-x / sqrt 2)`, which is the same. */
function exactGate(value: Value): Value | undefined {
  const complement = madeBy(value, 'ERFC')
  if (complement) return multipleOf(factorsOf(complement.inputs[0] as Value), -Math.SQRT1_2)
  const erf = madeBy(besides(value, 1), 'ERF')
  return erf && multipleOf(factorsOf(erf.inputs[0] as Value), Math.SQRT1_2)
}

/** x, where the value is `1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3))`. */
function approximateGate(value: Value): Value | undefined {
  const tanh = madeBy(besides(value, 1), 'TANH')
  if (!tanh) return undefined
  const { number, constants, rest } = factorsOf(tanh.inputs[0] as Value)
  if (!isNear(number, ROOT) || constants.length > 0) return undefined
  const [a, b] = rest as [Value, Value | undefined]
  if (rest.length === 1) {
    const sum = madeBy(a, 'ADD')
    const [x, cube] = (sum?.inputs ?? []) as [Value, Value]
    if (!sum || activationOf(sum) !== 'NONE') return undefined
    if (multipleOf(factorsOf(cube), CUBIC, 3) === x) return x
    return multipleOf(factorsOf(x), CUBIC, 3) === cube ? cube : undefined
  }
  // x times one and a share of its square.
  for (const [x, sum] of [
    [a, b],
    [b, a],
  ] as [Value, Value][]) {
    const square = sum && besides(sum, 1)
    if (rest.length === 2 && square && multipleOf(factorsOf(square), CUBIC, 2) === x) return x
  }
  return undefined
}

/** `x / 2 * (1 + erf(x / sqrt 2))` of Hendrycks and Gimpel 2016, and their approximation by tanh. */
const gelu: Fusion = {
  on: ['MUL'],
  rewrite(operation, draft) {
    if (activationOf(operation) !== 'NONE') return false
    const [result] = operation.outputs as [Value]
    const { number, constants, rest } = factorsOf(result)
    const half = isNear(number, 0.5)
    if (constants.length > 0 || rest.length !== 2 || !(half || isNear(number, 1))) return false
    for (const [x, gate] of [rest, [...rest].reverse()] as [Value, Value][]) {
      const exact = half ? exactGate(gate) : halfGate(gate)
      const near = half && !exact ? approximateGate(gate) : undefined
      if ((exact ?? near) !== x || !alike(x, result)) continue
      draft.become(operation, 'GELU', [x], { approximate: exact === undefined })
      return true
    }
    return false
  },
}

/** x, where the value is `0.5 + 0.5 * erf(x / sqrt 2)`. */
function halfGate(value: Value): Value | undefined {
  const half = besides(value, 0.5)
  const { number, constants, rest } = half ? factorsOf(half) : { number: 0, constants: [], rest: [] }
  const erf = madeBy(rest[0], 'ERF')
  if (!erf || rest.length !== 1 || constants.length > 0 || !isNear(number, 0.5)) return undefined
  return multipleOf(factorsOf(erf.inputs[0] as Value), Math.SQRT1_2)
}

const lastAxisOnly = (reduction: Operation | undefined): boolean => {
  const [x, axes] = (reduction?.inputs ?? []) as [Value, Value]
  return reduction?.options.keep_dims === true && uniform(axes) === x.shape.length - 1
}

/** `e^x / sum(e^x)` along the last axis; also with the largest x taken away first. */
const softmax: Fusion = {
  on: ['DIV'],
  rewrite(operation, draft) {
    const [power, total] = operation.inputs as [Value, Value]
    const exp = madeBy(power, 'EXP')
    const sum = madeBy(total, 'SUM')
    if (!exp || !sum || sum.inputs[0] !== power || !lastAxisOnly(sum) || activationOf(operation) !== 'NONE')
      return false
    const [x] = exp.inputs as [Value]
    const shift = madeBy(x, 'SUB')
    const largest = madeBy(shift?.inputs[1], 'REDUCE_MAX')
    const own = shift?.inputs[0]
    const shifted = shift && largest && largest.inputs[0] === own && lastAxisOnly(largest)
    draft.become(operation, 'SOFTMAX', [shifted ? own : x], { beta: 1 })
    return true
  },
}

/** The sum of x's squares along the last axis, at least a tiny number: what L2_NORMALIZATION divides by, squared. */
function squaresOf(value: Value): Value | undefined {
  const atLeast = madeBy(value, 'MAXIMUM', 'ADD')
  const floor = uniform(atLeast?.inputs[1])
  // The operator's own floor is 1e-6, which is 1e-12 squared; a larger one would be lost.
  if (atLeast && !(floor !== undefined && floor >= 0 && floor <= 1e-11 && activationOf(atLeast) === 'NONE'))
    return undefined
  const sum = madeBy(atLeast ? atLeast.inputs[0] : value, 'SUM')
  if (!sum || !lastAxisOnly(sum)) return undefined
  const square = madeBy(sum.inputs[0], 'SQUARE', 'MUL')
  const [a, b] = (square?.inputs ?? []) as [Value, Value]
  return square && (square.op === 'SQUARE' || a === b) ? a : undefined
}

/** `x / sqrt(sum(x^2))`. */
const l2Normalization: Fusion = {
  on: ['MUL', 'DIV'],
  rewrite(operation, draft) {
    if (activationOf(operation) !== 'NONE') return false
    const [a, b] = operation.inputs as [Value, Value]
    const pairs =
      operation.op === 'MUL'
        ? [
            [a, b],
            [b, a],
          ]
        : [[a, b]]
    for (const [x, length] of pairs as [Value, Value][]) {
      const root = madeBy(length, operation.op === 'MUL' ? 'RSQRT' : 'SQRT')
      if (!root || squaresOf(root.inputs[0] as Value) !== x) continue
      draft.become(operation, 'L2_NORMALIZATION', [x])
      return true
    }
    return false
  },
}

/** `relu(x) - a * relu(-x)`: PRELU with a constant for each place, LEAKY_RELU with one number. */
const prelu: Fusion = {
  on: ['ADD', 'SUB'],
  rewrite(operation, draft) {
    if (activationOf(operation) !== 'NONE') return false
    const [a, b] = operation.inputs as [Value, Value]
    for (const [positive, negative] of (operation.op === 'ADD'
      ? [
          [a, b],
          [b, a],
        ]
      : [[a, b]]) as [Value, Value][]) {
      const x = madeBy(positive, 'RELU')?.inputs[0]
      const { number, constants, rest } = factorsOf(negative)
      const below = madeBy(madeBy(rest[0], 'RELU')?.inputs[0], 'NEG')
      if (!x || rest.length !== 1 || below?.inputs[0] !== x || constants.length > 1) continue
      if (x.type !== 'float32' || !alike(x, operation.outputs[0] as Value)) continue
      const sign = operation.op === 'ADD' ? -number : number
      const [slope] = constants
      const alpha = slope && slopes(draft, slope, sign, x)
      if (slope && !alpha) continue
      if (alpha) draft.become(operation, 'PRELU', [x, alpha])
      else draft.become(operation, 'LEAKY_RELU', [x], { alpha: sign })
      return true
    }
    return false
  },
}

/** The slope has an axis for each of x but the batch's. */
function slopes(draft: Draft, slope: Value, sign: number, x: Value): Value | undefined {
  const rank = x.shape.length - 1
  const extra = slope.shape.length - rank
  if (
    slope.type !== 'float32' ||
    rank < 1 ||
    slope.shape.slice(0, Math.max(0, extra)).some(size => size !== 1)
  )
    return undefined
  const shape = extra > 0 ? slope.shape.slice(extra) : [...new Array<number>(-extra).fill(1), ...slope.shape]
  const data = Float32Array.from(slope.data as Float32Array, value => sign * value)
  return draft.value({ name: slope.name, type: 'float32', shape, data, origin: slope.origin })
}

export const FORMULAS: Fusion[] = [gelu, softmax, l2Normalization, prelu]
