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
  const part = path + TEMPORARY
  try {
    const file = disk.open(part)
    try {
      file.truncate(0)
      file.write(typeof content === 'string' ? Buffer.from(content) : content, 0)
      file.sync()
    } finally {
      file.close()
    }
    putInPlace(disk, path, mode)
  } catch (error) {
    giveUp(disk, path)
    throw error
  }
}

/** The same for content that comes in parts: an error in between leaves nothing. */
export async function writePartsDurably(
  disk: Disk,
  path: string,
  parts: AsyncIterable<Uint8Array>,
  mode: number | null,
): Promise<void> {
  try {
    const file = disk.open(path + TEMPORARY)
    try {
      file.truncate(0)
      let at = 0
      for await (const content of parts) {
        file.write(content, at)
        at += content.length
      }
      file.sync()
    } finally {
      file.close()
    }
    putInPlace(disk, path, mode)
  } catch (error) {
    giveUp(disk, path)
    throw error
  }
}

function putInPlace(disk: Disk, path: string, mode: number | null): void {
  if (mode !== null) disk.protect(path + TEMPORARY, mode)
  disk.rename(path + TEMPORARY, path)
  disk.syncFolder(dirname(path))
}

function giveUp(disk: Disk, path: string): void {
  try {
    disk.remove(path + TEMPORARY)
  } catch {
    // A disk that takes nothing does not let go either; the next start removes it.
  }
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
