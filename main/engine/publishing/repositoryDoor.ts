import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { createReadStream, createWriteStream, renameSync, rmSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Context, Hono } from 'hono'
import { ensureFolder, fail, failureOf, freeBytes, syncFolder } from '../kit/index.ts'
import {
  Description,
  DeviceReport,
  deviceIdOf,
  Index,
  KeyFile,
  LIMITS,
  openEnvelope,
  openRepository,
  type Place,
  Pointer,
  type PublicKey,
  pathOf,
  placeOf,
  publicKeyFrom,
  readEnvelope,
} from '../release/index.ts'

const STATUS: Record<string, 400 | 401 | 404 | 409 | 413 | 507> = {
  'not-found': 404,
  'no-permission': 401,
  'already-there': 409,
  'disk-full': 507,
}

/**
 * A repository folder over HTTP. Everyone may read; who has the token may write, and a device may write its own report,
 * which its own key signs. What is written is checked first: blobs against their hash, documents against the
 * repository's key, and a pointer only to what is whole, so that nobody can leave it broken. Only paths of the format
 * are known here, and a file's place is built from the parts that were recognized.
 *
 * @param folder made when something is written
 */
export function repositoryDoor(folder: string, token: string): Hono {
  const repository = openRepository(folder)
  const app = new Hono()
  app.onError((error, c) => {
    const failure = failureOf(error)
    if (failure.code === 'internal') console.error(error)
    // What is still on its way in is not read, so this connection ends here.
    if (c.req.method === 'PUT') c.header('connection', 'close')
    const status = STATUS[failure.code] ?? (failure.code === 'internal' ? 500 : 400)
    return c.json({ error: `${failure.message} ${failure.remedy}`.trim() }, status)
  })
  app.notFound(c => c.json({ error: 'There is no such file in this repository.' }, 404))

  app.get('/', async c => c.json({ repository: 'edgewright', devices: (await repository.devices()).length }))
  app.get('/devices', async c => c.json({ devices: await repository.devices() }))
  app.get('*', c => {
    const place = placeIn(c)
    if (!place) return c.notFound()
    return sendFile(c, join(folder, pathOf(place)), place.kind === 'blob')
  })
  app.put('*', async c => {
    const place = placeIn(c)
    if (!place) throw fail('bad-input', 'This is no file of a repository.', 'Publish with Edgewright.')
    if (place.kind !== 'device' && !isToken(c.req.header('authorization'), token))
      throw fail(
        'no-permission',
        'The token of this repository is missing or wrong.',
        'Set EDGEWRIGHT_TOKEN.',
      )
    if (place.kind === 'blob') await takeBlob(c, place.hash)
    else await takeDocument(place, await bodyOf(c, place.kind === 'device' ? LIMITS.report : LIMITS.document))
    return c.json({ written: pathOf(place) }, 201)
  })

  async function trusted(): Promise<PublicKey> {
    const content = await repository.read({ kind: 'keys' }, LIMITS.document)
    const key = content && Object.values(KeyFile.parse(JSON.parse(Buffer.from(content).toString())).keys)[0]
    if (!key) throw fail('bad-input', 'The repository has no key yet.', 'Publish with Edgewright.')
    return publicKeyFrom(key.public)
  }

  async function takeBlob(c: Context, hash: Extract<Place, { kind: 'blob' }>['hash']): Promise<void> {
    const path = join(folder, pathOf({ kind: 'blob', hash }))
    const announced = Number(c.req.header('content-length') ?? 0)
    ensureFolder(dirname(path))
    if (announced > LIMITS.blob) throw fail('bad-input', 'The file is too large.', '')
    if (announced + (16 << 20) > freeBytes(folder))
      throw fail('disk-full', 'The disk of the repository is full.', 'Free some space there.')
    const part = join(dirname(path), `.${randomBytes(6).toString('hex')}.part`)
    try {
      const sum = createHash('sha256')
      let bytes = 0
      const watch = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          bytes += chunk.length
          sum.update(chunk)
          done(bytes > LIMITS.blob ? fail('bad-input', 'The file is too large.', '') : null, chunk)
        },
      })
      const body = c.req.raw.body
      await pipeline(
        body ? Readable.fromWeb(body as never) : Readable.from([]),
        watch,
        createWriteStream(part),
      )
      if (sum.digest('hex') !== hash)
        throw fail('tampered', 'The content of the file is not the one of its name.', 'Send it again.')
      const file = await open(part, 'r+')
      try {
        await file.sync()
      } finally {
        await file.close()
      }
      renameSync(part, path)
      syncFolder(dirname(path))
    } finally {
      rmSync(part, { force: true })
    }
  }

  async function takeDocument(place: Exclude<Place, { kind: 'blob' }>, content: Buffer): Promise<void> {
    const text = content.toString('utf8')
    switch (place.kind) {
      case 'keys':
        return takeKeys(text)
      case 'device':
        return takeReport(place.id, text)
      case 'index': {
        const next = openEnvelope(text, Index, await trusted(), 'The list of models')
        await behind(place, Index, next)
        return repository.write(place, text)
      }
      case 'description': {
        const next = openEnvelope(text, Description, await trusted(), 'The description')
        if (next.model !== place.model) throw misplaced()
        const there = await repository.read(place, LIMITS.document)
        if (there && !content.equals(there))
          throw fail(
            'already-there',
            'There is another release under this name.',
            'Publish it under another one.',
          )
        for (const { name, hash, bytes } of next.files)
          if (!(await repository.hasBlob(hash, bytes)))
            throw fail(
              'bad-input',
              `The file ${name} of the release is not in the repository.`,
              'Publish again.',
            )
        return repository.write(place, text)
      }
      case 'pointer': {
        const next = openEnvelope(text, Pointer, await trusted(), 'The release')
        if (next.model !== place.model) throw misplaced()
        await behind(place, Pointer, next)
        const { file, bytes } = next.description
        const described = await repository.read(
          { kind: 'description', model: place.model, file },
          LIMITS.document,
        )
        if (described?.length !== bytes)
          throw fail(
            'bad-input',
            'The description of the release is not in the repository.',
            'Publish again.',
          )
        return repository.write(place, text)
      }
    }
  }

  const misplaced = () =>
    fail('bad-input', 'The document speaks of another model than its name.', 'Publish again.')

  /** Two that publish at once: the second finds its number taken. */
  async function behind(
    place: Place,
    schema: typeof Index | typeof Pointer,
    next: { sequence: number; repository: string },
  ): Promise<void> {
    const content = await repository.read(place, LIMITS.document)
    if (!content) return
    const there = openEnvelope(content, schema, await trusted(), 'The document that is there')
    if (next.sequence <= there.sequence || next.repository !== there.repository)
      throw fail('already-there', 'Somebody else published in the meantime.', 'Publish again.')
  }

  async function takeKeys(text: string): Promise<void> {
    let keys: KeyFile
    try {
      keys = KeyFile.parse(JSON.parse(text))
      for (const key of Object.values(keys.keys)) publicKeyFrom(key.public)
    } catch (cause) {
      throw fail('bad-input', 'This is no list of keys.', 'Publish with Edgewright.', { cause })
    }
    const there = await repository.read({ kind: 'keys' }, LIMITS.document).catch(() => null)
    if (there && Buffer.from(there).toString('utf8') !== text)
      throw fail('already-there', 'This repository belongs to another key.', 'Publish to another repository.')
    await repository.write({ kind: 'keys' }, text)
  }

  async function takeReport(id: string, text: string): Promise<void> {
    const { signed } = readEnvelope(text, DeviceReport, 'The report')
    const key = publicKeyFrom(signed.key)
    openEnvelope(text, DeviceReport, key, 'The report')
    if (signed.id !== id || deviceIdOf(key) !== id)
      throw fail('bad-input', 'The report is of another device than its name.', '')
    const known = await repository.devices()
    if (!known.includes(id) && known.length >= LIMITS.devices)
      throw fail('bad-input', `This repository takes reports of ${LIMITS.devices} devices.`, '')
    await repository.write({ kind: 'device', id }, text, { lasting: false })
  }

  return app
}

function placeIn(c: Context): Place | null {
  try {
    const parts = new URL(c.req.url).pathname.slice(1).split('/').map(decodeURIComponent)
    // A separator inside a part would be one that came in encoded.
    return parts.some(part => part.includes('/') || part.includes('\\')) ? null : placeOf(parts.join('/'))
  } catch {
    return null
  }
}

function isToken(header: string | undefined, token: string): boolean {
  const given = Buffer.from(header ?? '')
  const wanted = Buffer.from(`Bearer ${token}`)
  return given.length === wanted.length && timingSafeEqual(given, wanted)
}

async function bodyOf(c: Context, limit: number): Promise<Buffer> {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of c.req.raw.body ?? []) {
    bytes += part.length
    if (bytes > limit) throw fail('bad-input', `The document is longer than ${limit >> 10} KiB.`, '')
    parts.push(part)
  }
  return Buffer.concat(parts)
}

/** A file, or from a byte on (`Range: bytes=N-`), which is what going on after an interruption needs. */
function sendFile(c: Context, path: string, immutable: boolean): Response | Promise<Response> {
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
