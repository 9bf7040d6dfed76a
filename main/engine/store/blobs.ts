import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Hash } from '#contract'
import { atomicWrite, copyDurably, ensureFolder, fail, hashFile, hashOf, syncFolder } from '../kit/index.ts'

/** Immutable files by the SHA-256 of their content. The same content is kept once. */
export interface Blobs {
  put(content: string | Uint8Array): Hash
  /** Keeps a file; `move` takes it away from where it was (it must be on the workspace's disk). */
  putFile(
    path: string,
    options?: { move?: boolean; signal?: AbortSignal },
  ): Promise<{ hash: Hash; bytes: number }>
  /** Keeps many contents side by side, without holding up the process. */
  batch(): {
    /** @returns false where the content was there already */
    put(hash: Hash, content: Uint8Array): Promise<boolean>
    /** What was put survives a power cut from here on. */
    done(): void
  }
  has(hash: Hash): boolean
  /** Where the blob lies; to be read only. */
  path(hash: Hash): string
  read(hash: Hash): Buffer
  /** Returns the bytes that came back. */
  remove(hash: Hash): number
}

/** @param folder the `blobs` folder of a workspace */
export function openBlobs(folder: string): Blobs {
  const place = (hash: Hash) => join(folder, hash.slice(0, 2), hash)
  return {
    put(content) {
      const hash = hashOf(content)
      if (!existsSync(place(hash))) atomicWrite(place(hash), content)
      return hash
    },
    async putFile(path, { move = false, signal } = {}) {
      const hash = await hashFile(path, signal)
      const to = place(hash)
      if (existsSync(to)) {
        if (move) rmSync(path, { force: true })
      } else if (move) {
        ensureFolder(dirname(to))
        renameSync(path, to)
        syncFolder(dirname(to))
      } else copyDurably(path, to)
      return { hash, bytes: statSync(to).size }
    },
    batch() {
      const folders = new Set<string>()
      return {
        async put(hash, content) {
          const to = place(hash)
          if (existsSync(to)) return false
          const folder = dirname(to)
          ensureFolder(folder)
          folders.add(folder)
          const part = join(folder, `.${randomBytes(6).toString('hex')}.part`)
          try {
            const file = await open(part, 'wx')
            try {
              await file.writeFile(content)
              await file.sync()
            } finally {
              await file.close()
            }
            await rename(part, to)
            return true
          } catch (error) {
            await rm(part, { force: true })
            throw error
          }
        },
        done() {
          for (const folder of folders) syncFolder(folder)
          folders.clear()
        },
      }
    },
    has: hash => existsSync(place(hash)),
    path: place,
    read(hash) {
      try {
        return readFileSync(place(hash))
      } catch (cause) {
        throw fail(
          'not-found',
          `A file of this workspace is missing: ${hash.slice(0, 12)}.`,
          'Copy the whole workspace folder again, or make the artifact again.',
          { cause },
        )
      }
    },
    remove(hash) {
      if (!existsSync(place(hash))) return 0
      const bytes = statSync(place(hash)).size
      rmSync(place(hash))
      return bytes
    },
  }
}
