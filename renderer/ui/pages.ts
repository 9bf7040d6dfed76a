/** Reads `limit` rows from `offset` on. It stops early when the signal says that nobody waits any more. */
export type LoadPage<Row = unknown> = (
  offset: number,
  limit: number,
  signal: AbortSignal,
) => Promise<readonly Row[]>

type Page<Row> =
  | { state: 'loading'; stop: AbortController }
  | { state: 'there'; rows: readonly Row[] }
  | { state: 'failed'; error: unknown }

/**
 * Keeps the pages of a long list that were read last, and lets go of the oldest. `want` reads what is missing in a
 * range and stops readings that left it, so that a fast scroll does not leave a queue behind.
 */
export class Pages<Row = unknown> {
  readonly #pages = new Map<number, Page<Row>>()
  readonly #load: LoadPage<Row>
  readonly #changed: () => void
  readonly size: number
  readonly #keep: number

  constructor(load: LoadPage<Row>, changed: () => void, size = 200, keep = 40) {
    this.#load = load
    this.#changed = changed
    this.size = size
    this.#keep = keep
  }

  /** A row if its page is there. */
  row(index: number): Row | undefined {
    const page = this.#pages.get(Math.floor(index / this.size))
    return page?.state === 'there' ? page.rows[index % this.size] : undefined
  }

  /** The first failed page that a range touches: its rows and the error. */
  failed(first: number, last: number): { first: number; last: number; error: unknown } | null {
    for (let at = Math.floor(first / this.size); at * this.size < last; at++) {
      const page = this.#pages.get(at)
      if (page?.state === 'failed')
        return { first: at * this.size, last: (at + 1) * this.size, error: page.error }
    }
    return null
  }

  /** Sees to it that the rows of a range are there or on their way. `last` is exclusive. */
  want(first: number, last: number): void {
    const from = Math.floor(first / this.size)
    const to = Math.ceil(last / this.size)
    for (const [at, page] of this.#pages)
      if (page.state === 'loading' && (at < from || at >= to)) {
        this.#pages.delete(at)
        page.stop.abort()
      }
    for (let at = from; at < to; at++) {
      const page = this.#pages.get(at)
      if (page) {
        // a map keeps the order of writing: what was wanted last stands last
        this.#pages.delete(at)
        this.#pages.set(at, page)
      } else void this.#read(at)
    }
    for (const [at, page] of this.#pages) {
      if (this.#pages.size <= Math.max(this.#keep, to - from)) break
      if (page.state !== 'loading') this.#pages.delete(at)
    }
  }

  /** Reads failed pages again. */
  retry(first: number, last: number): void {
    for (const [at, page] of this.#pages) if (page.state === 'failed') this.#pages.delete(at)
    this.want(first, last)
  }

  /** Forgets everything and stops all readings. */
  clear(): void {
    for (const page of this.#pages.values()) if (page.state === 'loading') page.stop.abort()
    this.#pages.clear()
  }

  async #read(at: number): Promise<void> {
    const stop = new AbortController()
    const loading: Page<Row> = { state: 'loading', stop }
    this.#pages.set(at, loading)
    let next: Page<Row>
    try {
      next = { state: 'there', rows: await this.#load(at * this.size, this.size, stop.signal) }
    } catch (error) {
      next = { state: 'failed', error }
    }
    // a reading that was let go must not come back from the dead
    if (this.#pages.get(at) !== loading) return
    this.#pages.set(at, next)
    this.#changed()
  }
}
