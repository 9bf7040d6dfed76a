import { onScopeDispose, reactive, watch } from 'vue'
import type { Failure, RunId, RunLine } from '#contract'
import { failureOf, isAbort, useEngine } from '../../engine/index.ts'

/** A log grows without end; the window keeps its tail. */
const KEPT = 2000

export interface RunLogView {
  /** Newest first. */
  lines: RunLine[]
  state: 'loading' | 'ready'
  failure: Failure | null
}

/** The tail of a run's log over all its jobs, and while it grows the lines as they come. */
export function useRunLog(run: () => RunId | null, growing: () => boolean): RunLogView {
  const { engine, generation } = useEngine()
  const view = reactive({ lines: [], state: 'loading', failure: null }) as RunLogView
  let stop = new AbortController()

  function take(lines: readonly RunLine[]): void {
    const last = view.lines[0]?.sequence ?? 0
    const fresh = lines.filter(line => line.sequence > last)
    if (fresh.length) view.lines = [...fresh.reverse(), ...view.lines].slice(0, KEPT)
  }
  async function read(id: RunId, signal: AbortSignal): Promise<void> {
    try {
      const after = view.lines[0]?.sequence ?? 0
      const { lines } = await engine.training.logs(
        after ? { run: id, after, limit: KEPT } : { run: id, limit: KEPT, last: true },
        { signal },
      )
      if (signal.aborted) return
      take(lines)
      view.state = 'ready'
      view.failure = null
      if (!growing()) return
      const stream = await engine.training.watchLogs(
        { run: id, after: view.lines[0]?.sequence ?? 0 },
        { signal },
      )
      for await (const event of stream) {
        if (signal.aborted) return
        take(event.lines)
      }
    } catch (reason) {
      if (signal.aborted || isAbort(reason)) return
      const failure = failureOf(reason)
      // a new line to the engine begins again
      if (failure.code !== 'engine-lost') view.failure = failure
      view.state = 'ready'
    }
  }
  watch(
    () => [run(), growing(), generation.value] as const,
    ([id], before) => {
      stop.abort()
      stop = new AbortController()
      if (id !== before?.[0]) Object.assign(view, { lines: [], state: 'loading', failure: null })
      if (id) void read(id, stop.signal)
    },
    { immediate: true },
  )
  onScopeDispose(() => stop.abort())
  return view
}
