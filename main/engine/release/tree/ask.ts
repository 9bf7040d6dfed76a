import { FailureError, fail } from '../../kit/index.ts'

/** Milliseconds until a server that says nothing counts as not there, and until a document must be here whole. */
export const SILENCE = 10_000
const DOCUMENT = 30_000
/** A bucket or a CDN sends one on once or twice. */
const REDIRECTS = 5

/** A web server that may mean no good: every answer is bounded in bytes, in time, and in where it sends one on to. */
export function openAsking(address: string, token: string | undefined) {
  const lost = (cause?: unknown) =>
    fail(
      'unreachable',
      `The repository ${address} cannot be reached.`,
      'Check the address and the network. A device tries again by itself; publishing is done again by you.',
      { cause },
    )
  const urlOf = (path: string) => new URL(`${address}/${path.split('/').map(encodeURIComponent).join('/')}`)

  async function follow(url: URL, init: RequestInit): Promise<Response> {
    for (let turn = 0; ; turn++) {
      const answer = await fetch(url, { ...init, redirect: 'manual' })
      const to = answer.headers.get('location')
      if (answer.status < 300 || answer.status > 399 || answer.status === 304 || !to) return answer
      await answer.body?.cancel()
      const next = new URL(to, url)
      if (!/^https?:$/.test(next.protocol) || (url.protocol === 'https:' && next.protocol === 'http:'))
        throw lost(new Error('sent on to an unsafe address'))
      if (turn >= REDIRECTS) throw lost(new Error('sent on in a circle'))
      url = next
    }
  }

  /**
   * Asks for a path. What comes back has status 200 to 299, or 404 and 416, which are the caller's business.
   * @param path relative, with `/`; or with a query that is already encoded
   */
  async function ask(
    path: string,
    init: RequestInit & { query?: Record<string, string>; patience?: number; authorized?: boolean } = {},
  ): Promise<Response> {
    const { patience = SILENCE, signal, query, authorized = false, ...rest } = init
    const url = urlOf(path)
    for (const [key, value] of Object.entries(query ?? {})) url.searchParams.set(key, value)
    const hurry = new AbortController()
    const timer = setTimeout(() => hurry.abort(), patience)
    let answer: Response
    try {
      const headers = {
        // A range of something that was packed on the way is no range of the file.
        'accept-encoding': 'identity',
        ...(authorized && token ? { authorization: `Bearer ${token}` } : {}),
        ...rest.headers,
      }
      const going = { ...rest, headers, signal: AbortSignal.any([hurry.signal, ...(signal ? [signal] : [])]) }
      // What carries a token or a body goes where it was addressed to and nowhere else.
      const reading = (rest.method ?? 'GET') === 'GET' && !authorized
      answer = reading ? await follow(url, going) : await fetch(url, { ...going, redirect: 'error' })
    } catch (cause) {
      if (signal?.aborted) throw cause
      throw cause instanceof FailureError ? cause : lost(cause)
    } finally {
      clearTimeout(timer)
    }
    if (answer.ok || answer.status === 404 || answer.status === 416) return answer
    const said = await wordsOf(answer)
    if (answer.status === 401 || answer.status === 403)
      throw fail(
        'no-permission',
        `The repository ${address} does not let this computer ${authorized ? `write${token ? ' with the token it was given' : ' without a token'}` : 'read'}.`,
        'Set EDGEWRIGHT_TOKEN to the token of the repository, or put it into the address: http://:TOKEN@host:port.',
      )
    if (answer.status === 405 || answer.status === 501)
      throw fail(
        'unsupported',
        `${address} takes no files.`,
        'Give the address that "Offer the repository over HTTP" shows, or copy a repository folder there.',
      )
    if (answer.status === 507)
      throw fail(
        'disk-full',
        `The disk of ${address} is full${said ? `: ${said}` : '.'}`,
        'Free space there.',
      )
    throw fail(
      answer.status === 409 || answer.status === 412
        ? 'already-there'
        : answer.status < 500
          ? 'bad-input'
          : 'unreachable',
      `The repository ${address} refused: ${said || `it answered ${answer.status}.`}`,
      answer.status === 409 || answer.status === 412
        ? 'Publish again.'
        : 'Check that this address is a repository.',
    )
  }

  /** A whole document; null where it is not there. */
  async function document(
    path: string,
    limit: number,
    init: Parameters<typeof ask>[1] = {},
  ): Promise<Uint8Array | null> {
    const within = new AbortController()
    const timer = setTimeout(() => within.abort(), DOCUMENT)
    const signal = AbortSignal.any([within.signal, ...(init.signal ? [init.signal] : [])])
    try {
      const answer = await ask(path, { ...init, signal })
      if (!answer.ok || !answer.body) {
        await answer.body?.cancel()
        return null
      }
      const parts: Uint8Array[] = []
      let bytes = 0
      for await (const part of answer.body) {
        bytes += part.length
        if (bytes > limit)
          throw fail(
            'tampered',
            `The repository ${address} sends far too much for ${path}.`,
            'Check that this address is a repository.',
          )
        parts.push(part)
      }
      return Buffer.concat(parts)
    } catch (error) {
      if (init.signal?.aborted || error instanceof FailureError) throw error
      throw lost(error)
    } finally {
      clearTimeout(timer)
    }
  }

  return { ask, document, lost }
}
export type Asking = ReturnType<typeof openAsking>

async function wordsOf(answer: Response): Promise<string> {
  try {
    const parts: Uint8Array[] = []
    let bytes = 0
    for await (const part of answer.body ?? []) {
      parts.push(part)
      bytes += part.length
      if (bytes > 4096) break
    }
    const { error } = JSON.parse(Buffer.concat(parts).toString()) as { error?: unknown }
    return typeof error === 'string' ? error.slice(0, 300) : ''
  } catch {
    return ''
  }
}
