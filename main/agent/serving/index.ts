/** What is in memory and answers: models on any runtime, several versions at once, a split, a shadow, and their figures. */
export type { Answered, Ask } from './ask.ts'
export type { Rehearsal, RehearsalLimits, ReleaseFiles, Serve, Serving, ServingEvents } from './door.ts'
export type { Model } from './model.ts'
export { type Answering, openServing } from './serving.ts'
