import { BaseFetcher } from 'tuf-js'
import { DownloadHTTPError } from 'tuf-js/dist/error.js'
import { FailureError, fail } from '../../kit/index.ts'
import type { MetadataSource } from '../trust.ts'

/** Only the last part of it counts; the library wants a URL. */
export const BASE_URL = 'metadata://repository/'

/**
 * Brings files of a source to the library, bounded in bytes and in time: a server may send without end or a byte a
 * minute.
 */
export class BoundedFetcher extends BaseFetcher {
  /** What went wrong with the last file that was asked for; null where it came. */
  trouble: FailureError | null = null
  readonly #source: MetadataSource
  readonly #limits: { file: number; all: number }
  #signal: AbortSignal | null = null

  /** @param limits milliseconds for one file, and for all from `begin` on */
  constructor(source: MetadataSource, limits: { file: number; all: number }) {
    super()
    this.#source = source
    this.#limits = limits
  }

  /** Starts the time for all files anew. */
  begin(signal?: AbortSignal): void {
    const all = AbortSignal.timeout(this.#limits.all)
    this.#signal = signal ? AbortSignal.any([signal, all]) : all
  }

  override async downloadBytes(url: string, limit: number): Promise<Buffer> {
    this.trouble = null
    const name = url.slice(BASE_URL.length)
    try {
      const bytes = await this.#read(name, limit)
      if (!bytes) throw absent(name)
      if (bytes.length > limit) throw tooLong(name, limit)
      return Buffer.from(bytes)
    } catch (error) {
      if (error instanceof FailureError) this.trouble = error
      throw error === this.trouble && this.trouble?.failure.code === 'not-found'
        ? new DownloadHTTPError(`${name} is not there`, 404)
        : error
    }
  }

  override fetch(): never {
    throw new Error('Metadata is read in one piece')
  }

  async #read(name: string, limit: number): Promise<Uint8Array | null> {
    const outer = this.#signal ?? new AbortController().signal
    const signal = AbortSignal.any([outer, AbortSignal.timeout(this.#limits.file)])
    let stop = () => {}
    const ended = new Promise<never>((_, reject) => {
      stop = () =>
        reject(
          outer.aborted && !isTimeout(outer.reason)
            ? fail('cancelled', 'It was cancelled.', 'Run it again.')
            : fail(
                'unreachable',
                `${name} did not arrive in time.`,
                'Check the connection; it is tried again, and what runs goes on.',
              ),
        )
      signal.addEventListener('abort', stop, { once: true })
      if (signal.aborted) stop()
    })
    ended.catch(() => {})
    try {
      return await Promise.race([this.#source.read(name, limit, signal), ended])
    } catch (error) {
      if (signal.aborted) return await ended
      throw error
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }
}

const isTimeout = (reason: unknown) => reason instanceof Error && reason.name === 'TimeoutError'

const absent = (name: string) =>
  fail(
    'not-found',
    `${name} is not there.`,
    'Check the address of the repository and the name of the site; what runs goes on.',
  )

const tooLong = (name: string, limit: number) =>
  fail(
    'tampered',
    `${name} is longer than ${limit} bytes, and no such file is.`,
    'Look where it comes from; nothing of it was kept, and what runs goes on.',
  )
