import { sameShape, sizeOf } from '../../../../graph.ts'
import type { Draft, Operation, Value } from '../draft.ts'
import { activationOf, alike, type Fusion, isNear, madeBy, uniform } from './fusion.ts'

const isPlain = (operation: Operation): boolean => activationOf(operation) === 'NONE'

/** Constants stand second, so that others need to look there only. */
const constantsSecond: Fusion = {
  on: ['ADD', 'MUL', 'MAXIMUM', 'MINIMUM'],
  rewrite(operation, draft) {
    const [a, b] = operation.inputs as [Value, Value]
    if (!a.data || b.data) return false
    draft.read(operation, [b, a])
    return true
  },
}

/** `x + 0`, `x - 0`, `x * 1`, `x / 1` are x. */
const neutral: Fusion = {
  on: ['ADD', 'SUB', 'MUL', 'DIV'],
  rewrite(operation, draft) {
    const [x, constant] = operation.inputs as [Value, Value]
    const nothing = operation.op === 'MUL' || operation.op === 'DIV' ? 1 : 0
    const [result] = operation.outputs as [Value]
    if (uniform(constant) !== nothing || !isPlain(operation) || !alike(x, result)) return false
    draft.replace(result, x)
    return true
  },
}

const BOUNDED = ['LOGISTIC', 'TANH', 'SOFTMAX', 'RELU6', 'RELU_N1_TO_1', 'HARD_SWISH']

/** `x * 0` is 0, where x is surely a number: the first step of a recurrent layer has a state of zeros. */
const nothing: Fusion = {
  on: ['MUL'],
  rewrite(operation, draft) {
    const [x, zero] = operation.inputs as [Value, Value]
    const [result] = operation.outputs as [Value]
    if (uniform(zero) !== 0 || !madeBy(x, ...BOUNDED) || result.signature) return false
    const { name, type, shape, origin } = result
    const data = new Float32Array(sizeOf(shape))
    draft.replace(result, draft.value({ name, type, shape, data, origin }))
    return true
  },
}

/** Dividing by a constant is multiplying by its inverse. */
const division: Fusion = {
  on: ['DIV'],
  rewrite(operation, draft) {
    const [x, constant] = operation.inputs as [Value, Value]
    if (!constant.data || x.data || constant.type !== 'float32') return false
    const data = Float32Array.from(constant.data as Float32Array, value => 1 / value)
    // An inverse that overflows would turn a number into nothing.
    if (!data.every(Number.isFinite)) return false
    const { name, shape, origin } = constant
    const inverse = draft.value({ name, type: 'float32', shape, data, origin })
    draft.become(operation, 'MUL', [x, inverse], operation.options)
    return true
  },
}

/** `1 / sqrt(x)`. */
const inverseRoot: Fusion = {
  on: ['DIV'],
  rewrite(operation, draft) {
    const [one, root] = operation.inputs as [Value, Value]
    const square = madeBy(root, 'SQRT')
    const [result] = operation.outputs as [Value]
    if (!square || uniform(one) !== 1 || !isPlain(operation) || !alike(root, result)) return false
    draft.become(operation, 'RSQRT', [square.inputs[0]])
    return true
  },
}

/** `(x + a) + b` with constants. */
const sums: Fusion = {
  on: ['ADD'],
  rewrite(operation, draft) {
    const [x, second] = operation.inputs as [Value, Value]
    const before = madeBy(x, 'ADD')
    const [inner, first] = (before?.inputs ?? []) as [Value, Value]
    if (!before || !isPlain(before) || !draft.isOnlyFor(x, operation) || x.type !== 'float32') return false
    if (!first.data || !second.data || inner.data) return false
    const joined = added(draft, first, second)
    if (!joined) return false
    draft.read(operation, [inner, joined])
    return true
  },
}

function added(draft: Draft, a: Value, b: Value): Value | undefined {
  const [wide, narrow] = (a.data?.length ?? 0) >= (b.data?.length ?? 0) ? [a, b] : [b, a]
  const [data, other] = [wide.data as Float32Array, narrow.data as Float32Array]
  const fits =
    sameShape(wide.shape, narrow.shape) ||
    (narrow.data?.length === 1 && narrow.shape.length <= wide.shape.length)
  if (!fits) return undefined
  const sum = Float32Array.from(data, (value, i) => value + (other[other.length === 1 ? 0 : i] as number))
  return draft.value({ ...wide, data: sum, range: undefined })
}

/** `-(-x)`, `-x + y`, `x - (-y)`. */
const signs: Fusion = {
  on: ['NEG', 'ADD', 'SUB'],
  rewrite(operation, draft) {
    const [a, b] = operation.inputs as [Value, Value]
    const [result] = operation.outputs as [Value]
    const inner = (value: Value) => madeBy(value, 'NEG')?.inputs[0]
    if (operation.op === 'NEG') {
      const x = inner(a)
      if (!x) return false
      draft.replace(result, x)
      return true
    }
    const [left, right] = [inner(a), inner(b)]
    if (right && draft.isOnlyFor(b, operation))
      draft.become(operation, operation.op === 'ADD' ? 'SUB' : 'ADD', [a, right], operation.options)
    else if (operation.op === 'ADD' && left && draft.isOnlyFor(a, operation))
      draft.become(operation, 'SUB', [b, left], operation.options)
    else return false
    return true
  },
}

/** `(a - b)^2`. */
const squaredDifference: Fusion = {
  on: ['SQUARE'],
  rewrite(operation, draft) {
    const [x] = operation.inputs as [Value]
    const difference = madeBy(x, 'SUB')
    // The operator stretches tensors of up to four axes.
    if (!difference || !isPlain(difference) || !draft.isOnlyFor(x, operation) || x.shape.length > 4)
      return false
    draft.become(operation, 'SQUARED_DIFFERENCE', difference.inputs)
    return true
  },
}

/** Limits that are those of an activation. */
const limits: Fusion = {
  on: ['MAXIMUM', 'MINIMUM'],
  rewrite(operation, draft) {
    const [x, constant] = operation.inputs as [Value, Value]
    const limit = uniform(constant)
    const [result] = operation.outputs as [Value]
    if (limit === undefined || x.type !== 'float32' || !alike(x, result)) return false
    const other = operation.op === 'MAXIMUM' ? 'MINIMUM' : 'MAXIMUM'
    const before = madeBy(x, other, 'RELU')
    const inner = before?.inputs[0] as Value
    const start = before?.op === 'RELU' ? 0 : uniform(before?.inputs[1])
    const pair = operation.op === 'MAXIMUM' ? [limit, start] : [start, limit]
    const single = before && draft.isOnlyFor(x, operation) && alike(inner, x) && before.op !== operation.op
    const joined = single ? ACTIVATIONS[pair.join()] : undefined
    if (joined) draft.become(operation, joined, [inner])
    else if (operation.op === 'MAXIMUM' && limit === 0) draft.become(operation, 'RELU', [x])
    else return false
    return true
  },
}

const ACTIVATIONS: Record<string, string> = { '0,6': 'RELU6', '-1,1': 'RELU_N1_TO_1' }

/** `max(x, a * x)` with `0 < a < 1`. */
const leakyRelu: Fusion = {
  on: ['MAXIMUM'],
  rewrite(operation, draft) {
    const [a, b] = operation.inputs as [Value, Value]
    for (const [x, small] of [
      [a, b],
      [b, a],
    ] as const) {
      const product = madeBy(small, 'MUL')
      const alpha = uniform(product?.inputs[1])
      if (!product || product.inputs[0] !== x || alpha === undefined || !(alpha > 0 && alpha < 1)) continue
      if (!isPlain(product) || !alike(x, small)) continue
      draft.become(operation, 'LEAKY_RELU', [x], { alpha })
      return true
    }
    return false
  },
}

/** `x * relu6(x + 3) / 6`. */
const hardSwish: Fusion = {
  on: ['MUL'],
  rewrite(operation, draft) {
    if (!isPlain(operation)) return false
    const [a, b] = operation.inputs as [Value, Value]
    const found = isNear(uniform(b), 1 / 6) ? pairOf(a) : (scaledGate(a, b) ?? scaledGate(b, a))
    if (!found || !alike(found, operation.outputs[0] as Value)) return false
    draft.become(operation, 'HARD_SWISH', [found])
    return true
  },
}

/** x, where the value is `x * relu6(x + 3)`. */
function pairOf(value: Value): Value | undefined {
  const product = madeBy(value, 'MUL')
  if (!product || !isPlain(product)) return undefined
  const [a, b] = product.inputs as [Value, Value]
  return isGate(a, b) ? b : isGate(b, a) ? a : undefined
}

/** x, where the gate is `relu6(x + 3) / 6`. */
function scaledGate(gate: Value, x: Value): Value | undefined {
  const product = madeBy(gate, 'MUL')
  if (!product || !isPlain(product) || !isNear(uniform(product.inputs[1]), 1 / 6)) return undefined
  return isGate(product.inputs[0] as Value, x) ? x : undefined
}

/** Whether the value is `relu6(x + 3)`. */
function isGate(value: Value, x: Value): boolean {
  const relu = madeBy(value, 'RELU6')
  const sum = madeBy(relu ? relu.inputs[0] : value, 'ADD')
  if (!sum || activationOf(sum) !== (relu ? 'NONE' : 'RELU6')) return false
  return sum.inputs[0] === x && uniform(sum.inputs[1]) === 3
}

export const ARITHMETIC: Fusion[] = [
  constantsSecond,
  neutral,
  nothing,
  inverseRoot,
  division,
  sums,
  signs,
  squaredDifference,
  limits,
  leakyRelu,
  hardSwish,
]
