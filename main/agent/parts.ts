import type { Assignment, Profile, RecordKind, SitePlan } from '../engine/release/index.ts'
import type { Blobs } from './blobs.ts'
import type { DeviceTime } from './clock.ts'
import type { Identity } from './identity.ts'
import type { Lanes } from './lanes.ts'
import type { Lives } from './live.ts'
import type { Clock, Disk } from './ports.ts'
import type { Serving } from './serving/door.ts'
import type { ModelState, StateKeeper } from './state/index.ts'

/** When a version on trial has proved itself: after so many rows or so many seconds without an error. */
export interface TrialTerms {
  rows: number
  seconds: number
  /** Starts of the agent during one trial; one more, and the version is to blame. */
  starts: number
}

export const TRIAL: TrialTerms = { rows: 200, seconds: 60, starts: 3 }

/** What the steps of a device work with. Each owns what it changes; this owns nothing. */
export interface Parts {
  readonly disk: Disk
  readonly folder: string
  readonly clock: Clock
  readonly time: DeviceTime
  readonly identity: Identity
  readonly profile: Profile
  readonly keeper: StateKeeper
  readonly blobs: Blobs
  readonly serving: Serving
  readonly lanes: Lanes
  readonly lives: Lives
  readonly trial: TrialTerms
  /** Bytes that came since the start, and those of them that were patches. */
  readonly traffic: { fetched: number; patched: number }
  /** Aborts when the device stops. */
  readonly signal: AbortSignal
  /** The newest plan that was verified; null before the first. */
  plan(): SitePlan | null
  /** The version that the plan wants to answer for a model here; null where nothing is wanted. */
  wanted(model: string): { version: number; by: Assignment['by'] } | null
  /** A model on disk. */
  modelOf(model: string): ModelState
  /** Changes a model on disk for good before it returns. */
  keep(model: string, change: Partial<ModelState>): void
  /** Writes down what happened: into the chain of records, and for people. */
  note(kind: RecordKind, event: string, detail: string, body?: Record<string, unknown>): void
}
