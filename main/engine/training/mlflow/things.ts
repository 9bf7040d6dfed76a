import type { RunStatus } from './recorded.ts'

/** A point as MLflow has it: `timestamp` in milliseconds since 1970. */
export interface TrackedPoint {
  value: number
  timestamp: number
  step: number
}

export interface Experiment {
  id: string
  name: string
  at: number
  tags: Map<string, string>
  removed: boolean
}

export interface TrackedRun {
  id: string
  experiment: string
  name: string
  user: string
  status: RunStatus
  /** Milliseconds since 1970. */
  startedAt: number
  endedAt: number | null
  params: Map<string, string>
  tags: Map<string, string>
  figures: Map<string, TrackedPoint[]>
  inputs: unknown[]
  outputs: unknown[]
  removed: boolean
}

export interface LoggedModel {
  id: string
  experiment: string
  name: string
  run: string | null
  type: string
  status: string
  at: number
  params: Map<string, string>
  tags: Map<string, string>
}

export type Kind = 'experiment' | 'run' | 'model'

/** What programs told before. */
export interface Before {
  experiments: Experiment[]
  runs: TrackedRun[]
  models: LoggedModel[]
}

/** Keeps what programs tell. */
export interface Keeper {
  load(): Before
  /** @param thing null: it is no more */
  save(kind: Kind, id: string, thing: object | null): void
}

/** Where nothing outlives the program, as beside a container. */
export const NOT_KEPT: Keeper = { load: () => ({ experiments: [], runs: [], models: [] }), save: () => {} }
