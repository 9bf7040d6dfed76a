/** How columns become what a model takes in: chosen by a person, kept as versions, fitted to the train split. */
export { type FittedTo, fitTo, type Reading, type RowSource, type SlicedSource } from './fitTo.ts'
export { type Past, pastOf, pick, pickFigures } from './past.ts'
export { createTransform, type TransformRoom } from './transform.ts'
