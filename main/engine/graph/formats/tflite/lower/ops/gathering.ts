import type { Lowering } from '../builder.ts'
import { Refusal } from '../refusal.ts'
import { flag, int, plainAxes } from './attributes.ts'

const gather: Lowering = (builder, node) => {
  const [x, indices] = [builder.input(node, 0), builder.input(node, 1)]
  const [axis = 0] = node.op === 'GatherV2' ? plainAxes(builder.ints(node, 2), x.shape.length) : [0]
  const [batch_dims = 0] = plainAxes([int(node, 'batch_dims')], indices.shape.length)
  builder.emit(node, 'GATHER', [x, indices], { axis, batch_dims })
}

const oneHot: Lowering = (builder, node) => {
  const [depth = 0] = builder.ints(node, 1)
  const rank = builder.result(node).shape.length
  const [axis = 0] = plainAxes([int(node, 'axis', -1)], rank)
  const inputs = [
    builder.input(node, 0),
    builder.int32(node, 'depth', [depth], []),
    builder.input(node, 2),
    builder.input(node, 3),
  ]
  builder.emit(node, 'ONE_HOT', inputs, { axis: axis === rank - 1 ? -1 : axis })
}

const scatter: Lowering = (builder, node) => {
  const result = builder.result(node)
  if (result.signature) builder.fix(node.name)
  const inputs = [builder.input(node, 0), builder.input(node, 1), builder.int32(node, 'shape', result.shape)]
  builder.emit(node, 'SCATTER_ND', inputs)
}

/** The boxes that are kept; how many is in an output of its own, and what follows them is filled up. */
const suppression =
  (op: string, outputs: number): Lowering =>
  (builder, node) => {
    if (!flag(node, 'pad_to_max_output_size'))
      throw new Refusal('how many boxes it keeps depends on the data')
    builder.emit(
      node,
      op,
      builder.inputs(node),
      {},
      Array.from({ length: outputs }, (_, port) => builder.result(node, port)),
    )
  }

export const GATHERING: Record<string, Lowering> = {
  Gather: gather,
  GatherV2: gather,
  GatherNd: (builder, node) => {
    builder.emit(node, 'GATHER_ND', builder.inputs(node))
  },
  OneHot: oneHot,
  ScatterNd: scatter,
  NonMaxSuppressionV4: suppression('NON_MAX_SUPPRESSION_V4', 2),
}
