import { fail } from '../../../../kit/index.ts'
import { elementsIn } from '../../../dtype.ts'
import { type DataType, sizeOf, type Tensor, type TensorData } from '../../../graph.ts'
import { transpose } from '../../../transpose.ts'
import type { LiteTensor, LiteType } from '../model.ts'

/** Whether the tensor's whole numbers stand for real ones. */
export const isQuantized = ({ type, quantization, data }: LiteTensor): boolean =>
  quantization !== undefined &&
  (['int8', 'uint8', 'int16', 'int4', 'uint4', 'int2'].includes(type) ||
    (['int32', 'int64'].includes(type) && data !== undefined))

/** The type of a tensor in the graph: quantized ones are floats there. */
export function dtypeOf(tensor: LiteTensor): DataType {
  if (isQuantized(tensor)) return 'float32'
  const { type } = tensor
  if (type === 'int4' || type === 'uint4' || type === 'int2')
    throw fail(
      'unsupported-graph',
      `"${tensor.name}" holds ${type} values without a scale, which TensorFlow has no type for.`,
      'Keep the file as it is, or convert the model again from what it was made of.',
      { node: tensor.name },
    )
  return type
}

/**
 * The constant's values as they stand in the graph, quantized ones as the floats that they mean:
 * `(q - zeroPoint) * scale`.
 */
export function heldBy(tensor: LiteTensor): Tensor {
  const { name, shape, data = new Uint8Array(0), quantization } = tensor
  const dtype = dtypeOf(tensor)
  if (tensor.carried?.sparsity || dtype === 'string')
    throw fail(
      'unsupported-graph',
      `The constant "${name}" is ${dtype === 'string' ? 'text' : 'kept sparse'}, which cannot be read as a graph.`,
      'Convert the model again, with dense weights and without text.',
      { node: name },
    )
  const raw = unpacked(tensor.type, data, sizeOf(shape))
  if (!raw) throw new Error(`A constant of type ${tensor.type} has no elements`)
  if (!isQuantized(tensor) || !quantization) return { dtype, shape, data: raw }
  const { scale, zeroPoint, axis } = quantization
  const inner = sizeOf(shape.slice(axis + 1))
  const values = new Float32Array(raw.length)
  for (let i = 0; i < raw.length; i++) {
    const channel = scale.length === 1 ? 0 : Math.floor(i / inner) % scale.length
    values[i] = (Number(raw[i]) - (zeroPoint[channel] as number)) * (scale[channel] as number)
  }
  return { dtype, shape, data: values }
}

/** Elements of less than 8 bits stand in the bytes from the lowest bits on. */
function unpacked(type: LiteType, data: Uint8Array, count: number): TensorData | undefined {
  const bits = { int4: 4, uint4: 4, int2: 2 }[type as string]
  if (bits === undefined) return elementsIn(type as DataType, data)
  const signed = type !== 'uint4'
  const values = new Int8Array(count)
  for (let i = 0; i < count; i++) {
    const bit = i * bits
    const value = ((data[bit >> 3] as number) >> (bit & 7)) & ((1 << bits) - 1)
    values[i] = signed && value >> (bits - 1) ? value - (1 << bits) : value
  }
  return values
}

/**
 * The value with its axes in another order: axis `i` of the result is axis `order[i]`.
 * @param own whether the elements may be changed where they lie, so that a large model is not held twice
 */
export function transposed({ dtype, shape, data: given }: Tensor, order: number[], own = false): Tensor {
  const copy = given.slice()
  const [data, result] = own ? [copy, given] : [given, copy]
  transpose(data, shape, order, result)
  return { dtype, shape: order.map(axis => shape[axis] as number), data: result }
}
