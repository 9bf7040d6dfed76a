import type { DeviceReport } from '../engine/release/index.ts'

/** A version on this device as its REST door and page show it. */
export interface VersionHere {
  version: number
  state: 'AVAILABLE' | 'LOADING' | 'END'
  message: string
  /** In words, for a person: what it is here. */
  part: 'answers' | 'candidate' | 'shadow' | 'on trial' | 'kept' | 'on its way' | 'quarantined'
}

/** A device, as its REST door and its page steer it. Predictions do not come by here: see `serving`. */
export interface DeviceDoor {
  readonly id: string
  /** Lets in who may steer it: bearer token, in the state folder too. */
  readonly token: string
  /** Where sticks are mounted; null: nowhere. */
  readonly media: string | null
  models(): string[]
  /** Null for a model that is not known. */
  versions(model: string): VersionHere[] | null
  report(): DeviceReport
  /**
   * Switches to an installed version at once. It stays until the publisher decides anew.
   * @throws Failure `not-found`, `expired`, `tampered` for one below the floor or revoked
   */
  switchTo(model: string, version: number): Promise<void>
  /** Back to the version before. Same failures. */
  rollBack(model: string): Promise<void>
  /** Looks for news now; resolves when this look has ended, and never throws. */
  pollNow(): Promise<void>
  /** Takes in a stick file (`.edgepack`). @returns what was done, in one line, as RESULT.txt says it */
  ingest(file: string): Promise<string>
  /** Writes what waits for the publisher into a folder. @returns names of the files */
  exportTo(folder: string): Promise<string[]>
}
