import { attr, sizeOf } from '../../graph.ts'
import { type GraphBuilder, type Place, rowSize } from './builder.ts'
import type { Lowering } from './lowering.ts'

export const flatten: Lowering = (builder, input) => {
  if (builder.option('data_format', 'channels_last') !== 'channels_last')
    throw builder.unsupported('expects the channels before rows and columns')
  return to(builder, input, [rowSize(input.shape) ?? -1], 'Const')
}

/** One size may be left open (-1): it takes what the others leave. */
export const reshape: Lowering = (builder, input) => {
  const target = builder.option<number[]>('target_shape', [])
  const size = rowSize(input.shape)
  const open = target.findIndex(n => n === null || n < 0)
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
