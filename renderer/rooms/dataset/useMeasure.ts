import { attempt, useEngine, useJobs } from '../../engine/index.ts'

/** Begins to compute the statistics of a dataset and to check it; both go on in the tray, wherever a person is. */
export function useMeasure(): (data: string) => Promise<void> {
  const { engine } = useEngine()
  const jobs = useJobs()
  return async data => {
    for (const begun of [engine.statistics.compute({ data }), engine.validation.check({ data })]) {
      const started = await attempt(begun)
      if (started.ok) jobs.take(started.value)
    }
  }
}
