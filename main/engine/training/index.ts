/** Models are trained here, each run in a process of its own, and trained models are asked. */
export type { TrainedModel } from './model.ts'
export { createTraining, type Form, type Predicted, type TrainingRoom } from './training.ts'
