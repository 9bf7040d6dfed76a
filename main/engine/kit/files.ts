import { randomBytes } from 'node:crypto'
import {
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  writeSync,
} from 'node:fs'
import { open, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/**
 * Makes a folder and those above it. Not `recursive: true`: on a file system that takes no folders, such as `/proc`,
 * Node 24 tries that again for ever.
 */
export function ensureFolder(path: string): string {
  const make = () => {
    try {
      mkdirSync(path)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !statSync(path).isDirectory()) throw error
    }
  }
  try {
    make()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(path) === path) throw error
    ensureFolder(dirname(path))
    make()
  }
  return path
}

/** Makes a rename in this folder survive a power cut. Windows has no such call and needs none. */
export function syncFolder(path: string): void {
  if (process.platform === 'win32') return
  const folder = openSync(path, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

const beside = (path: string) => join(dirname(path), `.${randomBytes(6).toString('hex')}.part`)

/** Removes what a process that was killed left half-written in a folder and those below it. */
export function sweepParts(folder: string): void {
  if (!existsSync(folder)) return
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }))
    if (/^\.[0-9a-f]{12}\.part$/.test(entry.name)) rmSync(join(entry.parentPath, entry.name), { force: true })
}

function intoPlace(part: string, path: string): void {
  const file = openSync(part, 'r+')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(part, path)
  syncFolder(dirname(path))
}

/** Writes a file whole or not at all: beside its place, synced, then renamed into it. `mode`: 0o600 for a secret. */
export function atomicWrite(path: string, content: string | Uint8Array, mode = 0o666): void {
  ensureFolder(dirname(path))
  const part = beside(path)
  try {
    const file = openSync(part, 'wx', mode)
    try {
      const bytes = typeof content === 'string' ? Buffer.from(content) : content
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
    } finally {
      closeSync(file)
    }
    intoPlace(part, path)
  } catch (error) {
    rmSync(part, { force: true })
    throw error
  }
}

/** Copies a file into its place whole or not at all; a copy-on-write clone where the file system can. */
export function copyDurably(from: string, path: string): void {
  ensureFolder(dirname(path))
  const part = beside(path)
  try {
    copyFileSync(from, part, constants.COPYFILE_FICLONE)
    intoPlace(part, path)
  } catch (error) {
    rmSync(part, { force: true })
    throw error
  }
}

/** Renames a file that was written beside its place into it, synced. Waits without holding up the process. */
export async function moveDurably(part: string, path: string): Promise<void> {
  const file = await open(part, 'r+')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(part, path)
  syncFolder(dirname(path))
}

/**
 * Writes pieces behind each other into a file, whole or not at all, each when its turn comes. Waits without holding up
 * the process.
 * @returns the file's bytes
 */
export async function writeDurably(path: string, pieces: Iterable<Uint8Array>): Promise<number> {
  ensureFolder(dirname(path))
  const part = beside(path)
  let size = 0
  try {
    const file = await open(part, 'wx')
    try {
      let waiting: Uint8Array[] = []
      let held = 0
      const flush = async () => {
        for (let rest = Buffer.concat(waiting); rest.length > 0; )
          rest = rest.subarray((await file.write(rest)).bytesWritten)
        waiting = []
        held = 0
      }
      for (const piece of pieces) {
        size += piece.length
        if (piece.length >= TOGETHER) {
          await flush()
          for (let rest = piece; rest.length > 0; )
            rest = rest.subarray((await file.write(rest, 0, Math.min(rest.length, 2 ** 30))).bytesWritten)
        } else {
          waiting.push(piece)
          held += piece.length
          if (held >= TOGETHER) await flush()
        }
      }
      await flush()
    } finally {
      await file.close()
    }
    await moveDurably(part, path)
    return size
  } catch (error) {
    rmSync(part, { force: true })
    throw error
  }
}

/** Smaller pieces are written together. */
const TOGETHER = 2 ** 18

/** Bytes that may still be written on the disk that holds this folder. */
export function freeBytes(folder: string): number {
  const disk = statfsSync(folder)
  return disk.bavail * disk.bsize
}
