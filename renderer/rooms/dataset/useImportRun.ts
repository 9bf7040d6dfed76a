import { useFlow } from '../../app/flow.ts'
import { attempt, useEngine, useJobs, useWork } from '../../engine/index.ts'

/** Imports a file and makes it the flow in hand. */
export function useImportRun() {
  const flow = useFlow()
  const jobs = useJobs()
  const { engine } = useEngine()
  const work = useWork(e => e.dataset.import)

  /**
   * Imports; then, where it is wanted, begins to compute statistics and to check the data, which go on in the tray.
   * @returns whether the data was imported
   */
  async function run(
    input: Parameters<typeof work.start>[0] & { name: string },
    measure: boolean,
  ): Promise<boolean> {
    const job = await work.start(input)
    if (job?.status.state !== 'succeeded') return false
    flow.choose(input.name)
    if (measure)
      for (const begun of [
        engine.statistics.compute({ data: input.name }),
        engine.validation.check({ data: input.name }),
      ]) {
        const started = await attempt(begun)
        if (started.ok) jobs.take(started.value)
      }
    return true
  }

  return { work, run }
}
