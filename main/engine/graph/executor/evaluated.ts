import { canEvaluate, evaluate } from '../evaluate/index.ts'
import type { Tensor } from '../graph.ts'
import type { Call } from './kernel.ts'
import type { Made, Operand } from './operand.ts'

/** More than any value between two operations of a model that runs here. */
const LARGEST = 2 ** 31

/**
 * Computes an operation from plain values, exactly and in their own types, as constants are folded: shapes, indices and
 * what else is no float. 64-bit integers meet 32-bit ones that the backend computed; they are narrowed if they fit.
 * @param bytes that one result may have
 * @returns undefined where there is no such rule, or where the result would be larger
 */
export function evaluated({ node, inputs }: Call, bytes = LARGEST): Made[] | undefined {
  if (!canEvaluate(node.op)) return undefined
  const values = inputs.map(plain)
  const mixed = inputs.some(input => !input.plain)
  return evaluate(node, mixed ? values.map(narrowed) : values, { bytes })
}

/** Whether everything that an operation reads lies in plain memory already. */
export const isPlain = (inputs: Operand[]): boolean => inputs.every(input => input.plain !== undefined)

function plain(input: Operand): Tensor {
  return input.plain ?? { dtype: input.dtype, shape: input.shape, data: input.data() }
}

function narrowed(value: Tensor): Tensor {
  if (value.dtype !== 'int64' && value.dtype !== 'uint32' && value.dtype !== 'uint64') return value
  const data = Int32Array.from(value.data as BigInt64Array, each => {
    const number = Number(each)
    if (number !== (number | 0)) throw new Error(`${each} does not fit into 32 bits`)
    return number
  })
  return { dtype: 'int32', shape: value.shape, data }
}
