/**
 * How rows become what a net takes in, and how what it gives becomes an answer. One specification is fitted on the
 * train split; the same code reads it in training, in evaluation and on the device, so that they cannot differ.
 */
export { encode, encodeInstances } from './encode.ts'
export { fitTransform, type TransformFitter } from './fit.ts'
export { hash32 } from './hash.ts'
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
export type {
  BucketsFeature,
  CalendarFeature,
  FeatureSpec,
  NumberFeature,
  TransformSpec,
  VocabularyFeature,
} from './spec.ts'
