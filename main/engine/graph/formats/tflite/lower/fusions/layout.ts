import { sameShape } from '../../../../graph.ts'
import type { Draft, Operation, Value } from '../draft.ts'
import { transposed } from '../ops/attributes.ts'
import { type Fusion, madeBy } from './fusion.ts'

const EACH = new Set(
  `ABS NEG EXP SIN COS FLOOR CEIL ROUND SQUARE SQRT RSQRT LOG TANH LOGISTIC RELU RELU6 RELU_N1_TO_1 ELU LEAKY_RELU
   HARD_SWISH GELU SIGN CAST QUANTIZE DEQUANTIZE ERF ERFC`.split(/\s+/),
)
const PAIRS = new Set('ADD SUB MUL DIV MAXIMUM MINIMUM SQUARED_DIFFERENCE POW'.split(' '))
/** Operations whose other inputs are no tensors of the same kind. */
const SINGLE = new Set('PAD MEAN SUM REDUCE_MAX REDUCE_MIN'.split(' '))
const REDUCTIONS = new Set('MEAN SUM REDUCE_MAX REDUCE_MIN'.split(' '))

/** The order of a TRANSPOSE that puts the channels of an image first, as at the end of a channels-first operation. */
function turnOf(value: Value | undefined): { source: Value; order: number[] } | undefined {
  const maker = madeBy(value, 'TRANSPOSE')
  if (!maker) return undefined
  const [source, perm] = maker.inputs as [Value, Value]
  const order = Array.from(perm.data as Int32Array)
  const rank = order.length
  const first = [0, rank - 1, ...Array.from({ length: rank - 2 }, (_, i) => i + 1)]
  return rank >= 4 && sameShape(order, first) ? { source, order } : undefined
}

/** A value that somebody has put into channels-last order already. */
function turnedAlready(value: Value, order: number[]): { source: Value; order: number[] } | undefined {
  const back = inverse(order)
  for (const { op, inputs, outputs } of value.readers)
    if (op === 'TRANSPOSE' && sameShape(Array.from(inputs[1]?.data as Int32Array), back))
      return { source: outputs[0] as Value, order }
  return undefined
}

const inverse = (order: number[]): number[] => order.map((_, axis) => order.indexOf(axis))

/** A constant as it is stretched over a tensor whose axes are moved. */
function turnedConstant(draft: Draft, value: Value, order: number[]): Value | undefined {
  if (!value.data || value.shape.length > order.length) return undefined
  if (value.data.length === 1) return value
  const full = [...new Array<number>(order.length - value.shape.length).fill(1), ...value.shape]
  const back = inverse(order)
  return draft.value({
    ...value,
    shape: back.map(axis => full[axis] as number),
    data: transposed(value.data, full, back),
  })
}

/** Lets an operation work on what was there before the TRANSPOSE, and puts the TRANSPOSE behind it. */
function sink(draft: Draft, operation: Operation, inputs: (Value | undefined)[], order: number[]): true {
  const [result] = operation.outputs as [Value]
  const back = inverse(order)
  const inner = draft.value({
    ...result,
    name: `${result.name}/channels_last`,
    shape: back.map(axis => result.shape[axis] as number),
    signature: result.signature && back.map(axis => result.signature?.[axis] as number),
  })
  const data = Int32Array.from(order)
  const perm = draft.value({
    name: `${result.name}/perm`,
    type: 'int32',
    shape: [order.length],
    data,
    origin: operation.origin,
  })
  draft.read(operation, inputs)
  operation.outputs = [inner]
  inner.maker = operation
  draft.add({
    op: 'TRANSPOSE',
    inputs: [inner, perm],
    outputs: [result],
    options: {},
    origin: operation.origin,
  })
  return true
}

/**
 * Graphs with channels first get a TRANSPOSE on both sides of each operation on images. What stands between two of them
 * is done on channels-last images instead, so that they meet and cancel out.
 */
export const layout: Fusion = {
  on: [...EACH, ...PAIRS, ...REDUCTIONS, 'CONCATENATION', 'PAD'],
  rewrite(operation, draft) {
    const turns = operation.inputs.map(turnOf)
    const turn = turns.find(Boolean)
    if (!turn) return false
    const { order } = turn
    if (!SINGLE.has(operation.op))
      operation.inputs.forEach((value, i) => {
        turns[i] ??= value && turnedAlready(value, order)
      })
    const [x, second] = operation.inputs as [Value, Value]
    if (EACH.has(operation.op)) return sink(draft, operation, [turn.source], order)
    if (PAIRS.has(operation.op)) {
      const inputs = operation.inputs.map(
        (value, i) => turns[i]?.source ?? turnedConstant(draft, value as Value, order),
      )
      if (inputs.includes(undefined) || operation.outputs[0]?.shape.length !== order.length) return false
      return sink(draft, operation, inputs, order)
    }
    if (operation.op === 'CONCATENATION') {
      if (!turns.every(each => each && each.order.length === order.length)) return false
      operation.options = { ...operation.options, axis: order[Number(operation.options.axis)] as number }
      return sink(
        draft,
        operation,
        turns.map(each => each?.source),
        order,
      )
    }
    if (!turns[0] || !second?.data) return false
    const numbers = Array.from(second.data as Int32Array)
    const constant = (data: number[], shape: number[]) =>
      draft.value({ ...second, shape, data: Int32Array.from(data) })
    if (operation.op === 'PAD') {
      const pads = inverse(order).flatMap(axis => [
        numbers[2 * axis] as number,
        numbers[2 * axis + 1] as number,
      ])
      return sink(draft, operation, [turn.source, constant(pads, second.shape)], order)
    }
    const axes = constant(
      numbers.map(axis => order[axis] as number).sort((a, b) => a - b),
      second.shape,
    )
    if (operation.options.keep_dims) return sink(draft, operation, [turn.source, axes], order)
    const left = order.filter((_, axis) => !numbers.includes(axis))
    if (left.some((axis, i) => i > 0 && axis < (left[i - 1] as number)) || x.shape.length !== order.length)
      return false
    draft.read(operation, [turn.source, axes])
    return true
  },
}
