import { randomBytes } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { ensureFolder, syncFolder } from '../../kit/index.ts'

/** Whether an error of the file system says that something is not there. */
export const isMissing = (error: unknown): boolean =>
  ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')

/** Reads a file that is no longer than it may be; null where it is not there. */
export function readBounded(path: string, limit: number): Uint8Array | 'too-long' | null {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
  try {
    const { size } = fstatSync(file)
    if (size > limit) return 'too-long'
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
}

const partOf = (path: string) => join(dirname(path), `.${randomBytes(6).toString('hex')}.part`)

/** Whole or not at all, but maybe lost in a power cut: for what is written again and again. */
export function writeLoosely(path: string, content: Uint8Array): void {
  ensureFolder(dirname(path))
  const part = partOf(path)
  try {
    writeFileSync(part, content)
    renameSync(part, path)
  } catch (error) {
    rmSync(part, { force: true })
    throw error
  }
}

/**
 * Writes a file whole where none is yet.
 * @returns false where one is
 */
export function writeNew(path: string, content: Uint8Array): boolean {
  // Asked before anything is written: what is taken is found out often where several publish at once.
  if (existsSync(path)) return false
  ensureFolder(dirname(path))
  const part = partOf(path)
  try {
    const file = openSync(part, 'wx')
    try {
      writeFileSync(file, content)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    try {
      linkSync(part, path)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EEXIST') return false
      // FAT knows no links: there a second publisher in the same instant is not told apart.
      if (!['EPERM', 'ENOSYS', 'EOPNOTSUPP', 'ENOTSUP', 'EACCES', 'EMLINK'].includes(code ?? '')) throw error
      if (readBounded(path, 0) !== null) return false
      renameSync(part, path)
    }
    syncFolder(dirname(path))
    return true
  } finally {
    rmSync(part, { force: true })
  }
}
