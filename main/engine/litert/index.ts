/** TensorFlow Lite models run by an independent runtime: LiteRT.js, Google's own kernels as WebAssembly. */
export type { Elements } from './arrays.ts'
export { type LiteModelRunner, type LiteRt, openLiteRt, type RunnerEnd } from './runtime.ts'
export { type Step, stepOf, toElements, toFloats } from './values.ts'
