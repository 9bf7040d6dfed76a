import type { Tensor as TfTensor } from '@tensorflow/tfjs'
import { fail } from '../../kit/index.ts'
import type { Tf } from '../../tensor/index.ts'
import { bytesPerElement } from '../dtype.ts'
import { fromBfloat16, fromFloat16 } from '../evaluate/half.ts'
import type { DataType, Tensor, TensorData } from '../graph.ts'

/** What a kernel makes: a computed tensor, or one in plain memory (constants, shapes). */
export type Made = TfTensor | Tensor

/** A value between kernels. What lies in plain memory becomes a tensor only if somebody computes with it. */
export interface Operand {
  tensor(): TfTensor
  /** The plain elements, for kernels that read a shape, axes or 8-bit data. */
  data(): TensorData
  shape: number[]
  dtype: DataType
  /** The value itself, where it lies in plain memory. */
  plain?: Tensor
  free(): void
}

const isPlain = (made: Made): made is Tensor => 'data' in made && typeof made.data !== 'function'

/** @param keep the tensor outlives the computation it is made in, until `free` */
export function operandOf(tf: Tf, made: Made, keep: boolean): Operand {
  if (isPlain(made)) return waiting(tf, made, keep)
  const tensor = keep ? tf.keep(made) : made
  return {
    tensor: () => tensor,
    data: () => tensor.dataSync() as TensorData,
    shape: tensor.shape,
    dtype: tensor.dtype as DataType,
    free: () => tensor.dispose(),
  }
}

function waiting(tf: Tf, value: Tensor, keep: boolean): Operand {
  let tensor: TfTensor | undefined
  return {
    shape: value.shape,
    dtype: value.dtype,
    plain: value,
    data: () => value.data,
    tensor() {
      tensor ??= keep ? tf.keep(toTensor(tf, value)) : toTensor(tf, value)
      return tensor
    },
    free() {
      tensor?.dispose()
      tensor = undefined
    },
  }
}

/** TensorFlow.js knows float32, int32 and bool; other numbers are widened into the nearest of them. */
function toTensor(tf: Tf, { dtype, shape, data }: Tensor): TfTensor {
  if (bytesPerElement(dtype) === 0)
    throw fail(
      'unsupported-graph',
      `Constants of type ${dtype} cannot be computed with here.`,
      'Export the graph with numbers for weights.',
    )
  if (dtype === 'bool') return tf.tensor(data as Uint8Array, shape, 'bool')
  if (dtype === 'float32') return tf.tensor(data as Float32Array, shape, 'float32')
  if (dtype === 'float64') return tf.tensor(Float32Array.from(data as Float64Array), shape, 'float32')
  if (dtype === 'float16' || dtype === 'bfloat16') {
    const widen = dtype === 'float16' ? fromFloat16 : fromBfloat16
    return tf.tensor(Float32Array.from(data as Uint16Array, widen), shape, 'float32')
  }
  if (dtype === 'int32') return tf.tensor(data as Int32Array, shape, 'int32')
  return tf.tensor(Int32Array.from(data as BigInt64Array, saturated), shape, 'int32')
}

/** The ends of 64-bit ranges stand for "no limit" (`StridedSlice`, padding): they stay ends. */
const saturated = (value: bigint | number): number =>
  Math.min(Math.max(Number(value), -(2 ** 31)), 2 ** 31 - 1)
