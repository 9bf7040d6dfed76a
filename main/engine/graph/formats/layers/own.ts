import { attr } from '../../graph.ts'
import { lookedUp, wholeOf } from './embedding.ts'
import { cast } from './functions.ts'
import type { Lowering } from './lowering.ts'
import type { Place } from './place.ts'
import { expanded, reduced } from './shapes.ts'

/** The layers that Edgewright's trainers build beside those of Keras. */

/** Columns `from` to before `to` of the last axis. */
export const columns: Lowering = (builder, x) => {
  const input = x as Place
  const [from, to] = [builder.option('from', 0), builder.option('to', 0)]
  const last = input.shape.length - 1
  const width = input.shape[last] as number
  if (last < 1 || from < 0 || from >= to || (width >= 0 && to > width))
    throw builder.damaged(`takes columns ${from} to ${to} of ${width}`)
  const at = (value: number) => input.shape.map((_, axis) => (axis === last ? value : 0))
  const ends = ['strided_slice/stack', 'strided_slice/stack_1', 'strided_slice/stack_2'] as const
  const lists = [at(from), at(to), input.shape.map(() => 1)].map((list, i) =>
    builder.ints(ends[i] as string, list),
  )
  // The axes before the last are taken whole, however long they are.
  const whole = attr.int(2 ** last - 1)
  return builder.add('StridedSlice', 'strided_slice', [input, ...lists], input.shape.with(last, to - from), {
    Index: attr.type('int32'),
    begin_mask: whole,
    end_mask: whole,
    ellipsis_mask: attr.int(0),
    new_axis_mask: attr.int(0),
    shrink_axis_mask: attr.int(0),
  })
}

/** The mean of the rows of a table whose places stand on the last axis; place 0 is nothing, and of nothing zeros. */
export const embeddingBag: Lowering = (builder, x) => {
  const input = x as Place
  const whole = wholeOf(builder, input)
  const last = input.shape.length - 1
  if (last < 1) throw builder.unsupported('does not take rows of places')
  const rows = lookedUp(builder, whole, builder.option('entries', 0), builder.option('units', 0))
  const there = cast(builder, builder.pair('NotEqual', 'NotEqual', whole, 0, 'bool'), 'float32', 'there')
  const kept = builder.pair('Mul', 'mul', rows, expanded(builder, there, last + 1))
  const sum = reduced(builder, 'Sum', kept, [last], false)
  const count = builder.pair('Maximum', 'Maximum', reduced(builder, 'Sum', there, [last], true, 'count'), 1)
  return builder.pair('RealDiv', 'truediv', sum, count)
}
