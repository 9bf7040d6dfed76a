import { onScopeDispose, shallowReactive, watch } from 'vue'
import type { Engine, Failure } from '#contract'
import { follow } from './stream.ts'
import { useEngine } from './useEngine.ts'

type Listen<I, E> = (
  engine: Engine,
) => (input: I, options?: { signal?: AbortSignal }) => Promise<AsyncIterable<E>>

export interface WatchView<E> {
  /** The newest event. */
  value: E | undefined
  failure: Failure | null
}

/** Keeps the newest event of a stream; begins again when the input changes or the engine is back. */
export function useWatch<I, E>(listen: Listen<I, E>, input: () => I | null): WatchView<E> {
  const connection = useEngine()
  const view = shallowReactive({ value: undefined, failure: null }) as WatchView<E>
  let stop = () => {}
  watch(
    () => JSON.stringify(input()),
    () => {
      stop()
      stop = () => {}
      view.value = undefined
      view.failure = null
      const given = input()
      if (given === null) return
      stop = follow(
        connection,
        async signal => {
          for await (const event of await listen(connection.engine)(given, { signal })) view.value = event
        },
        failure => {
          view.failure = failure
        },
      )
    },
    { immediate: true },
  )
  onScopeDispose(() => stop())
  return view
}
