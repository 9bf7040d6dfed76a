export { biasGrad, reluGrad } from './gradients.ts'
export { findNative, type Native } from './native.ts'
export { type OpenedTensor, type OpenTensorOptions, openTensor, type TensorBackend } from './open.ts'
export type { Tf } from './tf.ts'
