import { attr } from '../../graph.ts'
import type { GraphBuilder } from './builder.ts'
import { transpose } from './functions.ts'
import type { Lowering } from './lowering.ts'
import { axisOf, type Place } from './place.ts'
import { expanded, joined, squeezed } from './shapes.ts'

/** Keras puts axes of size 1 behind the batch of those with fewer axes. */
function alignedRanks(builder: GraphBuilder, inputs: Place[]): Place[] {
  const rank = Math.max(...inputs.map(({ shape }) => shape.length))
  return inputs.map(input => {
    let place = input
    while (place.shape.length < rank) place = expanded(builder, place, 1)
    return place
  })
}

const chain = (builder: GraphBuilder, op: string, suffix: string, inputs: Place[]): Place => {
  if (inputs.length < 2) throw builder.damaged(`joins ${inputs.length} inputs`)
  return alignedRanks(builder, inputs).reduce((sum, next) => builder.pair(op, suffix, sum, next))
}

const merging =
  (op: string, suffix: string): Lowering =>
  (builder, ...inputs) =>
    chain(builder, op, suffix, inputs)

export const add = merging('AddV2', 'add')
export const multiply = merging('Mul', 'mul')
export const maximum = merging('Maximum', 'Maximum')
export const minimum = merging('Minimum', 'Minimum')

export const subtract: Lowering = (builder, ...inputs) => {
  if (inputs.length !== 2) throw builder.damaged(`takes one input from another and has ${inputs.length}`)
  return chain(builder, 'Sub', 'sub', inputs)
}

export const average: Lowering = (builder, ...inputs) =>
  builder.pair('Mul', 'truediv', chain(builder, 'AddV2', 'add', inputs), 1 / inputs.length)

export const concatenate: Lowering = (builder, ...inputs) => {
  const rank = inputs[0]?.shape.length ?? 0
  if (inputs.some(({ shape }) => shape.length !== rank))
    throw builder.damaged('joins inputs of different ranks')
  return joined(builder, inputs, axisOf(builder.option('axis', -1), rank))
}

/** Products of rows with rows, summed along one axis of each; of unit vectors if asked. */
export const dot: Lowering = (builder, ...inputs) => {
  const [a, b] = inputs
  if (!a || !b || inputs.length !== 2) throw builder.damaged(`multiplies two inputs and has ${inputs.length}`)
  const given = builder.option<number | number[]>('axes', -1)
  const axes = Array.isArray(given) ? given : [given, given]
  const [first, second] = [
    axisOf(axes[0] as number, a.shape.length),
    axisOf(axes[1] as number, b.shape.length),
  ]
  if (first < 1 || second < 1 || a.shape.length > 3 || b.shape.length > 3)
    throw builder.unsupported('multiplies along the batch or more than three axes')
  const unit = (x: Place, axis: number) => {
    if (!builder.option('normalize', false)) return x
    const square = builder.each('Square', x)
    const sum = builder.add('Sum', 'Sum', [square, builder.ints('Sum/axes', [axis])], x.shape.with(axis, 1), {
      Tidx: attr.type('int32'),
      keep_dims: attr.bool(true),
    })
    const root = builder.each('Rsqrt', builder.pair('Maximum', 'Maximum', sum, 1e-12))
    return builder.pair('Mul', 'l2_normalize', x, root)
  }
  // As matrices: rows of the first by columns of the second.
  const matrix = (x: Place, axis: number, at: number) => {
    const whole = x.shape.length === 3 ? x : expanded(builder, x, 3 - at)
    const place = x.shape.length === 3 ? axis : at
    return place === at ? whole : transpose(builder, whole, [0, 2, 1])
  }
  const [left, right] = [matrix(unit(a, first), first, 2), matrix(unit(b, second), second, 1)]
  const shape = [-1, left.shape[1] as number, right.shape[2] as number]
  const product = builder.add('BatchMatMulV2', 'MatMul', [left, right], shape, {
    adj_x: attr.bool(false),
    adj_y: attr.bool(false),
  })
  if (a.shape.length === 3 && b.shape.length === 3) return product
  if (a.shape.length === 2 && b.shape.length === 2) return squeezed(builder, product, [1])
  return squeezed(builder, product, [a.shape.length === 2 ? 1 : 2])
}
