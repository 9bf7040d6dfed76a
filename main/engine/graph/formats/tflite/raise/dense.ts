import { attr } from '../../../graph.ts'
import { openShape, type Raise } from './call.ts'
import { finished, reordered } from './convolutions.ts'

/**
 * Weights are [out, in]. The input is taken as rows of `in` values whatever its shape; the result is made of rows too,
 * unless the operator keeps the number of axes.
 */
const fullyConnected: Raise = call => {
  const { constant, tensor } = call.value(1)
  const [out = 0, into = 0] = tensor.shape
  if (tensor.shape.length !== 2 || call.text('weights_format', 'DEFAULT') !== 'DEFAULT')
    throw call.unsupported('has weights in an unusual order')
  const shape = call.shape(0)
  const reshape = (from: ReturnType<typeof call.input>, to: number[]) =>
    call.typed('Reshape', [from, call.ints('shape', to)], { Tshape: attr.type('int32') })
  const rows = shape.length === 2 && shape[1] === into ? call.input(0) : reshape(call.input(0), [-1, into])
  const product = call.typed('MatMul', [rows, constant ? reordered(call, 1, [1, 0]) : call.input(1)], {
    transpose_a: attr.bool(false),
    transpose_b: attr.bool(!constant),
  })
  const result = finished(call, product, 2)
  const target = openShape(call.outputs[0]?.tensor ?? tensor)
  if (!call.flag('keep_num_dims') || shape.length === 2) return result
  const sizes = target.length === shape.length ? target : [...shape.slice(0, -1), out]
  if (sizes.filter(size => size < 0).length > 1) throw call.unsupported('keeps more than one open size')
  return reshape(result, sizes)
}

export const dense: Record<string, Raise> = {
  FULLY_CONNECTED: fullyConnected,
  BATCH_MATMUL: call =>
    call.typed('BatchMatMulV2', [call.input(0), call.input(1)], {
      adj_x: attr.bool(call.flag('adj_x')),
      adj_y: attr.bool(call.flag('adj_y')),
    }),
}
