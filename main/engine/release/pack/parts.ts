import { closeSync, fsyncSync, openSync, readSync, renameSync, rmSync, statSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { ensureFolder, syncFolder } from '../../kit/index.ts'

/** Name of a part of a pack, counted from 0: `x.edgepack`, `x.edgepack.002`, … */
export const partName = (path: string, part: number): string =>
  part === 0 ? path : `${path}.${String(part + 1).padStart(3, '0')}`

/**
 * Writes one stream of bytes into files of at most `partBytes`. Nothing stands under its name before all of it is written
 * and synced.
 */
export function openPartWriter(path: string, partBytes: number) {
  ensureFolder(dirname(path))
  const temporary = (part: number) => `${partName(path, part)}.tmp`
  let part = 0
  let at = 0
  let file = openSync(temporary(0), 'w')
  const end = () => {
    fsyncSync(file)
    closeSync(file)
  }
  return {
    write(bytes: Uint8Array): void {
      for (let rest = bytes; rest.length > 0; ) {
        if (at === partBytes) {
          end()
          file = openSync(temporary(++part), 'w')
          at = 0
        }
        const written = writeSync(file, rest, 0, Math.min(rest.length, partBytes - at))
        at += written
        rest = rest.subarray(written)
      }
    },
    /** @returns the files */
    finish(): string[] {
      end()
      const files: string[] = []
      // The first one last: it is what a reader opens.
      for (let i = part; i >= 0; i--) {
        renameSync(temporary(i), partName(path, i))
        files.unshift(partName(path, i))
      }
      // What is left of a longer one of the same name would only take room.
      for (let i = part + 1; statSync(partName(path, i), { throwIfNoEntry: false }); i++)
        rmSync(partName(path, i))
      syncFolder(dirname(path))
      return files
    },
    /** Removes what was written. */
    abandon(): void {
      try {
        closeSync(file)
      } catch {}
      for (let i = 0; i <= part; i++) rmSync(temporary(i), { force: true })
    },
  }
}

/** Reads at any place of the parts as of one file. */
export function openPartReader(path: string, partBytes: number) {
  const files: number[] = []
  const open = (part: number): number => {
    files[part] ??= openSync(partName(path, part), 'r')
    return files[part]
  }
  return {
    /** Bytes from a place on; fewer where the pack ends. */
    read(at: number, bytes: number): Uint8Array {
      const content = Buffer.alloc(bytes)
      let read = 0
      while (read < bytes) {
        const place = at + read
        const part = Math.floor(place / partBytes)
        const inside = place - part * partBytes
        const more = readSync(open(part), content, read, Math.min(bytes - read, partBytes - inside), inside)
        if (more === 0) break
        read += more
      }
      return content.subarray(0, read)
    },
    close() {
      for (const file of files) if (file !== undefined) closeSync(file)
      files.length = 0
    },
  }
}
