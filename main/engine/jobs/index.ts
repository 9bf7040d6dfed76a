/** Long work as a value: written before it starts, watched while it runs, kept after it ends. */
export { bind, type Doors, type Request } from './bind.ts'
export { type JobContext, type Jobs, openJobs } from './jobs.ts'
export type { Enters, Lane, Place } from './lanes.ts'
