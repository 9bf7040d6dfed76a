import {
  chmodSync,
  closeSync,
  fsyncSync,
  ftruncateSync,
  constants as is,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmdirSync,
  rmSync,
  statfsSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import type { Disk } from '../ports.ts'

const isMissing = (error: unknown) =>
  ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')

/** What `look` finds, or null where there is no such file. */
function orNull<T>(look: () => T): T | null {
  try {
    return look()
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

function syncFolder(path: string): void {
  // Windows has no such call and needs none.
  if (process.platform === 'win32') return
  const folder = openSync(path, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

/** Not `recursive: true`: on a file system that takes no folders, such as `/proc`, Node 24 tries that again for ever. */
function ensureFolder(path: string): void {
  try {
    makeFolder(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(path) === path) throw error
    ensureFolder(dirname(path))
    makeFolder(path)
  }
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST' && statSync(path).isDirectory()) return
    throw error
  }
  syncFolder(dirname(path))
}

/** The disk of this machine. */
export const nodeDisk: Disk = {
  read: path => orNull(() => readFileSync(path)),
  readPart: (path, from, to) =>
    orNull(() => {
      const file = openSync(path, 'r')
      try {
        const buffer = Buffer.alloc(Math.max(0, to - from))
        let read = 0
        for (let got = -1; got !== 0 && read < buffer.length; read += got)
          got = readSync(file, buffer, read, buffer.length - read, from + read)
        return buffer.subarray(0, read)
      } finally {
        closeSync(file)
      }
    }),
  size: path =>
    orNull(() => {
      const found = statSync(path)
      return found.isFile() ? found.size : null
    }),
  list: path => orNull(() => readdirSync(path)) ?? [],
  ensureFolder,
  open(path) {
    const file = openSync(path, is.O_RDWR | is.O_CREAT, 0o600)
    return {
      write(bytes, at) {
        for (let done = 0; done < bytes.length; )
          done += writeSync(file, bytes, done, bytes.length - done, at + done)
      },
      truncate: bytes => ftruncateSync(file, bytes),
      sync: () => fsyncSync(file),
      close: () => closeSync(file),
    }
  },
  rename: renameSync,
  remove(path) {
    try {
      rmSync(path, { force: true })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_FS_EISDIR') throw error
      rmdirSync(path)
    }
  },
  protect(path, mode) {
    if (process.platform !== 'win32') chmodSync(path, mode)
  },
  syncFolder,
  free(path) {
    const disk = statfsSync(path)
    return disk.bavail * disk.bsize
  },
}
