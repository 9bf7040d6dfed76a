import { createReadStream, statSync } from 'node:fs'
import { Readable } from 'node:stream'
import type { Context } from 'hono'

/** A file, or from a byte on (`Range: bytes=N-`), which is what going on after an interruption needs. */
export function sendFile(c: Context, path: string, immutable: boolean): Response | Promise<Response> {
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found?.isFile()) return c.notFound()
  const range = /^bytes=(\d{1,15})-$/.exec(c.req.header('range') ?? '')
  const from = range ? Number(range[1]) : 0
  if (range && from >= found.size)
    return new Response(null, { status: 416, headers: { 'content-range': `bytes */${found.size}` } })
  const headers = {
    'content-type': immutable ? 'application/octet-stream' : 'application/json',
    'content-length': String(found.size - from),
    'accept-ranges': 'bytes',
    'cache-control': immutable ? 'public, max-age=31536000, immutable' : 'no-cache',
    'x-content-type-options': 'nosniff',
    ...(range ? { 'content-range': `bytes ${from}-${found.size - 1}/${found.size}` } : {}),
  }
  const status = range ? 206 : 200
  if (c.req.method === 'HEAD' || found.size === 0) return new Response(null, { status, headers })
  const body = Readable.toWeb(createReadStream(path, { start: from })) as unknown as ReadableStream
  return new Response(body, { status, headers })
}
