import { join } from 'node:path'
import { type Context, Hono } from 'hono'
import { fail, failureOf, isSecret, openTurns } from '../../kit/index.ts'
import {
  indexBytes,
  LIMITS,
  OciIndex,
  openSink,
  pathOfPlace,
  placeOfPath,
  type RepositoryPlace,
} from '../../release/index.ts'
import { type CheckBatch, checkWhole } from './checkBatch.ts'
import { sendFile } from './sendFile.ts'
import { QUOTA, type Quota, takeBatch } from './takeBatch.ts'
import { takeBlob } from './takeBlob.ts'
import { METADATA, takeMetadata } from './takeMetadata.ts'
import { openTakingReports } from './takeReport.ts'

const STATUS: Record<string, 400 | 401 | 404 | 409 | 413 | 507> = {
  'not-found': 404,
  'no-permission': 401,
  'already-there': 409,
  'disk-full': 507,
}
/** Bytes of `index.json`. */
const INDEX = 16 << 20

export interface DoorOptions {
  quota?: Quota
  /** `checkSigned` where the publisher's keys are at hand; else a batch is only to be whole. */
  checkBatch?: CheckBatch
}

/**
 * A repository folder over HTTP. Everyone may read; who has the token may write, and a device may leave its own report,
 * which its own key signs, and sealed batches. What is written is checked first: blobs against their hash, metadata
 * against the keys of the site. Only paths of the format are known here, and a file's place is built from the parts that
 * were recognized.
 *
 * @param folder made when something is written
 */
export function repositoryDoor(
  folder: string,
  token: string,
  { quota = QUOTA, checkBatch = checkWhole }: DoorOptions = {},
): Hono {
  const sink = openSink(folder)
  const takeReport = openTakingReports(sink)
  const inTurn = openTurns()
  const app = new Hono()
  app.onError((error, c) => {
    const failure = failureOf(error)
    if (failure.code === 'internal') console.error(error)
    // What is still on its way in is not read, so this connection ends here.
    if (c.req.method === 'PUT' || c.req.method === 'POST') c.header('connection', 'close')
    const status = STATUS[failure.code] ?? (failure.code === 'internal' ? 500 : 400)
    return c.json({ error: `${failure.message} ${failure.remedy}`.trim() }, status)
  })
  app.notFound(c => c.json({ error: 'There is no such file in this repository.' }, 404))
  const withToken = (c: Context) => {
    if (!isSecret(c.req.header('authorization') ?? '', `Bearer ${token}`))
      throw fail(
        'no-permission',
        'The token of this repository is missing or wrong.',
        'Set EDGEWRIGHT_TOKEN.',
      )
  }

  app.get('/', async c =>
    c.json({ repository: 'edgewright', sites: await sink.sites(), devices: (await sink.devices()).length }),
  )
  app.get('/tuf', async c => c.json({ sites: await sink.sites() }))
  app.get('/devices', async c => c.json({ devices: await sink.devices() }))
  app.get('/return', async c => {
    withToken(c)
    const batches = (await sink.batches()).map(each => pathOfPlace({ kind: 'batch', ...each }))
    return c.json({ batches: batches.map(path => path.slice('return/'.length)) })
  })
  app.get('*', c => {
    const place = placeIn(c)
    if (!place) return c.notFound()
    if (place.kind === 'batch') withToken(c)
    return sendFile(c, join(folder, pathOfPlace(place)), aboutOf(place))
  })

  app.put('*', async c => {
    const place = placeIn(c)
    if (!place || place.kind === 'batch' || place.kind === 'layout')
      throw fail('bad-input', 'This is no file of a repository.', 'Publish with Edgewright.')
    if (place.kind === 'device') await takeReport(place.id, await bodyOf(c, LIMITS.report))
    else {
      withToken(c)
      if (place.kind === 'blob') await takeBlob(folder, place.hash, c)
      else if (place.kind === 'index') await sink.writeIndex(indexOf(await bodyOf(c, INDEX)))
      else {
        const content = await bodyOf(c, METADATA)
        // One after the other: what one checks, another may not change before it has written.
        await inTurn(`${place.site} ${place.lane}`, () => takeMetadata(sink, place, content))
      }
    }
    return c.json({ written: pathOfPlace(place) }, 201)
  })
  app.post('/v1/reports', async c => {
    const { hash, isNew } = await takeBatch(folder, quota, c, checkBatch)
    return c.json({ received: hash }, isNew ? 201 : 200)
  })
  app.delete('*', async c => {
    withToken(c)
    const place = placeIn(c)
    if (place?.kind !== 'batch') return c.notFound()
    await sink.removeBatch(place.device, place.sequence)
    return c.json({ removed: pathOfPlace(place) })
  })

  return app
}

function aboutOf(place: RepositoryPlace): { immutable: boolean; type: string; hash?: string } {
  if (place.kind === 'blob') return { immutable: true, type: 'application/octet-stream', hash: place.hash }
  const numbered = place.kind === 'metadata' && place.file !== 'timestamp.json'
  return {
    immutable: numbered,
    type: place.kind === 'batch' ? 'application/octet-stream' : 'application/json',
  }
}

function indexOf(content: Uint8Array): Uint8Array {
  try {
    return indexBytes(OciIndex.parse(JSON.parse(Buffer.from(content).toString('utf8'))).manifests)
  } catch (cause) {
    throw fail('bad-input', 'This is no index of a repository.', 'Publish with Edgewright.', { cause })
  }
}

function placeIn(c: Context): RepositoryPlace | null {
  try {
    const parts = new URL(c.req.url).pathname.slice(1).split('/').map(decodeURIComponent)
    // A separator inside a part would be one that came in encoded.
    return parts.some(part => part.includes('/') || part.includes('\\')) ? null : placeOfPath(parts.join('/'))
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
