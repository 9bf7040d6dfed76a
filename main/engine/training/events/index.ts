/** TensorBoard's event files, read and written. */
export type { Buckets, EventSink } from './event.ts'
export { type EventRun, eventRuns, type Followed, followEvents, isEventFile } from './follow.ts'
export { type Gathered, type Histogram, openGathering } from './gather.ts'
export type { HparamValue } from './hparams.ts'
export { spread } from './spread.ts'
export { type EventWriter, openEventWriter } from './write.ts'
