import { watch } from 'vue'
import type { Failure } from '#contract'
import type { Connection } from './client.ts'
import { failureOf, isAbort } from './failure.ts'

/**
 * Listens to a stream and begins again on each new line to the engine.
 * @param listen goes on until the stream ends or its signal aborts
 * @param failed hears of trouble other than a lost engine
 * @returns stops listening
 */
export function follow(
  connection: Connection,
  listen: (signal: AbortSignal) => Promise<void>,
  failed: (failure: Failure) => void = () => {},
): () => void {
  let stop = new AbortController()
  const begin = () => {
    stop.abort()
    stop = new AbortController()
    const { signal } = stop
    listen(signal).catch(reason => {
      if (signal.aborted || isAbort(reason)) return
      const failure = failureOf(reason)
      if (failure.code !== 'engine-lost') failed(failure)
    })
  }
  const off = watch(connection.generation, begin)
  begin()
  return () => {
    off()
    stop.abort()
  }
}
