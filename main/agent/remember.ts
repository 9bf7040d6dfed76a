import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { KeptMemory } from '../engine/encoding/index.ts'
import { atomicWrite, ensureFolder, failureOf, hashOf } from '../engine/kit/index.ts'
import type { Parts } from './parts.ts'

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
export function openRemembering({
  state,
  shelf,
  note,
}: Pick<Parts, 'state' | 'shelf' | 'note'>): Remembering {
  const folder = join(state.folder, 'windows')
  const fileOf = (model: string) => join(folder, `${hashOf(model)}.json`)
  /** Rows that the memory of a model had taken when it was kept last. */
  const kept = new WeakMap<object, number>()
  let timer: NodeJS.Timeout | undefined

  function keep(): void {
    for (const model of shelf.names()) {
      const memory = shelf.of(model).current?.memory
      if (!memory?.windows.size || memory.taken === (kept.get(memory) ?? 0)) continue
      try {
        ensureFolder(folder)
        atomicWrite(fileOf(model), JSON.stringify(memory.keep()), 0o600)
        kept.set(memory, memory.taken)
      } catch (error) {
        // A full disk must not stop a device that answers; it is tried again.
        note('Windows not kept', `${model}: ${failureOf(error).message}`)
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
      for (const model of shelf.names()) {
        const memory = shelf.of(model).current?.memory
        const file = fileOf(model)
        if (!memory?.windows.size || !existsSync(file)) continue
        try {
          memory.recall(JSON.parse(readFileSync(file, 'utf8')) as KeptMemory)
        } catch {
          rmSync(file, { force: true })
          note('Windows begin anew', `${model}: what was kept of them is damaged`)
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
