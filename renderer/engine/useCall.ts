import { onScopeDispose, shallowReactive, watch } from 'vue'
import type { Engine, Failure } from '#contract'
import { failureOf, isAbort } from './failure.ts'
import { useJobs } from './jobs.ts'
import { useEngine } from './useEngine.ts'

type Ask<I, T> = (engine: Engine) => (input: I, options?: { signal?: AbortSignal }) => Promise<T>

/** A view of one answer. `value` stays while the same question is asked again; another question clears it. */
export interface CallView<T> {
  state: 'idle' | 'loading' | 'ready' | 'failed'
  value: T | undefined
  failure: Failure | null
  /** Asks again. */
  reload: () => Promise<void>
}

/**
 * Asks the engine and keeps the newest answer: at once, whenever the input changes, when the engine is back, and
 * after jobs that change the answer. A null input asks nothing. Leaving the page takes the question back.
 *
 *     const shown = useCall(e => e.dataset.show, () => (name.value ? { name: name.value } : null), {
 *       after: ['dataset.import'],
 *     })
 */
export function useCall<I, T>(
  ask: Ask<I, T>,
  input: () => I | null,
  options: { /** `room.verb` of work after whose end to ask again. */ after?: readonly string[] } = {},
): CallView<T> {
  const connection = useEngine()
  const view = shallowReactive({
    state: 'idle',
    value: undefined,
    failure: null,
    reload: () => load(false),
  }) as CallView<T>
  let stop: AbortController | undefined

  async function load(fresh: boolean): Promise<void> {
    stop?.abort()
    const given = input()
    if (fresh) view.value = undefined
    view.failure = null
    if (given === null) {
      view.state = 'idle'
      view.value = undefined
      return
    }
    const mine = new AbortController()
    stop = mine
    view.state = 'loading'
    try {
      const answer = await ask(connection.engine)(given, { signal: mine.signal })
      if (mine.signal.aborted) return
      view.value = answer
      view.state = 'ready'
    } catch (reason) {
      if (mine.signal.aborted || isAbort(reason)) return
      const failure = failureOf(reason)
      // the window says once that the engine is lost, and the question is asked again when it is back
      if (failure.code === 'engine-lost' && connection.state.value === 'lost') return
      view.failure = failure
      view.state = 'failed'
    }
  }

  watch(
    () => JSON.stringify(input()),
    () => load(true),
    { immediate: true },
  )
  watch(connection.generation, (_, before) => before > 0 && load(false))
  if (options.after?.length) {
    const jobs = useJobs()
    onScopeDispose(jobs.onEnd(job => options.after?.includes(`${job.room}.${job.verb}`) && load(false)))
  }
  onScopeDispose(() => stop?.abort())
  return view
}
