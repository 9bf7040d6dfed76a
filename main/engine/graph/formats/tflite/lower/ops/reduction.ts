import type { Lowering } from '../builder.ts'
import { Refusal } from '../refusal.ts'
import { typeName } from '../types.ts'
import { flag, plainAxes } from './attributes.ts'

const reduce =
  (op: string): Lowering =>
  (builder, node) => {
    const x = builder.input(node, 0)
    const axes = plainAxes(builder.ints(node, 1), x.shape.length)
    if (axes.length === 0) return builder.alias(node, x)
    const keep = flag(node, 'keep_dims', flag(node, 'keepdims'))
    builder.emit(node, op, [x, builder.int32(node, 'axes', axes)], { keep_dims: keep })
  }

const argument =
  (op: 'ARG_MAX' | 'ARG_MIN'): Lowering =>
  (builder, node) => {
    const [x, result] = [builder.input(node, 0), builder.result(node)]
    const [axis = 0] = plainAxes(builder.ints(node, 1), x.shape.length)
    builder.emit(node, op, [x, builder.int32(node, 'axis', [axis], [])], {
      output_type: typeName(result.type),
    })
  }

const topK: Lowering = (builder, node) => {
  const k = node.op === 'TopK' ? undefined : builder.ints(node, 1)[0]
  if (k === undefined) throw new Refusal('it is an old form of TopKV2')
  const outputs = [builder.result(node), builder.result(node, 1)]
  builder.emit(node, 'TOPK_V2', [builder.input(node, 0), builder.int32(node, 'k', [k], [])], {}, outputs)
}

const cumulative: Lowering = (builder, node) => {
  const x = builder.input(node, 0)
  const axis = builder.int32(node, 'axis', plainAxes(builder.ints(node, 1), x.shape.length), [])
  builder.emit(node, 'CUMSUM', [x, axis], {
    exclusive: flag(node, 'exclusive'),
    reverse: flag(node, 'reverse'),
  })
}

/** The root of the sum of squares. */
const length: Lowering = (builder, node) => {
  const x = builder.input(node, 0)
  const { shape, signature } = builder.result(node)
  const axes = builder.int32(node, 'axes', plainAxes(builder.ints(node, 1), x.shape.length))
  const squares = builder.step(node, 'SQUARE', [x])
  const options = { keep_dims: flag(node, 'keep_dims') }
  builder.emit(node, 'SQRT', [builder.step(node, 'SUM', [squares, axes], options, { shape, signature })])
}

export const REDUCTION: Record<string, Lowering> = {
  Mean: reduce('MEAN'),
  Sum: reduce('SUM'),
  Max: reduce('REDUCE_MAX'),
  Min: reduce('REDUCE_MIN'),
  Prod: reduce('REDUCE_PROD'),
  EuclideanNorm: length,
  All: reduce('REDUCE_ALL'),
  Any: reduce('REDUCE_ANY'),
  ArgMax: argument('ARG_MAX'),
  ArgMin: argument('ARG_MIN'),
  TopKV2: topK,
  Cumsum: cumulative,
}
