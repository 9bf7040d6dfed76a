/** TensorFlow Lite files: reading and writing them, and what they are made of. */
export { arenaBytes } from './arena.ts'
export { hasOpenShapes, withFixedShapes } from './batch.ts'
export { tflite } from './format.ts'
export type {
  LiteModel,
  LiteOperator,
  LiteOptions,
  LiteQuantization,
  LiteSignature,
  LiteSubgraph,
  LiteTensor,
  LiteType,
} from './model.ts'
export { withAllOutputs } from './outputs.ts'
export { type Raised, raise } from './raise/index.ts'
export { readTflite } from './read.ts'
export { saveTflite } from './save.ts'
export { bytesOf } from './types.ts'
export { lowestVersion, minRuntimeVersion, withLowestVersions } from './versions.ts'
export { signaturesOf, tflitePieces, writeTflite } from './write.ts'
