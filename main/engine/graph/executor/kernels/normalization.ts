import type { Rank, Tensor1D, Tensor4D, Tensor as TfTensor } from '@tensorflow/tfjs'
import {
  type Call,
  channelsLast,
  type Family,
  flag,
  float,
  int,
  type Kernel,
  tensorAt,
  unsupported,
} from '../kernel.ts'

/** Normalization with the averages that came with the model: y, and (for the curious) those averages again. */
export function batchNorm({ tf, node, inputs }: Call): TfTensor[] {
  channelsLast(node)
  // True is what TensorFlow takes when the attribute is left out.
  if (flag(node, 'is_training', true)) throw unsupported(node, 'normalizes as in training')
  const [x, scale, offset, mean, variance] = [0, 1, 2, 3, 4].map(i => tensorAt(inputs, i)) as [
    TfTensor<Rank>,
    Tensor1D,
    Tensor1D,
    Tensor1D,
    Tensor1D,
  ]
  const y = tf.batchNorm(x, mean, variance, offset, scale, float(node, 'epsilon', 1e-4))
  return [y, mean.clone(), variance.clone(), mean.clone(), variance.clone(), tf.tensor1d([])]
}

/** The operation of TensorFlow's first years: `t, mean, variance, beta, gamma`. */
const globalNorm: Kernel = ({ tf, node, inputs }) => {
  const [x, mean, variance, beta, gamma] = [0, 1, 2, 3, 4].map(i => tensorAt<Tensor1D>(inputs, i))
  const scale = flag(node, 'scale_after_normalization') ? gamma : undefined
  const epsilon = float(node, 'variance_epsilon', 1e-3)
  return tf.batchNorm(x as TfTensor, mean as Tensor1D, variance as Tensor1D, beta, scale, epsilon)
}

const lrn: Kernel = ({ tf, node, inputs }) =>
  tf.localResponseNormalization(
    tensorAt<Tensor4D>(inputs, 0),
    int(node, 'depth_radius', 5),
    float(node, 'bias', 1),
    float(node, 'alpha', 1),
    float(node, 'beta', 0.5),
  )

/** What brings values to a scale. */
export const normalization: Family = {
  BatchNormWithGlobalNormalization: globalNorm,
  FusedBatchNorm: batchNorm,
  FusedBatchNormV2: batchNorm,
  FusedBatchNormV3: batchNorm,
  L2Loss: ({ tf, inputs }) => tf.mul(tf.sum(tf.square(tensorAt(inputs, 0))), 0.5),
  LRN: lrn,
  LogSoftmax: ({ tf, inputs }) => tf.logSoftmax(tensorAt(inputs, 0)),
  Softmax: ({ tf, inputs }) => tf.softmax(tensorAt(inputs, 0)),
}
