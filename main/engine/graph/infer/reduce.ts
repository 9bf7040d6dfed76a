import type { DataType, Shape } from '../graph.ts'
import type { Call, Elements, Known, Rule } from './rule.ts'
import { axisOf, rankOnly } from './shapes.ts'

/** The shape with the axes of input 1 taken together. */
function reduced(call: Call): Shape {
  const { shape } = call.input(0)
  const keep = call.bool('keep_dims', false)
  const axes = call.whole(1)
  if (!axes) {
    // Which axes is not known: the rank is only where all axes stay.
    return keep && shape
      ? rankOnly(shape.length)
      : call.input(1).shape?.length === 1 && call.input(1).shape?.[0] === 0
        ? shape
        : undefined
  }
  if (!shape) return undefined
  const taken = new Set(axes.map(axis => axisOf(axis, shape.length)))
  if (taken.has(undefined)) return undefined
  return keep
    ? shape.map((size, axis) => (taken.has(axis) ? 1 : size))
    : shape.filter((_, axis) => !taken.has(axis))
}

/** With a value where a vector of known elements becomes one number, as sizes that are multiplied do. */
const reduce =
  (dtype?: DataType, fold?: (elements: number[]) => number): Rule =>
  call => {
    const input = call.input(0)
    const known: Known = { dtype: dtype ?? input.dtype, shape: reduced(call) }
    const whole = call.whole(0)
    if (!fold || !whole || !known.shape) return known
    if (input.shape?.length === 1 && call.whole(1)?.length === 1)
      return { ...known, elements: [fold(whole)] satisfies Elements }
    return known
  }

/** The place of the largest or smallest along an axis. */
const argument: Rule = call => {
  const { shape } = call.input(0)
  const dtype = call.type('output_type', 'int64')
  if (!shape) return { dtype, shape: undefined }
  const axis = call.inputs.length < 2 ? 0 : axisOf(call.scalar(1), shape.length)
  if (axis === undefined) return { dtype, shape: shape.length > 0 ? rankOnly(shape.length - 1) : [] }
  return { dtype, shape: shape.filter((_, i) => i !== axis) }
}

const topK =
  (k: (call: Call) => number | undefined): Rule =>
  call => {
    const { dtype, shape } = call.input(0)
    const found = shape && [...shape.slice(0, -1), k(call) ?? -1]
    return [
      { dtype, shape: found },
      { dtype: call.type('index_type', 'int32'), shape: found },
    ]
  }

/** Operations that take many elements together. */
export const REDUCE: Record<string, Rule> = {
  Mean: reduce(),
  Sum: reduce(undefined, elements => elements.reduce((sum, x) => sum + x, 0)),
  Prod: reduce(undefined, elements => elements.reduce((product, x) => product * x, 1)),
  Max: reduce(undefined, elements => Math.max(...elements)),
  Min: reduce(undefined, elements => Math.min(...elements)),
  All: reduce('bool'),
  Any: reduce('bool'),
  EuclideanNorm: reduce(),
  ArgMax: argument,
  ArgMin: argument,
  TopK: topK(call => call.int('k', -1)),
  TopKV2: topK(call => call.scalar(1)),
  L2Loss: call => ({ dtype: call.input(0).dtype, shape: [] }),
  Bincount: call => ({ dtype: call.input(2).dtype, shape: [call.scalar(1) ?? -1] }),
  InTopK: call => ({ dtype: 'bool', shape: [call.input(0).shape?.[0] ?? -1] }),
  InTopKV2: call => ({ dtype: 'bool', shape: [call.input(0).shape?.[0] ?? -1] }),
  SoftmaxCrossEntropyWithLogits: call => [
    { dtype: call.input(0).dtype, shape: [call.input(0).shape?.[0] ?? -1] },
    { dtype: call.input(0).dtype, shape: call.input(0).shape },
  ],
}
