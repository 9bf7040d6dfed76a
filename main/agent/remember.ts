import { join } from 'node:path'
import type { KeptMemory } from '../engine/encoding/index.ts'
import { failureOf, hashOf } from '../engine/kit/index.ts'
import { readJson, writeDurably } from './disk/index.ts'
import type { Parts } from './parts.ts'
import type { Answering } from './serving/index.ts'

/** Between two looks at what is new to be kept, in milliseconds. */
const EVERY = 10_000
/** Writing takes at most this share of the time, however much is remembered. */
const SHARE = 0.02

/** Keeps what windows over time remember, so that a device that starts again goes on with them. */
export interface Remembering {
  /** Gives the models that run what was kept of them. What is damaged is dropped: the windows begin anew. */
  recall(): void
  start(): void
  /** Keeps what is new, for good. */
  stop(): void
}

/** Owns the folder `windows` in the device's state, a file a model. */
export function openRemembering(
  { disk, folder, note }: Pick<Parts, 'disk' | 'folder' | 'note'>,
  answering: Answering,
): Remembering {
  const home = join(folder, 'windows')
  const fileOf = (model: string) => join(home, `${hashOf(model)}.json`)
  /** Rows that the memory of a model had taken when it was kept last. */
  const kept = new WeakMap<object, number>()
  let timer: NodeJS.Timeout | undefined

  function keep(): void {
    for (const model of answering.models()) {
      const { memory } = answering.model(model)
      if (!memory.windows.size || memory.taken === (kept.get(memory) ?? 0)) continue
      try {
        disk.ensureFolder(home)
        writeDurably(disk, fileOf(model), JSON.stringify(memory.keep()))
        kept.set(memory, memory.taken)
      } catch (error) {
        // A full disk must not stop a device that answers; it is tried again.
        note('error', 'Windows not kept', `${model}: ${failureOf(error).message}`)
      }
    }
  }

  function later(wait: number): void {
    timer = setTimeout(() => {
      const began = performance.now()
      keep()
      later(Math.max(EVERY, (performance.now() - began) / SHARE))
    }, wait).unref()
  }

  return {
    recall() {
      for (const model of answering.models()) {
        const { memory } = answering.model(model)
        const file = fileOf(model)
        if (!memory.windows.size || disk.size(file) === null) continue
        try {
          memory.recall(readJson(disk, file) as KeptMemory)
        } catch {
          disk.remove(file)
          note('error', 'Windows begin anew', `${model}: what was kept of them is damaged`)
        }
      }
    },
    start: () => later(EVERY),
    stop() {
      clearTimeout(timer)
      keep()
    },
  }
}
