import { ref } from 'vue'
import { useFlow } from '../../app/flow.ts'
import { useWork } from '../../engine/index.ts'
import { useMeasure } from './useMeasure.ts'

/** Imports a file and makes it the flow in hand. */
export function useImportRun() {
  const flow = useFlow()
  const measureData = useMeasure()
  const work = useWork(e => e.dataset.import)
  /** Of several files: how many are in. */
  const done = ref(0)

  /**
   * Imports; then, where it is wanted, begins to compute statistics and to check the data, which go on in the tray.
   * @param rest further files, appended one after the other; the first that fails ends it, what came before is kept
   * @returns whether all of the data was imported
   */
  async function run(
    input: Parameters<typeof work.start>[0] & { name: string },
    measure: boolean,
    rest: readonly string[] = [],
  ): Promise<boolean> {
    done.value = 0
    const { train: _, eval: __, test: ___, ...shared } = input
    for (const file of [input.file, ...rest]) {
      const job = await work.start(done.value === 0 ? input : { ...shared, file, append: true })
      if (job?.status.state !== 'succeeded') {
        if (done.value > 0) flow.choose(input.name)
        return false
      }
      done.value++
    }
    flow.choose(input.name)
    if (measure) await measureData(input.name)
    return true
  }

  return { work, done, run }
}
