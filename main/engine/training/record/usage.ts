import { EventEmitter, on } from 'node:events'
import type { Usage } from '#contract'
import { now } from '../../kit/index.ts'
import type { Store } from '../../store/index.ts'

/** What a run took of its target at a moment. */
export type UsedThen = Usage & { at: string }

/** Moments that are remembered of each run: some minutes. */
const REMEMBERED = 300

/** What runs take of their targets, told to whoever watches; the table `run_usage` keeps the last of it. */
export function openUsage({ db }: Store) {
  const told = new EventEmitter<Record<string, [UsedThen]>>().setMaxListeners(0)
  const remembered = new Map<string, UsedThen[]>()
  const put = db.prepare(
    'INSERT INTO run_usage (run, body) VALUES (?, ?) ON CONFLICT (run) DO UPDATE SET body = excluded.body',
  )
  const read = db.prepare('SELECT body FROM run_usage WHERE run = ?')
  const kept = (run: string): UsedThen[] => {
    const found = read.get(run) as { body: string } | undefined
    return found ? (JSON.parse(found.body) as UsedThen[]) : []
  }
  return {
    used(run: string, usage: Usage): void {
      const then = { ...usage, at: now() }
      remembered.set(run, [...(remembered.get(run) ?? kept(run)), then].slice(-REMEMBERED))
      told.emit(run, then)
    },
    /** The run has ended: what is remembered of it goes to disk. */
    keep(run: string): void {
      const moments = remembered.get(run)
      if (moments) put.run(run, JSON.stringify(moments))
      remembered.delete(run)
    },
    forget: (run: string): void => void remembered.delete(run),
    /** What is remembered, then what comes, until the signal stops. */
    async *watch(run: string, signal: AbortSignal): AsyncIterable<UsedThen> {
      const comes = signal.aborted ? null : on(told, run, { signal })
      try {
        yield* remembered.get(run) ?? kept(run)
        if (comes) for await (const [then] of comes as AsyncIterable<[UsedThen]>) yield then
      } catch (error) {
        if (!signal.aborted) throw error
      } finally {
        await comes?.return?.()
      }
    },
  }
}
