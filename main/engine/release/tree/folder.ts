import { createReadStream, existsSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { atomicWrite, copyDurably, fail, hashFile, hashOf } from '../../kit/index.ts'
import { SITE_NAME } from '../format/names.ts'
import { pathOfPlace, placeOfPath, type RepositoryPlace } from '../format/places.ts'
import { hashOfContent } from './contents.ts'
import { isMissing, readBounded, writeLoosely, writeNew } from './files.ts'
import { metadataPath, tooLong } from './metadata.ts'
import type { Lane, Sink } from './source.ts'

/** Most bytes of a report and of a batch of a device, and of `index.json`. */
const REPORT = 256 << 10
const BATCH = 256 << 20
const INDEX = 64 << 20

/**
 * A repository in a folder: a local disk, a share, a stick, or a pack that was unpacked.
 * @param makes for a publisher, who makes the folder by writing into it: one that is not there is an empty one. To a device
 * it is one that was pulled out, and nothing is made in its place.
 * @throws Failure `bad-input` for a file
 */
export function openFolder(path: string, { makes }: { makes: boolean }): Sink {
  const folder = resolve(path)
  if (existsSync(folder) && !statSync(folder).isDirectory())
    throw fail('bad-input', `${path} is a file, not a repository folder.`, 'Choose a folder.')

  const at = (place: RepositoryPlace) => join(folder, pathOfPlace(place))
  const here = () => {
    if (!makes && !existsSync(folder))
      throw fail(
        'unreachable',
        `The repository ${folder} is not there.`,
        'Plug the stick in or connect the share; it is looked for again by itself.',
      )
  }
  const list = (name: string): string[] => {
    try {
      return readdirSync(join(folder, name)).sort()
    } catch (error) {
      if (!isMissing(error)) throw error
      here()
      return []
    }
  }
  function read(path: string, limit: number): Uint8Array | null {
    const content = readBounded(join(folder, path), limit)
    if (content === 'too-long') throw tooLong(folder, path)
    if (!content) here()
    return content
  }
  const lane = (): Lane => (existsSync(join(folder, 'edgepack.json')) ? 'stick' : 'online')

  return {
    address: folder,
    kind: 'folder',
    get lane() {
      return lane()
    },
    metadata: (site, of = lane()) => ({
      read: async (name, limit) => read(metadataPath(site, of, name), limit),
      async write(name, content, { exclusive = false } = {}) {
        const path = join(folder, metadataPath(site, of, name))
        if (!exclusive) return atomicWrite(path, content)
        if (!writeNew(path, content))
          throw fail('already-there', 'Somebody else published in the meantime.', 'Publish again.')
      },
    }),
    async sites() {
      const ending = lane() === 'stick' ? '.stick' : ''
      return list('tuf')
        .filter(name => name.endsWith(ending))
        .map(name => name.slice(0, name.length - ending.length))
        .filter(name => SITE_NAME.test(name))
    },
    async blob(hash, from, to, signal) {
      const path = at({ kind: 'blob', hash })
      if (!statSync(path, { throwIfNoEntry: false })?.isFile()) {
        here()
        return null
      }
      return { from, chunks: readRange(path, from, to, signal) }
    },
    async putStatus(id, report) {
      here()
      writeLoosely(at({ kind: 'device', id }), report)
    },
    async putBatch(device, sequence, batch) {
      here()
      const path = at({ kind: 'batch', device, sequence })
      if (writeNew(path, batch)) return
      const there = readBounded(path, BATCH)
      if (!there || there === 'too-long' || hashOf(there) !== hashOf(batch))
        throw fail('already-there', `Another batch ${sequence} of this device is there.`, '')
    },

    async hasBlob(hash, bytes, signal) {
      const path = at({ kind: 'blob', hash })
      try {
        // Hashed, not only measured: what devices are told to fetch from here must be right.
        return statSync(path).size === bytes && (await hashFile(path, signal)) === hash
      } catch (error) {
        if (isMissing(error)) return false
        throw error
      }
    },
    async putBlob(hash, content, signal) {
      const path = at({ kind: 'blob', hash })
      if ((await hashOfContent(content, signal)) !== hash)
        throw fail('tampered', 'A file changed while it was published.', 'Publish again.')
      if (content instanceof Uint8Array) atomicWrite(path, content)
      else copyDurably(content.path, path)
    },
    async readIndex() {
      const index = readBounded(at({ kind: 'index' }), INDEX)
      // No reader depends on it: a damaged one is written anew.
      return index === 'too-long' ? null : index
    },
    async writeIndex(index) {
      atomicWrite(at({ kind: 'layout' }), LAYOUT)
      atomicWrite(at({ kind: 'index' }), index)
    },
    devices: async () =>
      list('devices').flatMap(name => {
        const place = placeOfPath(`devices/${name}`)
        return place?.kind === 'device' ? [place.id] : []
      }),
    status: async id => read(pathOfPlace({ kind: 'device', id }), REPORT),
    batches: async () =>
      list('return').flatMap(name => {
        const place = placeOfPath(`return/${name}`)
        return place?.kind === 'batch' ? [{ device: place.device, sequence: place.sequence }] : []
      }),
    batch: async (device, sequence) => read(pathOfPlace({ kind: 'batch', device, sequence }), BATCH),
    async removeBatch(device, sequence) {
      rmSync(at({ kind: 'batch', device, sequence }), { force: true })
    },
  }
}

/** Content of `oci-layout`. */
export const LAYOUT = '{"imageLayoutVersion":"1.0.0"}'

async function* readRange(path: string, from: number, to: number, signal?: AbortSignal) {
  if (to <= from) return
  try {
    yield* createReadStream(path, { start: from, end: to - 1, highWaterMark: 1 << 18, signal })
  } catch (error) {
    if (signal?.aborted) throw error
    throw fail(
      'unreachable',
      'The repository went away while it was read.',
      'Plug the stick in or connect the share; what was read is kept.',
      { cause: error },
    )
  }
}
