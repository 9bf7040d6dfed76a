import { computed } from 'vue'
import type { Transformed } from '#contract'
import { useFlow } from '../../../app/flow.ts'
import { useWork } from '../../../engine/index.ts'
import { fileIn, toast } from '../../../ui/index.ts'
import { fileNameOf } from '../convertForm.ts'
import { useOptimization } from '../optimizationStore.ts'
import type { useModel } from '../useModel.ts'
import { printStep } from './transformString.ts'

/** Running the passes that were put together over the chosen model, and what came of it last. */
export function usePasses(
  { subject, inspection }: Pick<ReturnType<typeof useModel>, 'subject' | 'inspection'>,
  begin: () => void,
) {
  const flow = useFlow()
  const store = useOptimization()
  const work = useWork<{ in_graph: string; transforms: string }>(e => e.optimization.transform, {
    says: true,
  })
  /** The call without its transforms; another signature is meant by its inputs and outputs. */
  const input = computed(() => {
    const other = store.signature && inspection.value?.signatures.find(one => one.name === store.signature)
    return {
      in_graph: subject.value?.model ?? '',
      ...(other
        ? { inputs: other.inputs.map(one => one.name), outputs: other.outputs.map(one => one.name) }
        : {}),
    }
  })
  const ran = computed(() => (store.ran && store.ran.model === subject.value?.model ? store.ran : null))
  async function run(more: { transforms: string; out_graph?: string }): Promise<void> {
    const model = subject.value?.model
    if (!model) return
    const steps = store.recipe.steps.value.map(printStep)
    begin()
    const job = await work.start({ ...input.value, ...more })
    if (job?.status.state !== 'succeeded') return
    const done = job.status.result as Transformed
    store.ran = { model, steps, done }
    if (subject.value?.model === model) store.graph = done.id
    if (done.out) toast({ kind: 'good', title: 'The graph was written', text: done.out })
  }
  /** Where the result may go. */
  const suggested = computed(() =>
    fileIn(
      flow.workspace.value?.path,
      fileNameOf(subject.value?.name ?? 'model', { to: 'graphdef', quantize: 'none' }),
    ),
  )
  return { work, input, ran, run, suggested }
}
