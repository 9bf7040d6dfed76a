import type { Hash } from '#contract'
import { fail } from '../kit/index.ts'
import { openFolder } from './folder.ts'
import type { Place } from './layout.ts'
import { openRemote } from './remote.ts'

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

/**
 * A folder, or an `http(s)` address. The token for writing is taken from the address (`http://:token@host`), else from
 * the one given.
 * @throws Failure `bad-input` for what is neither
 */
export function openRepository(where: string, token?: string): Repository {
  if (!where.trim())
    throw fail('bad-input', 'No repository was named.', 'Give a folder or an http(s) address.')
  if (!/^[a-z][a-z0-9+.-]+:\/\//i.test(where)) return openFolder(where)
  let url: URL
  try {
    url = new URL(where)
  } catch (cause) {
    throw fail('bad-input', `"${where}" is not an address.`, 'Write it like http://host:8600.', { cause })
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw fail(
      'bad-input',
      `A repository cannot be reached by ${url.protocol.slice(0, -1)}.`,
      'Give a folder or an http(s) address.',
    )
  const secret = decodeURIComponent(url.password || url.username) || token
  url.username = ''
  url.password = ''
  url.search = ''
  url.hash = ''
  return openRemote(url.href.replace(/\/+$/, ''), secret)
}
