import { dirname, join } from 'node:path'
import type { Disk } from '../ports.ts'

/** Ends the name of a file that was not finished; one that is found at a start is nobody's. */
export const TEMPORARY = '.tmp'

/**
 * Writes a file whole or not at all, for good before it returns: beside its place, synced, renamed, the folder synced.
 * @param mode who may read it; 0o444 for what never changes; null for a disk that knows no such thing
 */
export function writeDurably(
  disk: Disk,
  path: string,
  content: Uint8Array | string,
  mode: number | null = 0o600,
): void {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content
  const part = path + TEMPORARY
  try {
    const file = disk.open(part)
    try {
      file.truncate(0)
      file.write(bytes, 0)
      file.sync()
    } finally {
      file.close()
    }
    if (mode !== null) disk.protect(part, mode)
    disk.rename(part, path)
  } catch (error) {
    try {
      disk.remove(part)
    } catch {
      // A disk that takes nothing does not let go either; the next start removes it.
    }
    throw error
  }
  disk.syncFolder(dirname(path))
}

/** Removes what was not finished in a folder. A disk that lets nothing go keeps no device from starting. */
export function sweepTemporary(disk: Disk, folder: string): void {
  for (const name of disk.list(folder))
    try {
      if (name.endsWith(TEMPORARY)) disk.remove(join(folder, name))
    } catch {
      return
    }
}

/** A JSON file, or null where it is not there or is none. */
export function readJson(disk: Disk, path: string): unknown {
  const content = disk.read(path)
  if (!content) return null
  try {
    return JSON.parse(Buffer.from(content).toString('utf8'))
  } catch {
    return null
  }
}
