import type { PublicKey, Repository } from '../engine/release/index.ts'
import type { Loader } from './loader.ts'
import type { Shelf } from './shelf.ts'
import type { State } from './state.ts'

/** What the parts of a device work with. Each part owns what it changes; this owns nothing. */
export interface Parts {
  readonly repository: Repository
  /** What is on disk. */
  readonly state: State
  /** What is in memory. */
  readonly shelf: Shelf
  readonly loader: Loader
  /** Aborts when the device stops. */
  readonly signal: AbortSignal
  /** Whom the device trusts; null while the repository is empty. Throws what `trustedKey` throws. */
  key(): Promise<PublicKey | null>
  /** Writes down what happened, and lets the window know at once. */
  note(event: string, detail: string): void
}
