import {
  closeSync,
  existsSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  statSync,
  utimesSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import type { Hash } from '#contract'
import { asHash, ensureFolder } from '../kit/index.ts'

/**
 * Things of one size that were computed from contents, by the hash of the content, in a file that only grows: what is
 * asked for again is not computed again. It can be thrown away at any time.
 */
export interface Pack {
  has(key: Hash): boolean
  /** Bytes that were kept for a content; null where there are none. */
  get(key: Hash): Uint8Array | null
  put(key: Hash, bytes: Uint8Array): void
  close(): void
}

const KEY = 32

/** Those that are open, so that two jobs write one file through one handle. */
const opened = new Map<string, { pack: Pack; users: number }>()

/**
 * Opens a pack, or makes it. Must be closed.
 * @param folder of packs alone; those that were not used longest go when it holds more than `most` bytes
 * @param name says what was computed, and how
 * @param stride bytes of each
 */
export function openPack(folder: string, name: string, stride: number, most = 4 * 2 ** 30): Pack {
  const path = join(folder, name)
  const there = opened.get(path) ?? { pack: makePack(path, stride), users: 0 }
  there.users++
  opened.set(path, there)
  sweep(folder, most)
  let closed = false
  return {
    ...there.pack,
    close() {
      if (closed) return
      closed = true
      if (--there.users > 0) return
      opened.delete(path)
      there.pack.close()
    },
  }
}

function makePack(path: string, stride: number): Pack {
  ensureFolder(join(path, '..'))
  const keysFile = openSync(`${path}.keys`, existsSync(`${path}.keys`) ? 'r+' : 'w+')
  const rowsFile = openSync(`${path}.rows`, existsSync(`${path}.rows`) ? 'r+' : 'w+')
  const keys = Buffer.alloc(statSync(`${path}.keys`).size)
  readSync(keysFile, keys, 0, keys.length, 0)
  // Keys are written after what they name; what a crash left half is written over.
  const count = Math.min(Math.floor(keys.length / KEY), Math.floor(statSync(`${path}.rows`).size / stride))
  ftruncateSync(keysFile, count * KEY)
  const places = new Map<Hash, number>()
  for (let at = 0; at < count; at++)
    places.set(asHash(keys.subarray(at * KEY, (at + 1) * KEY).toString('hex')), at)
  let next = count
  const now = new Date()
  utimesSync(`${path}.rows`, now, now)
  return {
    has: key => places.has(key),
    get(key) {
      const place = places.get(key)
      if (place === undefined) return null
      const bytes = new Uint8Array(stride)
      return readSync(rowsFile, bytes, 0, stride, place * stride) === stride ? bytes : null
    },
    put(key, bytes) {
      if (bytes.length !== stride) throw new RangeError(`${bytes.length} bytes for ${stride}`)
      if (places.has(key)) return
      writeSync(rowsFile, bytes, 0, stride, next * stride)
      writeSync(keysFile, Buffer.from(key, 'hex'), 0, KEY, next * KEY)
      places.set(key, next++)
    },
    close() {
      closeSync(keysFile)
      closeSync(rowsFile)
    },
  }
}

function sweep(folder: string, most: number): void {
  const packs = readdirSync(folder)
    .filter(name => name.endsWith('.rows'))
    .map(name => ({ path: join(folder, name.slice(0, -'.rows'.length)), stat: statSync(join(folder, name)) }))
    .sort((a, b) => a.stat.mtimeMs - b.stat.mtimeMs)
  let bytes = packs.reduce((sum, { stat }) => sum + stat.size, 0)
  for (const { path, stat } of packs) {
    if (bytes <= most) return
    if (opened.has(path)) continue
    for (const end of ['.rows', '.keys']) rmSync(path + end, { force: true })
    bytes -= stat.size
  }
}
