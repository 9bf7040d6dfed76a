import type { GraphNode } from '../../graph/index.ts'
import { Draft, floatsBehind } from './draft.ts'
import { linearAt, perChannel, replaceConstant, scaledWeights } from './linear.ts'
import { inOrder } from './order.ts'
import { count, type Pass } from './pass.ts'

/**
 * A constant factor behind a convolution or a matrix product, multiplied into its weights, channel by channel. What
 * remains takes the name of the `Mul`. This is what is left of a batch normalization once constants are folded.
 *
 * Where TensorFlow's gives up this goes on: several branches in one run, factors of the shape [1, 1, 1, C] or one for
 * all, the constant first, control edges, a bias in between, weights that others read too; and a product with
 * `transpose_b` is scaled along the axis that it really has.
 */
export const foldBatchNorms: Pass<{ folded: string[] }> = {
  name: 'fold_batch_norms',
  title: 'Factors into weights',
  about: 'Multiplies constant factors behind convolutions and matrix products into their weights.',
  arguments: [],
  run(graph, _, own) {
    const draft = new Draft(graph, own)
    const folded = inOrder(graph)
      .filter(({ op, name }) => op === 'Mul' && fold(draft, draft.get(name)))
      .map(({ name }) => name)
    return {
      graph: folded.length > 0 ? draft.graph() : graph,
      report: { folded },
      note: folded.length > 0 ? `${count(folded.length, 'factor')} folded` : 'nothing to fold',
    }
  },
}

function fold(draft: Draft, mul: GraphNode | undefined): boolean {
  if (mul?.inputs.length !== 2 || mul.inputs.some(input => input.port > 0)) return false
  return foldSide(draft, mul, 0) || foldSide(draft, mul, 1)
}

/** @param side the input of the `Mul` that is the linear operation */
function foldSide(draft: Draft, mul: GraphNode, side: 0 | 1): boolean {
  const found = linearAt(draft, draft.input(mul, side))
  const value = found && floatsBehind(draft, draft.input(mul, 1 - side))
  const factors = value && perChannel(value, found)
  if (!factors) return false
  const { node, bias } = found
  const head = bias?.node ?? node
  // What the factor waits for may wait for the operation itself, which then would wait for itself.
  if (mul.controls.length > 0 && (draft.isWaitedFor(head.name) || draft.isWaitedFor(node.name))) return false

  const linear = scaledWeights(draft, found, factors)
  let last = linear
  if (bias) {
    draft.put(linear)
    const data = bias.values.map((each, i) => each * (factors[i] as number))
    const values = {
      dtype: 'float32' as const,
      shape: biasShape(found.axis, found.rank, bias.node, data),
      data,
    }
    last = replaceConstant(draft, bias.node, bias.input, values, `${bias.node.name}_scaled`)
  }
  draft.remove(head.name, mul.name)
  draft.put({
    ...last,
    name: mul.name,
    controls: [...new Set([...last.controls, ...mul.controls])],
    ...((last.origin ?? mul.origin) && { origin: last.origin ?? mul.origin }),
  })
  draft.release(mul.inputs[1 - side]?.node)
  return true
}

/** A bias that `Add` stretches must still lie along the channels. */
const biasShape = (axis: number, rank: number, node: GraphNode, data: Float32Array): number[] =>
  node.op === 'BiasAdd' || axis === rank - 1
    ? [data.length]
    : [data.length, ...new Array<number>(rank - 1 - axis).fill(1)]
