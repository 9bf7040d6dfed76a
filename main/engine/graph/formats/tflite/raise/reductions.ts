import { attr } from '../../../graph.ts'
import type { Call, Raise } from './call.ts'

const over = (call: Call) => [call.input(0), call.input(1)]

const reduce =
  (op: string, typed = true): Raise =>
  call =>
    call.add(op, over(call), {
      ...(typed && { T: attr.type(call.dtype(0)) }),
      Tidx: attr.type(call.dtype(1)),
      keep_dims: attr.bool(call.flag('keep_dims')),
    })

const extreme =
  (op: string): Raise =>
  call =>
    call.add(op, over(call), {
      T: attr.type(call.dtype(0)),
      Tidx: attr.type(call.dtype(1)),
      output_type: attr.type(call.outputs[0]?.dtype ?? 'int64'),
    })

export const reductions: Record<string, Raise> = {
  MEAN: reduce('Mean'),
  SUM: reduce('Sum'),
  REDUCE_PROD: reduce('Prod'),
  REDUCE_MAX: reduce('Max'),
  REDUCE_MIN: reduce('Min'),
  REDUCE_ANY: reduce('Any', false),
  REDUCE_ALL: reduce('All', false),
  ARG_MAX: extreme('ArgMax'),
  ARG_MIN: extreme('ArgMin'),
  CUMSUM: call =>
    call.add('Cumsum', over(call), {
      T: attr.type(call.dtype(0)),
      Tidx: attr.type(call.dtype(1)),
      exclusive: attr.bool(call.flag('exclusive')),
      reverse: attr.bool(call.flag('reverse')),
    }),
}
