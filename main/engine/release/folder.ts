import { randomBytes } from 'node:crypto'
import {
  closeSync,
  createReadStream,
  existsSync,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { atomicWrite, copyDurably, ensureFolder, fail, hashFile } from '../kit/index.ts'
import { pathOf } from './layout.ts'
import type { Repository } from './repository.ts'

const missing = (error: unknown): boolean =>
  ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')

/** A repository in a folder: a local disk, a share or a stick. */
export function openFolder(path: string): Repository {
  const folder = resolve(path)
  const at = (place: Parameters<typeof pathOf>[0]) => join(folder, pathOf(place))
  if (existsSync(folder) && !statSync(folder).isDirectory())
    throw fail('bad-input', `${path} is a file, not a repository folder.`, 'Choose a folder.')
  const gone = () =>
    fail(
      'unreachable',
      `The repository ${folder} is not there.`,
      'Plug the stick in or connect the share; it is looked for again by itself.',
    )
  return {
    address: folder,
    async read(place, limit) {
      let file: number
      try {
        file = openSync(at(place), 'r')
      } catch (error) {
        if (!missing(error)) throw error
        if (!existsSync(folder)) throw gone()
        return null
      }
      try {
        const { size } = fstatSync(file)
        if (size > limit)
          throw fail(
            'tampered',
            `The file ${pathOf(place)} of the repository is far too long (${size} bytes).`,
            'Publish again; if it stays, find out who can write into the repository.',
          )
        const content = Buffer.alloc(size)
        let read = 0
        while (read < size) {
          const more = readSync(file, content, read, size - read, read)
          if (more === 0) break
          read += more
        }
        return content.subarray(0, read)
      } finally {
        closeSync(file)
      }
    },
    async blob(hash, from, signal) {
      const path = at({ kind: 'blob', hash })
      if (!existsSync(path)) return null
      return { from, chunks: createReadStream(path, { start: from, highWaterMark: 1 << 18, signal }) }
    },
    async hasBlob(hash, bytes, signal) {
      const path = at({ kind: 'blob', hash })
      try {
        // Hashed, not only measured: what devices are told to fetch from here must be right.
        return statSync(path).size === bytes && (await hashFile(path, signal)) === hash
      } catch (error) {
        if (missing(error)) return false
        throw error
      }
    },
    async write(place, content, { lasting = true } = {}) {
      const path = at(place)
      // A device does not make the folder anew in the place of a stick that was pulled out; a publisher may.
      if (place.kind === 'device' && !existsSync(folder)) throw gone()
      if (lasting) return atomicWrite(path, content)
      ensureFolder(dirname(path))
      const part = join(dirname(path), `.${randomBytes(6).toString('hex')}.part`)
      try {
        writeFileSync(part, content)
        renameSync(part, path)
      } catch (error) {
        rmSync(part, { force: true })
        throw error
      }
    },
    async putBlob(hash, file) {
      copyDurably(file, at({ kind: 'blob', hash }))
    },
    async devices() {
      try {
        return readdirSync(join(folder, 'devices'))
          .filter(name => /^[0-9a-f]{24}\.json$/.test(name))
          .map(name => name.slice(0, -5))
      } catch (error) {
        if (missing(error)) return []
        throw error
      }
    },
  }
}
