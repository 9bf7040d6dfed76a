import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { FailureError, fail } from '../kit/index.ts'
import { type Place, pathOf } from './layout.ts'
import type { Repository } from './repository.ts'

/** Milliseconds until a server that says nothing counts as not there. */
const PATIENCE = 10_000
/** The same for a whole blob on its way in. */
const UPLOAD_PATIENCE = 600_000

/** A repository behind a web server. Reading needs nothing but static files; writing needs `PUT` with a bearer token. */
export function openRemote(address: string, token: string | undefined): Repository {
  const url = (path: string) => `${address}/${path.split('/').map(encodeURIComponent).join('/')}`
  const lost = (cause?: unknown) =>
    fail(
      'unreachable',
      `The repository ${address} cannot be reached.`,
      'Check the address and the network. A device tries again by itself; publishing is done again by you.',
      { cause },
    )

  async function ask(path: string, init: RequestInit & { patience?: number | null } = {}): Promise<Response> {
    const { patience = PATIENCE, signal, ...rest } = init
    const limits = [
      ...(patience === null ? [] : [AbortSignal.timeout(patience)]),
      ...(signal ? [signal] : []),
    ]
    let answer: Response
    try {
      answer = await fetch(url(path), { ...rest, signal: AbortSignal.any(limits) })
    } catch (cause) {
      if (signal?.aborted) throw cause
      throw lost(cause)
    }
    if (answer.ok || answer.status === 404) return answer
    const said = await wordsOf(answer)
    if (answer.status === 401 || answer.status === 403)
      throw fail(
        'no-permission',
        `The repository ${address} does not let this computer write${token ? ' with the token it was given' : ' without a token'}.`,
        'Set EDGEWRIGHT_TOKEN to the token of the repository, or put it into the address: http://:TOKEN@host:port.',
      )
    if (answer.status === 507) throw fail('disk-full', `The disk of ${address} is full.`, 'Free space there.')
    throw fail(
      answer.status === 409 ? 'already-there' : answer.status < 500 ? 'bad-input' : 'unreachable',
      `The repository ${address} refused: ${said || `it answered ${answer.status}`}`,
      answer.status === 409 ? 'Publish again.' : 'Check that this address is a repository.',
    )
  }

  const put = async (path: string, body: BodyInit, init: RequestInit & { patience?: number }) => {
    const answer = await ask(path, {
      ...init,
      method: 'PUT',
      body,
      redirect: 'error',
      headers: { ...(token ? { authorization: `Bearer ${token}` } : {}), ...init.headers },
    })
    await answer.body?.cancel()
    if (answer.status === 404)
      throw fail(
        'bad-input',
        `${address} takes no releases.`,
        'Give the address that "Offer the repository over HTTP" shows, or copy a repository folder there.',
      )
  }

  return {
    address,
    async read(place, limit, signal) {
      const answer = await ask(pathOf(place), { signal })
      if (answer.status === 404 || !answer.body) {
        await answer.body?.cancel()
        return null
      }
      return await gather(answer.body, limit, place, lost)
    },
    async blob(hash, from, signal) {
      // The watch is on silence, not on the whole: a large model over a thin line may take hours.
      const silence = new AbortController()
      const timer = setTimeout(() => silence.abort(), PATIENCE)
      try {
        const answer = await ask(pathOf({ kind: 'blob', hash }), {
          signal: silence.signal,
          patience: null,
          headers: from > 0 ? { range: `bytes=${from}-` } : {},
        })
        if (answer.status === 404 || !answer.body) {
          await answer.body?.cancel()
          clearTimeout(timer)
          return null
        }
        const range = /^bytes (\d+)-/.exec(answer.headers.get('content-range') ?? '')
        const begins = answer.status === 206 && range ? Number(range[1]) : 0
        return { from: begins, chunks: watched(answer.body, timer, silence, signal, lost) }
      } catch (error) {
        clearTimeout(timer)
        throw error
      }
    },
    async hasBlob(hash, bytes, signal) {
      const answer = await ask(pathOf({ kind: 'blob', hash }), { method: 'HEAD', signal })
      return answer.ok && Number(answer.headers.get('content-length')) === bytes
    },
    write: (place, content, { signal } = {}) =>
      put(pathOf(place), content, { signal, headers: { 'content-type': 'application/json' } }),
    async putBlob(hash, file, bytes, signal) {
      const body = Readable.toWeb(createReadStream(file)) as unknown as BodyInit
      await put(pathOf({ kind: 'blob', hash }), body, {
        signal,
        patience: UPLOAD_PATIENCE,
        headers: { 'content-type': 'application/octet-stream', 'content-length': String(bytes) },
        duplex: 'half',
      } as RequestInit)
    },
    async devices(signal) {
      const answer = await ask('devices', { signal })
      // A plain web server lists no devices, and none can report there.
      if (answer.status === 404 || !answer.body) return []
      try {
        const list = JSON.parse(Buffer.from(await gather(answer.body, 1 << 20, undefined, lost)).toString())
        const ids: unknown[] = Array.isArray(list?.devices) ? list.devices : []
        return ids.filter((id): id is string => typeof id === 'string' && /^[0-9a-f]{24}$/.test(id))
      } catch (error) {
        if (error instanceof FailureError) throw error
        return []
      }
    },
  }
}

async function wordsOf(answer: Response): Promise<string> {
  try {
    const { error } = JSON.parse((await answer.text()).slice(0, 2000)) as { error?: unknown }
    return typeof error === 'string' ? error.slice(0, 300) : ''
  } catch {
    return ''
  }
}

async function gather(
  body: ReadableStream<Uint8Array>,
  limit: number,
  place: Place | undefined,
  lost: (cause: unknown) => FailureError,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let bytes = 0
  try {
    for await (const part of body) {
      bytes += part.length
      if (bytes > limit)
        throw fail(
          'tampered',
          `The repository sends far too much${place ? ` for ${pathOf(place)}` : ''}.`,
          'Check that this address is a repository.',
        )
      parts.push(part)
    }
  } catch (error) {
    throw error instanceof FailureError ? error : lost(error)
  }
  return Buffer.concat(parts)
}

async function* watched(
  body: ReadableStream<Uint8Array>,
  timer: NodeJS.Timeout,
  silence: AbortController,
  signal: AbortSignal | undefined,
  lost: (cause: unknown) => FailureError,
): AsyncIterable<Uint8Array> {
  const stop = () => silence.abort()
  signal?.addEventListener('abort', stop)
  if (signal?.aborted) stop()
  try {
    for await (const part of body) {
      timer.refresh()
      yield part
    }
  } catch (error) {
    throw signal?.aborted ? error : lost(error)
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', stop)
    silence.abort()
  }
}
