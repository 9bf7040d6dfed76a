import { attr } from '../../graph.ts'
import type { GraphBuilder } from './builder.ts'
import { cast } from './functions.ts'
import type { Lowering } from './lowering.ts'
import type { Place } from './place.ts'

/** Whole numbers, as they come or cut from a float. */
export const wholeOf = (builder: GraphBuilder, input: Place): Place =>
  input.dtype === 'int32' || input.dtype === 'int64' ? input : cast(builder, input, 'int32')

/** Rows of the layer's table `embeddings`, which has `entries` of `size` numbers, by whole numbers. */
export function lookedUp(builder: GraphBuilder, whole: Place, entries: number, size: number): Place {
  const table = builder.weight('embeddings', 'embedding_lookup/ReadVariableOp', [entries, size])
  return builder.add(
    'GatherV2',
    'embedding_lookup',
    [table, whole, builder.int('embedding_lookup/axis', 0)],
    [...whole.shape, size],
    {
      Tparams: attr.type(table.dtype),
      Tindices: attr.type(whole.dtype),
      Taxis: attr.type('int32'),
      batch_dims: attr.int(0),
    },
    table.dtype,
  )
}

/** Rows of a table by whole numbers; 0 may stand for steps that do not count. */
export const embedding: Lowering = (builder, x) => {
  const whole = wholeOf(builder, x as Place)
  const rows = lookedUp(builder, whole, builder.option('input_dim', 0), builder.option('output_dim', 0))
  if (!builder.option('mask_zero', false)) return rows
  return { ...rows, mask: builder.pair('NotEqual', 'NotEqual', whole, 0, 'bool') }
}

/** Steps whose values are all `mask_value` become zero and do not count in the layers behind. */
export const masking: Lowering = (builder, x) => {
  const input = x as Place
  if (input.shape.length < 3) throw builder.unsupported('masks steps, which its input does not have')
  const differs = builder.pair('NotEqual', 'NotEqual', input, builder.option('mask_value', 0), 'bool')
  const last = input.shape.length - 1
  const any = (keep: boolean) =>
    builder.add(
      'Any',
      'Any',
      [differs, builder.ints('Any/reduction_indices', [last])],
      keep ? input.shape.with(last, 1) : input.shape.slice(0, -1),
      { Tidx: attr.type('int32'), keep_dims: attr.bool(keep) },
    )
  const kept = cast(builder, any(true), input.dtype)
  return { ...builder.pair('Mul', 'mul', input, kept), mask: any(false) }
}
