import { join } from 'node:path'
import { type Context, Hono } from 'hono'
import { fail, failureOf, isSecret } from '../../kit/index.ts'
import { LIMITS, openRepository, type Place, pathOf, placeOf } from '../../release/index.ts'
import { sendFile } from './sendFile.ts'
import { takeBlob } from './takeBlob.ts'
import { openTakingDocuments } from './takeDocument.ts'

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
  const takeDocument = openTakingDocuments(repository)
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
    if (place.kind !== 'device' && !isSecret(c.req.header('authorization') ?? '', `Bearer ${token}`))
      throw fail(
        'no-permission',
        'The token of this repository is missing or wrong.',
        'Set EDGEWRIGHT_TOKEN.',
      )
    if (place.kind === 'blob') await takeBlob(folder, place.hash, c)
    else await takeDocument(place, await bodyOf(c, place.kind === 'device' ? LIMITS.report : LIMITS.document))
    return c.json({ written: pathOf(place) }, 201)
  })

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
