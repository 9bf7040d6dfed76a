import { sizeOf } from '../../../../graph.ts'
import type { Draft, Operation, Value } from '../draft.ts'
import { activationOf, type Fusion, madeBy, perChannel } from './fusion.ts'

/** Where an operator with weights keeps them, and along which axis of theirs its channels lie. */
const WEIGHTED: Record<string, { weights: number; bias: number; axis: number }> = {
  CONV_2D: { weights: 1, bias: 2, axis: 0 },
  DEPTHWISE_CONV_2D: { weights: 1, bias: 2, axis: 3 },
  FULLY_CONNECTED: { weights: 1, bias: 2, axis: 0 },
  TRANSPOSE_CONV: { weights: 1, bias: 3, axis: 0 },
}

/** An operator with weights right before a value, or before a RESHAPE that leaves the channels where they are. */
function weightedBefore(
  value: Value,
  reader: Operation,
  draft: Draft,
): { weighted: Operation; last: Operation } | undefined {
  const last = value.maker
  if (!last || !draft.isOnlyFor(value, reader)) return undefined
  if (WEIGHTED[last.op]) return { weighted: last, last }
  const [before] = last.inputs
  const weighted = before?.maker
  if (last.op !== 'RESHAPE' || !before || !weighted || !WEIGHTED[weighted.op]) return undefined
  if (!draft.isOnlyFor(before, last) || before.shape.at(-1) !== value.shape.at(-1)) return undefined
  return { weighted, last }
}

/** `conv(x) + c`, `- c`, `* c`, `/ c` with a number for each channel: into the weights and the bias. */
export const constantsIntoWeights: Fusion = {
  on: ['ADD', 'SUB', 'MUL', 'DIV'],
  rewrite(operation, draft) {
    const [first, second] = operation.inputs as [Value, Value]
    const commutes = operation.op === 'ADD' || operation.op === 'MUL'
    const [value, constant] = commutes && first.data ? [second, first] : [first, second]
    const found = weightedBefore(value, operation, draft)
    if (!found) return false
    const { weighted, last } = found
    const rule = WEIGHTED[weighted.op] as { weights: number; bias: number; axis: number }
    const channels = value.shape.at(-1) ?? 0
    const by = perChannel(constant, channels, value.shape.length)
    const bias = weighted.inputs[rule.bias]
    const weights = weighted.inputs[rule.weights] as Value
    if (!by || activationOf(weighted) !== 'NONE' || (bias && !bias.data)) return false
    const scales = operation.op === 'MUL' || operation.op === 'DIV'
    if (scales && weights.type !== 'float32') return false
    if (scales && !weights.data) return false
    const old = bias?.data as Float32Array | undefined
    const compute = COMPUTE[operation.op] as (a: number, b: number) => number
    const inputs = [...weighted.inputs]
    while (inputs.length < rule.bias) inputs.push(undefined)
    if (scales) inputs[rule.weights] = scaled(draft, weights, by, rule.axis, compute)
    if (old || !scales) {
      const data = Float32Array.from(by, (c, i) => compute(old?.[i] ?? 0, c))
      const name = bias && old?.some(b => b !== 0) ? bias.name : (constant as Value).name
      const isNothing = weighted.op === 'FULLY_CONNECTED' && data.every(b => b === 0)
      inputs[rule.bias] = isNothing
        ? undefined
        : draft.value({ name, type: 'float32', shape: [channels], data, origin: constant?.origin })
    }
    draft.read(weighted, inputs)
    weighted.options = { ...weighted.options, fused_activation_function: activationOf(operation) }
    draft.absorb(last, operation)
    return true
  },
}

const COMPUTE: Record<string, (a: number, b: number) => number> = {
  ADD: (a, b) => a + b,
  SUB: (a, b) => a - b,
  MUL: (a, b) => a * b,
  DIV: (a, b) => a / b,
}

/** Weights whose elements along an axis are each computed with a number. */
function scaled(
  draft: Draft,
  weights: Value,
  by: Float32Array,
  axis: number,
  compute: (a: number, b: number) => number,
): Value {
  const inner = sizeOf(weights.shape.slice(axis + 1))
  const count = weights.shape[axis] as number
  const from = weights.data as Float32Array
  const data = new Float32Array(from.length)
  for (let i = 0; i < data.length; ) {
    const factor = by[Math.floor(i / inner) % count] as number
    for (const end = i + inner; i < end; i++) data[i] = compute(from[i] as number, factor)
  }
  return draft.value({
    name: weights.name,
    type: 'float32',
    shape: weights.shape,
    data,
    origin: weights.origin,
  })
}

/** `conv(x * c)` with one number: into the weights, since what is padded with zeros stays zero. */
export const scaleOfImageIntoWeights: Fusion = {
  on: ['CONV_2D', 'DEPTHWISE_CONV_2D'],
  rewrite(operation, draft) {
    const [x, weights, bias] = operation.inputs as [Value, Value, Value | undefined]
    const product = madeBy(x, 'MUL')
    if (!product || !weights.data || activationOf(product) !== 'NONE' || !draft.isOnlyFor(x, operation))
      return false
    const [image, constant] = product.inputs as [Value, Value]
    if (constant.data?.length !== 1 || image.data || image.shape.length !== x.shape.length) return false
    const by = perChannel(constant, weights.shape[0] as number, x.shape.length)
    if (!by) return false
    draft.read(operation, [image, scaled(draft, weights, by, 0, (a, b) => a * b), bias])
    return true
  },
}

/** `dense(x * c)` with a number for each element of a row: into the weights. */
export const scaleOfInputIntoWeights: Fusion = {
  on: ['FULLY_CONNECTED'],
  rewrite(operation, draft) {
    const [x, weights, bias] = operation.inputs as [Value, Value, Value | undefined]
    const product = madeBy(x, 'MUL')
    if (!product || !weights.data || activationOf(product) !== 'NONE' || !draft.isOnlyFor(x, operation))
      return false
    const [value, constant] = product.inputs as [Value, Value]
    const width = weights.shape[1] as number
    if (value.data || x.shape.at(-1) !== width || value.shape.length !== x.shape.length) return false
    if (value.shape.at(-1) !== width) return false
    const by = perChannel(constant, width, x.shape.length)
    if (!by) return false
    draft.read(operation, [value, scaled(draft, weights, by, 1, (a, b) => a * b), bias])
    return true
  },
}

const FUSABLE = new Set(
  `CONV_2D DEPTHWISE_CONV_2D FULLY_CONNECTED TRANSPOSE_CONV AVERAGE_POOL_2D MAX_POOL_2D ADD SUB MUL DIV`.split(
    ' ',
  ),
)

/** RELU, RELU6 and RELU_N1_TO_1 become the activation of the operator before them. */
export const activations: Fusion = {
  on: ['RELU', 'RELU6', 'RELU_N1_TO_1'],
  rewrite(operation, draft) {
    const [x] = operation.inputs as [Value]
    const last = x.maker
    if (!last || x.type !== 'float32' || !draft.isOnlyFor(x, operation)) return false
    const through = last.op === 'RESHAPE' ? weightedBefore(x, operation, draft)?.weighted : undefined
    const again = JOINED[`${last.op} ${operation.op}`]
    if (again) {
      last.op = again
      draft.absorb(last, operation)
      return true
    }
    const target = FUSABLE.has(last.op) ? last : through
    if (!target) return false
    const before = activationOf(target)
    const joined = before === 'NONE' ? operation.op : JOINED[`${before} ${operation.op}`]
    if (!joined) return false
    target.options = { ...target.options, fused_activation_function: joined }
    draft.absorb(last, operation)
    return true
  },
}

/** One activation after another. */
const JOINED: Record<string, string> = {
  'RELU RELU': 'RELU',
  'RELU6 RELU': 'RELU6',
  'RELU RELU6': 'RELU6',
  'RELU6 RELU6': 'RELU6',
  'RELU_N1_TO_1 RELU_N1_TO_1': 'RELU_N1_TO_1',
}
