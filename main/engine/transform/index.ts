/** How columns become what a model takes in: chosen by a person, kept as versions, fitted to the train split. */
export { type FittedTo, fitTo } from './fitTo.ts'
export { type Past, pastOf, pick, pickFigures } from './past.ts'
export type { Reading, RowSource, SlicedSource } from './rowSource.ts'
export { createTransform, type TransformRoom } from './transform.ts'
