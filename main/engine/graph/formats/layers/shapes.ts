import { attr, sizeOf } from '../../graph.ts'
import type { GraphBuilder } from './builder.ts'
import { transpose } from './functions.ts'
import type { Lowering } from './lowering.ts'
import { type Place, rowSize } from './place.ts'

/** In another shape, of which at most one size is open. */
export function reshaped(builder: GraphBuilder, x: Place, shape: number[], suffix = 'Reshape'): Place {
  if (shape.filter(size => size < 0).length > 1)
    throw builder.unsupported('does not know the shape of its input')
  const target = builder.ints(`${suffix}/shape`, shape)
  return builder.add('Reshape', suffix, [x, target], shape, { Tshape: attr.type('int32') })
}

/** Channels come last in what is flattened, wherever they stood. */
export const flatten: Lowering = (builder, x) => {
  let input = x as Place
  const rank = input.shape.length
  if (builder.option('data_format', 'channels_last') === 'channels_first' && rank > 2) {
    const inner = Array.from({ length: rank - 2 }, (_, i) => i + 2)
    input = transpose(builder, input, [0, ...inner, 1])
  }
  return to(builder, input, [rowSize(input.shape) ?? -1], 'Const')
}

/** One size may be left open (-1): it takes what the others leave. */
export const reshape: Lowering = (builder, x) => {
  const input = x as Place
  const target = builder.option<(number | null)[]>('target_shape', []).map(size => size ?? -1)
  const size = rowSize(input.shape)
  const open = target.findIndex(n => n < 0)
  if (open < 0) return to(builder, input, target, 'Reshape/shape')
  const rest = sizeOf(target.filter((_, axis) => axis !== open))
  if (size === undefined || size % rest !== 0) throw builder.unsupported('reshapes to an unknown size')
  return to(builder, input, target.with(open, size / rest), 'Reshape/shape')
}

function to(builder: GraphBuilder, input: Place, row: number[], shapeName: string): Place {
  if (row.some(size => size < 0)) throw builder.unsupported('does not know the shape of its input')
  const size = rowSize(input.shape)
  if (size !== undefined && size !== sizeOf(row))
    throw builder.unsupported(`turns ${size} values a row into ${sizeOf(row)}`)
  const shape = [-1, ...row]
  return builder.add('Reshape', 'Reshape', [input, builder.ints(shapeName, shape)], shape, {
    Tshape: attr.type('int32'),
  })
}

/** Axes in another order; the first of a row is 1. */
export const permute: Lowering = (builder, input) =>
  transpose(builder, input as Place, [0, ...builder.option<number[]>('dims', [])])

/** A row of features as many times. */
export const repeatVector: Lowering = (builder, x) => {
  const input = x as Place
  const [, features] = input.shape as [number, number]
  const times = builder.option('n', 1)
  const step = expanded(builder, input, 1)
  const multiples = builder.ints('Tile/multiples', [1, times, 1])
  return builder.add('Tile', 'Tile', [step, multiples], [-1, times, features], {
    Tmultiples: attr.type('int32'),
  })
}

/** With an axis of size 1 put in. */
export function expanded(builder: GraphBuilder, x: Place, axis: number, suffix = 'ExpandDims'): Place {
  const shape = [...x.shape.slice(0, axis), 1, ...x.shape.slice(axis)]
  return builder.add('ExpandDims', suffix, [x, builder.int(`${suffix}/dim`, axis)], shape, {
    Tdim: attr.type('int32'),
  })
}

/** Without axes of size 1. */
export function squeezed(builder: GraphBuilder, x: Place, axes: number[], suffix = 'Squeeze'): Place {
  const shape = x.shape.filter((_, axis) => !axes.includes(axis))
  return builder.add('Squeeze', suffix, [x], shape, { squeeze_dims: attr.ints(axes) })
}

/** A part of each axis: from `begin`, `size` of it, -1 for the rest. */
export function sliced(
  builder: GraphBuilder,
  x: Place,
  begin: number[],
  size: number[],
  suffix = 'Slice',
): Place {
  const shape = size.map((n, axis) => {
    const whole = x.shape[axis] as number
    return n >= 0 ? n : whole < 0 ? -1 : whole - (begin[axis] as number)
  })
  const inputs = [x, builder.ints(`${suffix}/begin`, begin), builder.ints(`${suffix}/size`, size)]
  return builder.add('Slice', suffix, inputs, shape, { Index: attr.type('int32') })
}

/** One after another along an axis. */
export function joined(builder: GraphBuilder, parts: Place[], axis: number, suffix = 'concat'): Place {
  const [first] = parts as [Place]
  const sizes = parts.map(part => part.shape[axis] as number)
  const total = sizes.some(size => size < 0) ? -1 : sizes.reduce((sum, size) => sum + size, 0)
  const shape = first.shape.map((size, i) =>
    i === axis
      ? total
      : size >= 0
        ? size
        : (parts.find(part => (part.shape[i] as number) >= 0)?.shape[i] ?? -1),
  )
  return builder.add('ConcatV2', suffix, [...parts, builder.int(`${suffix}/axis`, axis)], shape, {
    N: attr.int(parts.length),
    Tidx: attr.type('int32'),
  })
}

/** Reduced along axes by an operation such as `Mean`. */
export function reduced(
  builder: GraphBuilder,
  op: 'Mean' | 'Max' | 'Sum' | 'Min' | 'Prod',
  x: Place,
  axes: number[],
  keep: boolean,
  suffix = op as string,
): Place {
  const shape = x.shape.flatMap((size, axis) => (axes.includes(axis) ? (keep ? [1] : []) : [size]))
  const chosen = builder.ints(`${suffix}/reduction_indices`, axes)
  return builder.add(op, suffix, [x, chosen], shape, { Tidx: attr.type('int32'), keep_dims: attr.bool(keep) })
}
