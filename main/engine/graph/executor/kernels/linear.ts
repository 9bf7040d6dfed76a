import type { Tensor2D, Tensor as TfTensor } from '@tensorflow/tfjs'
import { einsum } from '../einsum.ts'
import { type Call, channelsLast, type Family, flag, type Kernel, tensorAt, text } from '../kernel.ts'

export const matMul = ({ tf, node, inputs }: Call): TfTensor =>
  tf.matMul(
    tensorAt<Tensor2D>(inputs, 0),
    tensorAt<Tensor2D>(inputs, 1),
    flag(node, 'transpose_a'),
    flag(node, 'transpose_b'),
  )

/** Products of matrices, of which there may be many; their leading axes are stretched to each other. */
const batchMatMul: Kernel = ({ tf, node, inputs }) =>
  tf.matMul(tensorAt(inputs, 0), tensorAt(inputs, 1), flag(node, 'adj_x'), flag(node, 'adj_y'))

export function biasAdd({ tf, node, inputs }: Call): TfTensor {
  channelsLast(node)
  return tf.add(tensorAt(inputs, 0), tensorAt(inputs, 1))
}

/** Products and sums of matrices. */
export const linear: Family = {
  BatchMatMul: batchMatMul,
  BatchMatMulV2: batchMatMul,
  BatchMatMulV3: batchMatMul,
  BiasAdd: biasAdd,
  BiasAddV1: biasAdd,
  Einsum: ({ tf, node, inputs }) =>
    einsum(
      tf,
      text(node, 'equation') ?? '',
      inputs.map(input => input.tensor()),
    ),
  MatMul: matMul,
}
