import { type GraphNode, sizeOf } from '../../../../graph.ts'
import type { Builder, Lowering } from '../builder.ts'
import type { Value } from '../draft.ts'
import { fusedActivation } from './activation.ts'
import { flag, fusedOps, int, reordered, reshapedConstant } from './attributes.ts'

/** The last two axes changed for each other. */
function turned(builder: Builder, node: GraphNode, value: Value, word: string): Value {
  const order = value.shape.map((_, axis) => axis)
  const last = order.length - 1
  order.splice(last - 1, 2, last, last - 1)
  return reordered(builder, node, value, order, word)
}

/**
 * A product with weights [in, out] (or [out, in]) as FULLY_CONNECTED, which keeps the leading axes where there are more
 * than one.
 */
export function connect(
  builder: Builder,
  node: GraphNode,
  x: Value,
  weights: Value,
  outFirst: boolean,
  result: Value,
): void {
  const filter = outFirst ? weights : turned(builder, node, weights, 'weights')
  builder.emit(
    node,
    'FULLY_CONNECTED',
    [x, filter, undefined],
    { keep_num_dims: x.shape.length > 2, weights_format: 'DEFAULT' },
    [result],
  )
}

function multiply(builder: Builder, node: GraphNode, result: Value): void {
  const [a, b] = [builder.input(node, 0), builder.input(node, 1)]
  const left = flag(node, 'transpose_a', flag(node, 'adj_x'))
  const right = flag(node, 'transpose_b', flag(node, 'adj_y'))
  const matrix = sizeOf(b.shape.slice(0, -2)) === 1 && b.shape.length <= a.shape.length
  if (b.data && matrix && !a.data) {
    const weights = reshapedConstant(builder, b, b.shape.slice(-2))
    connect(builder, node, left ? turned(builder, node, a, 'turned') : a, weights, right, result)
  } else if (right && !left && !b.data && !a.data && a.shape.length === 2 && b.shape.length === 2)
    connect(builder, node, a, b, true, result)
  else builder.emit(node, 'BATCH_MATMUL', [a, b], { adj_x: left, adj_y: right }, [result])
}

const matMul: Lowering = (builder, node) => multiply(builder, node, builder.result(node))

const fusedMatMul: Lowering = (builder, node) => {
  const result = builder.result(node)
  const plain = builder.draft.value({ ...result, name: `${result.name}/matmul` })
  multiply(builder, node, plain)
  fusedActivation(
    builder,
    node,
    plain,
    fusedOps(node),
    2,
    int(node, 'num_args', node.inputs.length - 2),
    result,
  )
}

export const DENSE: Record<string, Lowering> = {
  MatMul: matMul,
  BatchMatMul: matMul,
  BatchMatMulV2: matMul,
  BatchMatMulV3: matMul,
  _FusedMatMul: fusedMatMul,
  FusedMatMul: fusedMatMul,
}
