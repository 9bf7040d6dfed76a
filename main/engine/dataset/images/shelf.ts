import { existsSync, statSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Small files that can be made again: the last used in memory, more of them in a folder; both are bounded. */
export interface Shelf {
  get(key: string): Promise<Buffer | null>
  put(key: string, content: Buffer): Promise<void>
}

/**
 * @param folder null: only in memory. What lies there is of this shelf alone.
 * @param most bytes in memory and on the disk
 */
export function openShelf(folder: string | null, most: { memory: number; disk: number }): Shelf {
  /** In the order they were last asked for. */
  const held = new Map<string, Buffer>()
  /** Files by their bytes, the oldest first. */
  const filed = new Map<string, number>()
  let inMemory = 0
  let onDisk = 0
  const place = (key: string) => join(folder ?? '', key)

  function hold(key: string, content: Buffer): void {
    const there = held.get(key)
    if (there) inMemory -= there.length
    held.delete(key)
    held.set(key, content)
    inMemory += content.length
    for (const [oldest, { length }] of held) {
      if (inMemory <= most.memory) return
      held.delete(oldest)
      inMemory -= length
    }
  }

  async function file(key: string, content: Buffer): Promise<void> {
    if (!folder || filed.has(key)) return
    filed.set(key, content.length)
    onDisk += content.length
    try {
      await writeFile(place(key), content)
    } catch {
      // A full disk only means that it is made again.
      filed.delete(key)
      onDisk -= content.length
      return
    }
    for (const [oldest, bytes] of filed) {
      if (onDisk <= most.disk) return
      filed.delete(oldest)
      onDisk -= bytes
      await rm(place(oldest), { force: true })
    }
  }

  return {
    async get(key) {
      const there = held.get(key)
      if (there) {
        hold(key, there)
        return there
      }
      if (!filed.has(key) || !existsSync(place(key)) || statSync(place(key)).size !== filed.get(key))
        return null
      const content = await readFile(place(key)).catch(() => null)
      if (content) hold(key, content)
      return content
    },
    async put(key, content) {
      hold(key, content)
      await file(key, content)
    },
  }
}
