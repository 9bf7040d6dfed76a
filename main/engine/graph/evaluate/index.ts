import type { GraphNode, Tensor } from '../graph.ts'
import { arithmetic } from './arithmetic.ts'
import { casting } from './casting.ts'
import { comparison } from './comparison.ts'
import { type Limit, Unevaluable } from './elements.ts'
import { filling } from './filling.ts'
import { joining } from './joining.ts'
import type { Kernel } from './kernel.ts'
import { products } from './products.ts'
import { reduction } from './reduction.ts'
import { selection } from './selection.ts'
import { shaping } from './shaping.ts'
import { slicing } from './slicing.ts'
import { unary } from './unary.ts'

const KERNELS = new Map<string, Kernel>(
  [
    arithmetic,
    casting,
    comparison,
    filling,
    joining,
    products,
    reduction,
    selection,
    shaping,
    slicing,
    unary,
  ].flatMap(family => Object.entries(family)),
)

/** Whether an operation can be computed from constants: it has a rule here, no state and no effect. */
export const canEvaluate = (op: string): boolean => KERNELS.has(op)

/**
 * Computes an operation from the values of its inputs, in the precision of their types (64-bit integers exactly,
 * 16-bit floats rounded to even).
 *
 * @param limit bytes that one result may have; small ones (4 kB) always may
 * @returns its results by port; undefined where there is no rule for it, where the inputs do not fit, or where a
 * result would be too large. It never throws on account of a graph.
 */
export function evaluate(
  node: GraphNode,
  inputs: Tensor[],
  limit: Limit = { bytes: Number.POSITIVE_INFINITY },
): Tensor[] | undefined {
  const kernel = KERNELS.get(node.op)
  if (!kernel) return undefined
  try {
    return kernel({ node, inputs, limit })
  } catch (error) {
    if (error instanceof Unevaluable) return undefined
    // A list of billions of elements, or a big number where a small one belongs.
    if (error instanceof RangeError || error instanceof TypeError) return undefined
    throw error
  }
}
