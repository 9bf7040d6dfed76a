import { statSync } from 'node:fs'
import { fail } from '../../kit/index.ts'
import { SITE_NAME } from '../format/names.ts'
import { pathOfPlace, placeOfPath } from '../format/places.ts'
import { metadataPath, tooLong } from '../tree/metadata.ts'
import { type Pack, PackHead } from './pack.ts'
import { openPartReader, partName } from './parts.ts'
import { BLOCK, readTarHeader, tarBytes } from './tar.ts'

const CHUNK = 1 << 18
const HEAD = 'edgepack.json'

/**
 * Opens a pack where it lies: only headers are read now, files when they are asked for, by their place.
 * @param path its first file; further parts lie beside it
 * @throws Failure `tampered` for a pack that is cut off, lacks a part or is none; `not-found`
 */
export function openPack(path: string): Pack {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile())
    throw fail('not-found', `There is no pack ${path}.`, 'Check the path; is the stick plugged in?')
  const head = readHead(path)
  const reader = openPartReader(path, head.part)
  let places: Map<string, { at: number; bytes: number }>
  try {
    places = placesIn(path, head, reader)
  } catch (error) {
    reader.close()
    throw error
  }

  /** A stick may be pulled out at any moment. */
  function read(at: number, bytes: number): Uint8Array {
    try {
      const content = reader.read(at, bytes)
      if (content.length === bytes) return content
    } catch (cause) {
      throw gone(cause)
    }
    throw gone()
  }
  const gone = (cause?: unknown) =>
    fail(
      'unreachable',
      `The pack ${path} went away while it was read.`,
      'Plug the stick in again; what was read is kept.',
      { cause },
    )
  const nowhere = () =>
    fail('unsupported', 'Nothing is written into a pack.', 'What goes back lies beside it on the stick.')

  async function* chunks(at: number, bytes: number, signal?: AbortSignal) {
    for (let done = 0; done < bytes; done += CHUNK) {
      signal?.throwIfAborted()
      yield read(at + done, Math.min(CHUNK, bytes - done))
    }
  }

  return {
    address: path,
    kind: 'pack',
    lane: 'stick',
    head,
    metadata: (site, lane = 'stick') => ({
      async read(name, limit) {
        const file = metadataPath(site, lane, name)
        const place = places.get(file)
        if (!place) return null
        if (place.bytes > limit) throw tooLong(path, file)
        return read(place.at, place.bytes)
      },
    }),
    sites: async () => [
      ...new Set(
        [...places.keys()].flatMap(name => {
          const site = /^tuf\/([^/]+)\.stick\//.exec(name)?.[1]
          return site && SITE_NAME.test(site) ? [site] : []
        }),
      ),
    ],
    async blob(hash, from, to, signal) {
      const place = places.get(pathOfPlace({ kind: 'blob', hash }))
      if (!place || from > place.bytes) return null
      return { from, chunks: chunks(place.at + from, Math.min(to, place.bytes) - from, signal) }
    },
    putStatus: async () => {
      throw nowhere()
    },
    putBatch: async () => {
      throw nowhere()
    },
    size: hash => places.get(pathOfPlace({ kind: 'blob', hash }))?.bytes ?? null,
    close: reader.close,
  }
}

const torn = (path: string, why: string, cause?: unknown) =>
  fail(
    'tampered',
    `The pack ${path} is not whole: ${why}.`,
    'Copy it to the stick again, with all its parts, and wait until the stick may be removed.',
    { cause },
  )

function readHead(path: string): PackHead {
  const first = openPartReader(path, Number.MAX_SAFE_INTEGER)
  try {
    const header = readTarHeader(first.read(0, BLOCK))
    if (header === null || header === 'end' || header.name !== HEAD || header.bytes > 1 << 16)
      throw torn(path, 'its beginning is that of another file')
    return PackHead.parse(JSON.parse(Buffer.from(first.read(BLOCK, header.bytes)).toString('utf8')))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall || (error as { failure?: unknown }).failure) throw error
    throw torn(path, 'its beginning is damaged', error)
  } finally {
    first.close()
  }
}

/** Where each file lies. Everything is compared with what the head says before anything is read. */
function placesIn(path: string, head: PackHead, reader: ReturnType<typeof openPartReader>) {
  const parts = Math.ceil(head.bytes / head.part)
  for (let part = 0; part < parts; part++) {
    const there = statSync(partName(path, part), { throwIfNoEntry: false })?.size
    const wanted = part < parts - 1 ? head.part : head.bytes - part * head.part
    if (there === undefined) throw torn(path, `part ${part + 1} of ${parts} is missing`)
    if (there !== wanted) throw torn(path, `${there} of ${wanted} bytes of part ${part + 1} are there`)
  }
  const places = new Map<string, { at: number; bytes: number }>()
  let at = 0
  for (let entry = 0; entry < head.entries; entry++) {
    const header = readTarHeader(reader.read(at, BLOCK))
    if (header === null || header === 'end' || at + tarBytes(header.bytes) > head.bytes)
      throw torn(path, `its table is damaged at file ${entry + 1} of ${head.entries}`)
    // Names that are none of the format are not looked at; one that comes twice would be ambiguous.
    if (placeOfPath(header.name)) {
      if (places.has(header.name)) throw torn(path, 'a file is in it twice')
      places.set(header.name, { at: at + BLOCK, bytes: header.bytes })
    }
    at += tarBytes(header.bytes)
  }
  if (at + 2 * BLOCK !== head.bytes || readTarHeader(reader.read(at, BLOCK)) !== 'end')
    throw torn(path, 'its end is missing')
  return places
}
