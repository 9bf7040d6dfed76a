export { type OpenedTensor, type OpenTensorOptions, openTensor, type TensorBackend, type Tf } from './open.ts'
