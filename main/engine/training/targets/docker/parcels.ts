import { readdirSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { hashFile } from '../../../kit/index.ts'
import { FILES } from '../../work.ts'
import { RESULT } from './result.ts'

/** Pieces in which large files travel: what of them has arrived is not sent again after a cut. */
export const PIECE = 2 ** 24
/** Files up to this size that are not data go along with the run. */
const SMALL = 2 ** 18
/** Each file of data is a volume of its own, up to so many. */
const VOLUMES = 64

/** A file of the work folder that is read only where the work is done, and therefore kept there by its content. */
export interface Parcel {
  /** Path in the folder, with `/`. */
  name: string
  path: string
  bytes: number
  hash: string
}

/** A work folder, sorted into what is kept on the target by content and what is the run's own. */
export interface Load {
  parcels: Parcel[]
  /** Paths in the folder. */
  own: string[]
}

/** The same file is not read again to know its hash, as long as it looks the same. */
const hashes = new Map<string, string>()

async function hashOnce(path: string): Promise<string> {
  const { size, mtimeMs, ino } = statSync(path)
  const key = [path, size, mtimeMs, ino].join('|')
  const hash = hashes.get(key) ?? (await hashFile(path))
  if (hashes.size > 1000) hashes.clear()
  hashes.set(key, hash)
  return hash
}

/** @param folder a work folder */
export async function sortFolder(folder: string): Promise<Load> {
  const load: Load = { parcels: [], own: [] }
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name.endsWith('.part') || entry.name === RESULT) continue
    const path = join(entry.parentPath, entry.name)
    const name = relative(folder, path).replaceAll('\\', '/')
    const { size } = statSync(path)
    if (isData(name, size) && load.parcels.length < VOLUMES)
      load.parcels.push({ name, path, bytes: size, hash: await hashOnce(path) })
    else load.own.push(name)
  }
  return load
}

/** What the program writes anew is its own, however large. */
function isData(name: string, size: number): boolean {
  if (name === FILES.checkpoint || name.startsWith(`${FILES.model}/`)) return false
  return name.endsWith('.f32') || name.startsWith(`${FILES.data}/`) || size > SMALL
}

export async function pieceOf(path: string, index: number): Promise<Buffer> {
  const file = await open(path)
  try {
    const bytes = Buffer.alloc(Math.min(PIECE, Math.max(0, (await file.stat()).size - index * PIECE)))
    for (let at = 0; at < bytes.length; ) {
      const { bytesRead } = await file.read(bytes, at, bytes.length - at, index * PIECE + at)
      if (bytesRead === 0) throw new Error(`${path} became shorter while it was read`)
      at += bytesRead
    }
    return bytes
  } finally {
    await file.close()
  }
}
