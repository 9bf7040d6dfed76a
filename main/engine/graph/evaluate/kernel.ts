import type { GraphNode, Tensor } from '../graph.ts'
import { type Limit, Unevaluable } from './elements.ts'

/** One operation on constants: what it is, what it reads, how large its result may be. */
export interface Call {
  node: GraphNode
  inputs: Tensor[]
  limit: Limit
}

/**
 * Computes one operation in TensorFlow's meaning of it, in the precision of its type: all its results, by port.
 * Throws {@link Unevaluable} for what it cannot do, which leaves the node as it is.
 */
export type Kernel = (call: Call) => Tensor[]

export function inputAt({ node, inputs }: Call, index: number): Tensor {
  const found = inputs[index]
  if (!found) throw new Unevaluable(`${node.op} has no input ${index}`)
  return found
}
