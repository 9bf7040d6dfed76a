/** Models are trained here, each run in a process of its own, and trained models are asked. */
export type { EncodedRows } from './features.ts'
export type { TrainedModel } from './model.ts'
export type { Form, OtherRows, Predicted } from './predict.ts'
export { trainedRun } from './trained.ts'
export { createTraining, type TrainingRoom } from './training.ts'
