/**
 * How rows become what a net takes in, and how what it gives becomes an answer. One specification is fitted on the
 * train split; the same code reads it in training, in evaluation and on the device, so that they cannot differ.
 */
export { describeFeature } from './describe.ts'
export { encode, encodeInstances, encodePictures } from './encode.ts'
export { fitRecipe, fitTransform, type RecipeFitter, type TransformFitter } from './fit.ts'
export { hash32 } from './hash.ts'
export { IMAGE_SCALES, imageOf, imageSize, needsColor, widthOf } from './kinds/index.ts'
export { wordsOf } from './kinds/tokens.ts'
export {
  decodePrediction,
  encodeLabel,
  fitLabel,
  type LabelFitter,
  type LabelSpec,
  outputWidth,
  type Prediction,
  probabilitiesOf,
} from './label.ts'
export { historyOf, type KeptMemory, type Memory, openMemory } from './memory.ts'
export { blankInstance, completeRows, requiredOf } from './missing.ts'
export { entriesOf, seriesOf } from './parts.ts'
export { fitPicture, type Picture, PictureFile, type PictureShape } from './pictures/index.ts'
export { columnsRead, planOf, stepTakes } from './recipe.ts'
export {
  type BucketsFeature,
  type CalendarFeature,
  columnsOf,
  type FeatureSpec,
  type ImageFeature,
  type ImageScale,
  inputsOf,
  type NumberFeature,
  TRANSFORM_FORMATS,
  type TransformInput,
  type TransformSpec,
  type VocabularyFeature,
} from './spec.ts'
export type { History } from './windows/history.ts'
export { timeIn } from './windows/memory.ts'
