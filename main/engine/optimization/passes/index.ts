/** Transformations of graphs, by the names and in the grammar of TensorFlow's `transform_graph`. */
export { type AppliedPass, applyTransforms, danglingInputs, passNamed, weightBytes } from './apply.ts'
export type { Arguments } from './arguments.ts'
export { PASSES, RECOMMENDED } from './list.ts'
export type { Pass, PassArgument, PassResult } from './pass.ts'
export { formatTransforms, parseTransforms, type Transform } from './transforms.ts'
