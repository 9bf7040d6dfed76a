import type { Hash } from '#contract'
import type { Source } from '../tree/source.ts'
import type { PieceDisk } from './disk.ts'
import type { Throttle } from './throttle.ts'

/** A blob to be fetched: see `fetchBlob`. */
export interface WantedBlob {
  source: Pick<Source, 'address' | 'blob'>
  hash: Hash
  bytes: number
  /** Hashes of its pieces from `readPieces`; null where it is one piece. */
  pieces: readonly Hash[] | null
  disk: PieceDisk
  /** Folder for what is not whole yet, `partial/<hash>`: `data` and `map`. What is in it is gone on from. */
  partial: string
  /** Where the whole blob comes to lie, renamed into place when its hash was checked. */
  place: string
  /** Bytes a second for all that shares it. */
  throttle?: Throttle
  signal?: AbortSignal
  /** @param bytes checked and kept so far */
  progress?(bytes: number): void
  /** For tests: how long is waited. */
  patience?: Partial<Patience>
}

/** How long is waited for another side that may mean no good, in milliseconds. */
export interface Patience {
  /** One piece, however slowly it drips; longer where the throttle is slower. */
  piece: number
  /** Before the first try again; doubled up to eight times that. */
  pause: number
  /** Tries without one new piece. */
  tries: number
}

/** What a fetch cost. */
export interface Fetched {
  /** Bytes that came over the line. */
  received: number
  /** Of those, bytes that had to be thrown away. */
  wasted: number
}
