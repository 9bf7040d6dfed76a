import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { ensureFolder, syncFolder } from '../../kit/index.ts'

/** Small files by name, which are made once and never written over. */
export interface KeyStore {
  list(): string[]
  read(name: string): Uint8Array | null
  /** False where a file of this name was there already; it is left as it is. */
  create(name: string, content: string): boolean
  remove(name: string): void
  /** Files of keys that others on this computer could read until now. */
  exposed: readonly string[]
}

/** A file that holds a key is far smaller; one that is larger is no key. */
const LONGEST = 64 * 1024

/** A folder that only the user may read (0700, its files 0600). A file appears whole or not at all. */
export function folderStore(folder: string): KeyStore {
  ensureFolder(folder)
  const exposed = process.platform === 'win32' ? [] : close(folder)
  return {
    exposed,
    list: () => readdirSync(folder).filter(name => !name.startsWith('.')),
    read(name) {
      const path = join(folder, name)
      if (!existsSync(path)) return null
      return statSync(path).size > LONGEST ? new Uint8Array(0) : readFileSync(path)
    },
    create(name, content) {
      const path = join(folder, name)
      const part = join(folder, `.${randomBytes(6).toString('hex')}.part`)
      const file = openSync(part, 'wx', 0o600)
      try {
        writeSync(file, content)
        fsyncSync(file)
      } finally {
        closeSync(file)
      }
      try {
        // A hard link, and no rename: it fails where the name is taken, also by another process at this moment.
        linkSync(part, path)
        return true
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
        throw error
      } finally {
        rmSync(part, { force: true })
        syncFolder(folder)
      }
    },
    remove(name) {
      rmSync(join(folder, name), { force: true })
      syncFolder(folder)
    },
  }
}

/** Closes the folder and its files to others. @returns the keys that they could read, as where a copy was put back */
function close(folder: string): string[] {
  const open = readdirSync(folder).filter(
    name => name.endsWith('.secret') && (statSync(join(folder, name)).mode & 0o077) !== 0,
  )
  const exposed = (statSync(folder).mode & 0o077) !== 0 ? open : []
  chmodSync(folder, 0o700)
  for (const name of open) chmodSync(join(folder, name), 0o600)
  return exposed
}

/** A store in memory above another one, which stays as it is. */
export function overlayStore(below: KeyStore): KeyStore {
  const made = new Map<string, Uint8Array>()
  const gone = new Set<string>()
  const read = (name: string) => made.get(name) ?? (gone.has(name) ? null : below.read(name))
  return {
    exposed: below.exposed,
    list: () => [...new Set([...below.list().filter(name => !gone.has(name)), ...made.keys()])],
    read,
    create(name, content) {
      if (read(name)) return false
      made.set(name, Buffer.from(content))
      return true
    },
    remove(name) {
      made.delete(name)
      gone.add(name)
    },
  }
}
