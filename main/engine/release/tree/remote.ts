import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { fail } from '../../kit/index.ts'
import { OPEN_SITE, SITE_NAME } from '../format/names.ts'
import { pathOfPlace, placeOfPath } from '../format/places.ts'
import { type Asking, openAsking, SILENCE } from './ask.ts'
import { lengthOf } from './contents.ts'
import { metadataPath } from './metadata.ts'
import type { Sink, Stream } from './source.ts'

/** Milliseconds for a whole file on its way in. */
const UPLOAD = 600_000
const LIST = 16 << 20
const REPORT = 256 << 10
const BATCH = 256 << 20
const INDEX = 64 << 20

const DEVICE = /^[0-9a-f]{24}$/

/**
 * A repository behind a web server. Reading needs nothing but static files; what is written, and what devices leave, needs
 * the server of the app.
 */
export function openRemoteSink(address: string, token: string | undefined): Sink {
  const asking = openAsking(address, token)
  const { ask, document, lost } = asking

  async function put(path: string, body: BodyInit, init: Parameters<Asking['ask']>[1] = {}): Promise<void> {
    const answer = await ask(path, { method: 'PUT', body, authorized: true, ...init })
    await answer.body?.cancel()
    if (!answer.ok)
      throw fail(
        'unsupported',
        `${address} takes no files.`,
        'Give the address that "Offer the repository over HTTP" shows, or copy a repository folder there.',
      )
  }
  const list = async (path: string, init?: Parameters<Asking['ask']>[1]): Promise<unknown> => {
    const content = await document(path, LIST, init)
    try {
      return content && JSON.parse(Buffer.from(content).toString('utf8'))
    } catch {
      // A plain web server shows a page instead.
      return null
    }
  }
  const namesIn = (said: unknown, field: string, form: RegExp): string[] | null => {
    const names = (said as Record<string, unknown> | null)?.[field]
    return Array.isArray(names) ? names.filter(name => typeof name === 'string' && form.test(name)) : null
  }

  return {
    address,
    kind: 'http',
    lane: 'online',
    metadata: (site, lane = 'online') => ({
      read: (name, limit, signal) => document(metadataPath(site, lane, name), limit, { signal }),
      write: (name, content, { exclusive = false, signal } = {}) =>
        put(metadataPath(site, lane, name), content as BodyInit, {
          signal,
          headers: { 'content-type': 'application/json', ...(exclusive ? { 'if-none-match': '*' } : {}) },
        }),
    }),
    async sites(signal) {
      const named = namesIn(await list('tuf', { signal }), 'sites', SITE_NAME)
      if (named) return named
      const path = metadataPath(OPEN_SITE, 'online', 'timestamp.json')
      return (await document(path, 1 << 20, { signal })) ? [OPEN_SITE] : []
    },
    blob: (hash, from, to, signal) =>
      stream(asking, pathOfPlace({ kind: 'blob', hash }), { from, to, signal, address }),
    putStatus: (id, report, signal) =>
      put(pathOfPlace({ kind: 'device', id }), report as BodyInit, {
        authorized: false,
        signal,
        headers: { 'content-type': 'application/json' },
      }),
    async putBatch(device, sequence, batch, signal) {
      const answer = await ask('v1/reports', {
        method: 'POST',
        query: { device, sequence: String(sequence) },
        body: batch as BodyInit,
        headers: { 'content-type': 'application/octet-stream' },
        patience: UPLOAD,
        signal,
      })
      await answer.body?.cancel()
      if (!answer.ok)
        throw fail(
          'unsupported',
          `${address} takes nothing back from devices.`,
          'Use a stick to bring it home.',
        )
    },

    async hasBlob(hash, bytes, signal) {
      const answer = await ask(pathOfPlace({ kind: 'blob', hash }), { method: 'HEAD', signal })
      return answer.ok && Number(answer.headers.get('content-length')) === bytes
    },
    async putBlob(hash, content, signal) {
      const body =
        content instanceof Uint8Array
          ? content
          : (Readable.toWeb(createReadStream(content.path)) as unknown as BodyInit)
      await put(
        pathOfPlace({ kind: 'blob', hash }),
        body as BodyInit,
        {
          signal,
          patience: UPLOAD,
          headers: {
            'content-type': 'application/octet-stream',
            'content-length': String(lengthOf(content)),
          },
          duplex: 'half',
        } as RequestInit,
      )
    },
    readIndex: signal => document('index.json', INDEX, { signal }),
    writeIndex: (index, signal) =>
      put('index.json', index as BodyInit, { signal, headers: { 'content-type': 'application/json' } }),
    devices: async signal => namesIn(await list('devices', { signal }), 'devices', DEVICE) ?? [],
    status: (id, signal) => document(pathOfPlace({ kind: 'device', id }), REPORT, { signal }),
    async batches(signal) {
      const names = namesIn(await list('return', { signal, authorized: true }), 'batches', /^/) ?? []
      return names.flatMap(name => {
        const place = placeOfPath(`return/${name}`)
        return place?.kind === 'batch' ? [{ device: place.device, sequence: place.sequence }] : []
      })
    },
    batch: (device, sequence, signal) =>
      document(pathOfPlace({ kind: 'batch', device, sequence }), BATCH, { signal, authorized: true }),
    async removeBatch(device, sequence, signal) {
      const path = pathOfPlace({ kind: 'batch', device, sequence })
      const answer = await ask(path, { method: 'DELETE', authorized: true, signal })
      await answer.body?.cancel()
    },
  }

  async function stream(
    { ask }: Asking,
    path: string,
    { from, to, signal, address }: { from: number; to: number; signal?: AbortSignal; address: string },
  ): Promise<Stream | null> {
    const stop = new AbortController()
    const answer = await ask(path, {
      signal: AbortSignal.any([stop.signal, ...(signal ? [signal] : [])]),
      headers: { range: `bytes=${from}-${to - 1}` },
    })
    if (!answer.ok || !answer.body) {
      await answer.body?.cancel()
      return null
    }
    if (answer.status !== 206) return { from: 0, chunks: watched(answer.body, to, stop), isWhole: true }
    const range = /^bytes (\d{1,16})-\d{1,16}\//.exec(answer.headers.get('content-range') ?? '')
    if (Number(range?.[1] ?? -1) !== from) {
      stop.abort()
      throw fail(
        'unreachable',
        `The repository ${address} sends another part of a file than it was asked for.`,
        'Use another web server; what was fetched so far is kept.',
      )
    }
    return { from, chunks: watched(answer.body, to - from, stop) }
  }

  /**
   * The watch is on silence, and only while something is waited for: a large file over a thin line may take hours, and
   * who takes it may take its time. More than `most` bytes are not taken.
   */
  async function* watched(body: ReadableStream<Uint8Array>, most: number, stop: AbortController) {
    const watch = () => setTimeout(() => stop.abort(), SILENCE)
    let timer = watch()
    let left = most
    try {
      for await (const part of body) {
        clearTimeout(timer)
        // Its end is waited for, so that the connection can be used again; whoever sends more is cut off.
        if (left <= 0) return
        yield part.length > left ? part.subarray(0, left) : part
        left -= part.length
        timer = watch()
      }
    } catch (error) {
      throw lost(error)
    } finally {
      clearTimeout(timer)
      stop.abort()
    }
  }
}
