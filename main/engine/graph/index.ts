export { type Description, describe } from './describe.ts'
export { bytesPerElement, isDataType } from './dtype.ts'
export { canEvaluate, evaluate } from './evaluate/index.ts'
export { hasKernel } from './executor/kernels.ts'
export { type Executable, loadExecutable, type Values } from './executor.ts'
export { type CArray, type CArrayOptions, saveCArray } from './formats/cArray.ts'
export type {
  Format,
  FormatName,
  OpenedModel,
  OpenOptions,
  Signature,
} from './formats/format.ts'
export { openGraphDef, readGraphDef, saveGraphDef, writeGraphDef } from './formats/graphdef.ts'
export { FORMATS, formatOf, openModel } from './formats/index.ts'
export type { LayersModel } from './formats/layers/model.ts'
export { lowerLayersModel } from './formats/layers.ts'
export { readPbtxt, savePbtxt, writePbtxt } from './formats/pbtxt.ts'
export { type TfjsOptions, writeTfjsGraph } from './formats/tfjs/index.ts'
export {
  arenaBytes,
  hasOpenShapes,
  type LiteModel,
  type LiteOperator,
  type LiteOptions,
  type LiteQuantization,
  type LiteSignature,
  type LiteSubgraph,
  type LiteTensor,
  type LiteType,
  lowestVersion,
  minRuntimeVersion,
  readTflite,
  saveTflite,
  tflite,
  withAllOutputs,
  withFixedShapes,
  withLowestVersions,
  writeTflite,
} from './formats/tflite/index.ts'
export {
  type Lowered,
  type LowerOptions,
  toLite,
  toLiteWithRanges,
  type Unsupported,
  unsupportedOps,
} from './formats/tflite/lower/index.ts'
export { type FreezeReport, freeze } from './freeze.ts'
export { hasEffect, withoutIdleControls } from './functions/effects.ts'
export { inlineFunctions } from './functions/index.ts'
export {
  type Attr,
  attr,
  attrOf,
  byName,
  constant,
  type DataType,
  type Endpoint,
  type Graph,
  type GraphNode,
  type Origin,
  type Port,
  portName,
  portOf,
  type Shape,
  sizeOf,
  type Tensor,
  withoutUnused,
} from './graph.ts'
export { hasShapeRule, type Inferred, inferShapes, inferValues } from './infer/index.ts'
export type { Elements, Known } from './infer/rule.ts'
export { floatsAttr, typesAttr, typesIn } from './lists.ts'
export { dequantize, type QuantizedRange, quantize, rangeOf } from './quantization.ts'
