import { onScopeDispose, reactive, watch } from 'vue'
import type { Failure, JobId, LogLine } from '#contract'
import { failureOf, isAbort, useEngine } from '../../engine/index.ts'

/** A log grows without end; the window keeps its tail. */
const KEPT = 2000
const PERIOD = 1000

export interface JobLogView {
  /** Newest first. */
  lines: LogLine[]
  failure: Failure | null
}

/**
 * The tail of a job's log. While `growing`, the engine is asked once a second for what came after the last line;
 * when it stops growing it is asked once more, for the lines of its end.
 */
export function useJobLog(job: () => JobId | null, growing: () => boolean): JobLogView {
  const { engine } = useEngine()
  const view = reactive({ lines: [], failure: null }) as JobLogView
  let stop = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined

  async function read(id: JobId, signal: AbortSignal): Promise<void> {
    try {
      const after = view.lines[0]?.sequence ?? 0
      const { lines } = await engine.jobs.logs({ id, after }, { signal })
      if (signal.aborted) return
      view.failure = null
      if (lines.length) view.lines = [...lines.reverse(), ...view.lines].slice(0, KEPT)
    } catch (reason) {
      if (signal.aborted || isAbort(reason)) return
      view.failure = failureOf(reason)
    }
    if (growing() && !signal.aborted) timer = setTimeout(() => read(id, signal), PERIOD)
  }

  watch(
    [job, growing],
    ([id], [before] = [null, false]) => {
      stop.abort()
      clearTimeout(timer)
      stop = new AbortController()
      if (id !== before) view.lines = []
      view.failure = null
      if (id) void read(id, stop.signal)
    },
    { immediate: true },
  )
  onScopeDispose(() => {
    stop.abort()
    clearTimeout(timer)
  })
  return view
}
