import { statSync } from 'node:fs'
import { join } from 'node:path'
import { nodeDisk } from '../disk/index.ts'

/** Between two looks, in milliseconds. */
const EVERY = 2000
const PACK = /\.edgepack$/i

/** Packs in a folder and in the folders in it: a mount point, or the folder of mount points. */
function packsIn(folder: string): Map<string, string> {
  const found = new Map<string, string>()
  const look = (path: string) => {
    const { size, mtimeMs } = statSync(path)
    found.set(path, `${size} ${mtimeMs}`)
  }
  for (const name of nodeDisk.list(folder))
    try {
      if (PACK.test(name)) look(join(folder, name))
      else
        for (const below of nodeDisk.list(join(folder, name)))
          if (PACK.test(below)) look(join(folder, name, below))
    } catch {
      // Pulled between two calls.
    }
  return found
}

export interface Media {
  start(): void
  stop(): Promise<void>
}

/**
 * Watches where sticks are mounted and takes in what comes. A pack that stays is taken in once; one that was pulled and
 * is plugged in again, or was written anew, is taken in again.
 * @param take never throws
 */
export function openMedia(folder: string, take: (file: string) => Promise<boolean>): Media {
  let done = new Map<string, string>()
  let timer: NodeJS.Timeout | undefined
  let turn: Promise<void> = Promise.resolve()
  let stopped = false

  async function look(): Promise<void> {
    let there: Map<string, string>
    try {
      there = packsIn(folder)
    } catch {
      there = new Map()
    }
    done = new Map([...done].filter(([path]) => there.has(path)))
    for (const [path, mark] of there) {
      if (stopped || done.get(path) === mark) continue
      done.set(path, mark)
      await take(path)
    }
  }

  function next(): void {
    if (stopped) return
    turn = look().finally(() => {
      if (!stopped) timer = setTimeout(next, EVERY).unref()
    })
  }

  return {
    start: next,
    async stop() {
      stopped = true
      clearTimeout(timer)
      await turn
    },
  }
}
