import type { Hash } from '#contract'
import type { Place } from './layout.ts'

/** A repository, wherever it is. Writing is whole or not at all for each file. */
export interface Repository {
  /** The folder, or the address without anything secret in it. */
  readonly address: string
  /**
   * A document, or null where it is not there.
   * @throws Failure `tampered` for one longer than `limit` bytes, `unreachable`
   */
  read(place: Place, limit: number, signal?: AbortSignal): Promise<Uint8Array | null>
  /**
   * A blob from a byte on, or null where it is not there. The answer's `from` is 0 where the server cannot go on in
   * the middle.
   */
  blob(
    hash: Hash,
    from: number,
    signal?: AbortSignal,
  ): Promise<{ from: number; chunks: AsyncIterable<Uint8Array> } | null>
  /** Whether the blob is there, whole. */
  hasBlob(hash: Hash, bytes: number, signal?: AbortSignal): Promise<boolean>
  /** @param lasting false: may be lost in a power cut, for what is written every few seconds anyway */
  write(place: Place, content: string, options?: { lasting?: boolean; signal?: AbortSignal }): Promise<void>
  /** Copies a file in. */
  putBlob(hash: Hash, file: string, bytes: number, signal?: AbortSignal): Promise<void>
  /** Ids of the devices that reported here. */
  devices(signal?: AbortSignal): Promise<string[]>
}
