export { type Description, describe } from './describe.ts'
export { type Executable, loadExecutable, type Values } from './executor.ts'
export { readGraphDef, writeGraphDef } from './formats/graphdef.ts'
export type { LayersModel } from './formats/layers/model.ts'
export { lowerLayersModel } from './formats/layers.ts'
export { freezeLayersModel } from './freezeLayersModel.ts'
export {
  type Attr,
  attr,
  type DataType,
  type Endpoint,
  type Graph,
  type GraphNode,
  type Origin,
  type Port,
  type Shape,
  type Tensor,
} from './graph.ts'
export { hasShapeRule, type Inferred, inferShapes, inferValues } from './infer/index.ts'
export type { Elements, Known } from './infer/rule.ts'
export { foldBatchNorms } from './passes/foldBatchNorms.ts'
export { type FreezeReport, freeze } from './passes/freeze.ts'
export { applyPass, PASSES, type Pass, type PassResult } from './passes/index.ts'
export {
  type QuantizeWeightsOptions,
  type QuantizeWeightsReport,
  quantizeWeights,
} from './passes/quantizeWeights.ts'
