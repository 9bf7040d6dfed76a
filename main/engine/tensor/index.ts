export { adamStep, biasGrad, hasAdamStep, reluGrad } from './gradients.ts'
export { type Simd, simdOf } from './kernels/simd/index.ts'
export { findNative, type Native } from './native.ts'
export {
  type OpenedTensor,
  type OpenTensorOptions,
  openTensor,
  type TensorBackend,
  usefulThreads,
} from './open.ts'
export type { Tf } from './tf.ts'
