import { EventEmitter, on } from 'node:events'
import type { Usage } from '#contract'
import { now } from '../../kit/index.ts'

/** What a run took of its target at a moment. */
export type UsedThen = Usage & { at: string }

/** Moments that are remembered of each run: some minutes. Nothing of it is kept on disk. */
const REMEMBERED = 300

/** What runs take of their targets, told to whoever watches. */
export function openUsage() {
  const told = new EventEmitter<Record<string, [UsedThen]>>().setMaxListeners(0)
  const remembered = new Map<string, UsedThen[]>()
  return {
    used(run: string, usage: Usage): void {
      const then = { ...usage, at: now() }
      remembered.set(run, [...(remembered.get(run) ?? []), then].slice(-REMEMBERED))
      told.emit(run, then)
    },
    forget: (run: string): void => void remembered.delete(run),
    async *watch(run: string, signal: AbortSignal): AsyncIterable<UsedThen> {
      const comes = on(told, run, { signal })
      try {
        yield* remembered.get(run) ?? []
        for await (const [then] of comes as AsyncIterable<[UsedThen]>) yield then
      } catch (error) {
        if (!signal.aborted) throw error
      } finally {
        await comes.return?.()
      }
    },
  }
}
