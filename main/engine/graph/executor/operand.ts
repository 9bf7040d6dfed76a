import type { Tensor as TfTensor } from '@tensorflow/tfjs'
import { fail } from '../../kit/index.ts'
import type { Tf } from '../../tensor/index.ts'
import { bytesPerElement } from '../dtype.ts'
import type { Tensor, TensorData } from '../graph.ts'

/** What a kernel makes: a computed tensor, or (constants) one that still lies in the graph. */
export type Made = TfTensor | Tensor

/** A value between kernels. Constants have it in the graph's form, and become a tensor only if somebody computes with it. */
export interface Operand {
  tensor(): TfTensor
  /** The plain elements, for kernels that read a shape, axes or 8-bit data. */
  data(): TensorData
  shape: number[]
  free(): void
}

/** @param keep the tensor outlives the computation it is made in, until `free` */
export function operandOf(tf: Tf, made: Made, keep: boolean): Operand {
  if ('dtype' in made && 'data' in made && typeof made.data !== 'function')
    return waiting(tf, made as Tensor, keep)
  const tensor = keep ? tf.keep(made as TfTensor) : (made as TfTensor)
  return {
    tensor: () => tensor,
    data: () => tensor.dataSync() as TensorData,
    shape: tensor.shape,
    free: () => tensor.dispose(),
  }
}

function waiting(tf: Tf, value: Tensor, keep: boolean): Operand {
  let tensor: TfTensor | undefined
  return {
    shape: value.shape,
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
  if (bytesPerElement(dtype) === 0 || dtype === 'float16' || dtype === 'bfloat16')
    throw fail(
      'unsupported-graph',
      `Constants of type ${dtype} cannot be computed with here.`,
      'Export the graph with 32-bit weights.',
    )
  if (dtype === 'bool') return tf.tensor(data as Uint8Array, shape, 'bool')
  if (dtype === 'float32') return tf.tensor(data as Float32Array, shape, 'float32')
  if (dtype === 'float64') return tf.tensor(Float32Array.from(data as Float64Array), shape, 'float32')
  return tf.tensor(Int32Array.from(data as Int32Array, Number), shape, 'int32')
}
