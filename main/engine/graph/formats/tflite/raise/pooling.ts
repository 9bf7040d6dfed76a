import { attr, type Port } from '../../../graph.ts'
import type { Call, Raise } from './call.ts'

const pool = (call: Call, op: string, input: Port): Port =>
  call.typed(op, [input], {
    ksize: attr.ints([1, call.number('filter_height', 1), call.number('filter_width', 1), 1]),
    strides: attr.ints([1, call.number('stride_h', 1), call.number('stride_w', 1), 1]),
    padding: attr.string(call.text('padding', 'SAME')),
    data_format: attr.string('NHWC'),
  })

export const pooling: Record<string, Raise> = {
  AVERAGE_POOL_2D: call => call.activated(pool(call, 'AvgPool', call.input(0))),
  MAX_POOL_2D: call => call.activated(pool(call, 'MaxPool', call.input(0))),
  /** The root of the mean of squares. */
  L2_POOL_2D: call =>
    call.activated(call.typed('Sqrt', [pool(call, 'AvgPool', call.typed('Square', [call.input(0)]))])),
}
