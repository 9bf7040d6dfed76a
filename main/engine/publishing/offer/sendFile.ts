import { createReadStream, readFileSync, statSync } from 'node:fs'
import { Readable } from 'node:stream'
import type { Context } from 'hono'
import { hashOf } from '../../kit/index.ts'

/** Files up to it are read at once: metadata, which every device asks for again and again. */
const SMALL = 256 << 10

/**
 * A file of the repository, whole or one range of it (`Range: bytes=a-b` or `a-`, RFC 9110, 14.2), and nothing where the
 * caller has it already (`If-None-Match`).
 * @param immutable its content never changes under this name
 * @param etag its content's hash, where that is known
 */
export function sendFile(
  c: Context,
  path: string,
  { immutable, type, hash }: { immutable: boolean; type: string; hash?: string },
): Response | Promise<Response> {
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found?.isFile()) return c.notFound()
  const content = found.size <= SMALL ? readFileSync(path) : null
  const size = content?.length ?? found.size
  const sum = hash ?? (content ? hashOf(content).slice(0, 32) : `${found.mtimeMs}-${size}`)
  const etag = `"${sum}"`
  const headers = {
    'content-type': type,
    'accept-ranges': 'bytes',
    'cache-control': immutable ? 'public, max-age=31536000, immutable' : 'no-cache',
    etag,
    'x-content-type-options': 'nosniff',
    'access-control-allow-origin': '*',
  }
  const known = c.req.header('if-none-match')
  if (known && (known === '*' || known.split(',').some(each => each.trim().replace(/^W\//, '') === etag)))
    return new Response(null, { status: 304, headers })

  const range = rangeOf(c, etag, size)
  if (range === 'outside')
    return new Response(null, { status: 416, headers: { ...headers, 'content-range': `bytes */${size}` } })
  const [from, to] = range ?? [0, size]
  const answer = {
    status: range ? 206 : 200,
    headers: {
      ...headers,
      'content-length': String(to - from),
      ...(range ? { 'content-range': `bytes ${from}-${to - 1}/${size}` } : {}),
    },
  }
  if (c.req.method === 'HEAD' || to === from) return new Response(null, answer)
  if (content) return new Response(content.subarray(from, to), answer)
  const stream = createReadStream(path, { start: from, end: to - 1, highWaterMark: 1 << 18 })
  return new Response(Readable.toWeb(stream) as unknown as ReadableStream, answer)
}

/** From and to (exclusive); null for the whole file, which is the answer to every range that is none of ours. */
function rangeOf(c: Context, etag: string, size: number): [number, number] | 'outside' | null {
  const asked = /^bytes=(\d{1,15})-(\d{0,15})$/.exec(c.req.header('range') ?? '')
  const only = c.req.header('if-range')
  if (!asked || (only !== undefined && only !== etag)) return null
  const from = Number(asked[1])
  const to = asked[2] ? Number(asked[2]) + 1 : size
  if (to <= from && asked[2]) return null
  if (from >= size) return 'outside'
  return [from, Math.min(to, size)]
}
