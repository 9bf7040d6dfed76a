// The graph: its parts, and short ways to read and make them.

export { bytesPerElement, isDataType } from './dtype.ts'
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
  type Port,
  portName,
  portOf,
  type Shape,
  sizeOf,
  type Tensor,
  type TensorData,
  withoutUnused,
} from './graph.ts'
export { floatsAttr, typesAttr, typesIn } from './lists.ts'

// What is asked of it, and what is made of it.

export { describe } from './describe.ts'
export { canEvaluate, evaluate } from './evaluate/index.ts'
export { hasKernel } from './executor/kernels.ts'
export { type Executable, loadExecutable, type Values } from './executor.ts'
export { type FreezeReport, freeze } from './freeze.ts'
export { withoutIdleControls } from './functions/effects.ts'
export { inlineFunctions } from './functions/index.ts'
export { inferShapes } from './infer/index.ts'
export { type QuantizedRange, quantize, rangeOf } from './quantization.ts'

// Files that it comes from and goes to.

export { saveCArray } from './formats/cArray.ts'
export type { OpenOptions, Signature } from './formats/format.ts'
export { openGraphDef, readGraphDef, saveGraphDef, writeGraphDef } from './formats/graphdef.ts'
export { FORMATS, openModel } from './formats/index.ts'
export type { LayersModel } from './formats/layers/model.ts'
export { lowerLayersModel } from './formats/layers.ts'
export { readPbtxt, savePbtxt, writePbtxt } from './formats/pbtxt.ts'
export { type TfjsOptions, writeTfjsGraph } from './formats/tfjs/index.ts'

// TensorFlow Lite: its models as they are, and graphs as such.

export {
  arenaBytes,
  hasOpenShapes,
  type LiteModel,
  type LiteOperator,
  type LiteOptions,
  type LiteQuantization,
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
export { toLite, toLiteWithRanges, unsupportedOps } from './formats/tflite/lower/index.ts'
