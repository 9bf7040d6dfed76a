import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs'
import type { AdamAttributes } from './kernels/adamStep.ts'
import type { Tf } from './tf.ts'

/**
 * Gradient of ReLU from the gradient dy of what it gave and that itself: dy where y > 0, else 0. TensorFlow.js makes
 * several operations of it; native TensorFlow and our WASM kernels have it as one.
 */
export const reluGrad = (tf: Tf, dy: Tensor, y: Tensor): Tensor =>
  run(tf, 'ReluGrad', { dy, y }) ?? tf.mul(dy, tf.step(y))

/** Gradient of a bias from dy `[..., width]`: its sum over all axes but the last, `[width]`. */
export const biasGrad = (tf: Tf, dy: Tensor): Tensor =>
  run(tf, 'BiasAddGrad', { dy }) ?? tf.sum(tf.reshape(dy, [-1, dy.shape.at(-1) as number]), 0)

/** Whether the backend has a step of Adam as one operation. */
export const hasAdamStep = (tf: Tf): boolean => Boolean(tf.getKernel('AdamStep', tf.getBackend()))

/** New weights by one step of Adam on a backend that has it; the moments are changed where they lie. All are of a shape. */
export const adamStep = (
  tf: Tf,
  tensors: { weights: Tensor; gradient: Tensor; first: Tensor; second: Tensor },
  attributes: AdamAttributes,
): Tensor => tf.engine().runKernel('AdamStep', tensors, attributes as never) as Tensor

/** Runs a kernel where the backend has it. */
function run(tf: Tf, name: string, inputs: NamedTensorMap): Tensor | undefined {
  return tf.getKernel(name, tf.getBackend()) ? (tf.engine().runKernel(name, inputs) as Tensor) : undefined
}
