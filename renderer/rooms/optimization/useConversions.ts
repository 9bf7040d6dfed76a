import { computed, ref } from 'vue'
import type { Job, Variant } from '#contract'
import { useFlow } from '../../app/flow.ts'
import { useWork } from '../../engine/index.ts'
import { fileIn, toast } from '../../ui/index.ts'
import { type ConvertForm, fileNameOf, formOf, inputOf, newForm, QUICK } from './convertForm.ts'
import { useOptimization } from './optimizationStore.ts'
import type { useModel } from './useModel.ts'
import { variantWord } from './variantWords.ts'

/**
 * Making variants of the chosen model: by one press, or by the dialog that asks how.
 * @param begin forgets what is said of work before, when new work begins
 */
export function useConversions(
  { subject, variants, wanted }: Pick<ReturnType<typeof useModel>, 'subject' | 'variants' | 'wanted'>,
  begin: () => void,
) {
  const flow = useFlow()
  const store = useOptimization()
  const work = useWork<ReturnType<typeof inputOf>>(e => e.optimization.convert, { says: true })
  const open = ref(false)
  const form = ref<ConvertForm>(newForm())

  /** Opens the dialog; the layers that were picked in the graph are among those that stay float. */
  function ask(asked: ConvertForm): void {
    form.value = { ...asked, keepFloat: [...new Set([...asked.keepFloat, ...store.keepFloat])] }
    open.value = true
  }
  /** Opens the dialog with all that makes a variant again, and a place to write it to. */
  function exportFile(of: Variant): void {
    const asked = formOf(of)
    const name = fileNameOf(subject.value?.name ?? 'model', asked)
    form.value = { ...asked, out: of.out ?? fileIn(flow.workspace.value?.path, name) }
    open.value = true
  }
  /** Opens the dialog to find the layers that must stay float for the limits to hold. */
  function search(of: Variant): void {
    const limits = wanted.value
    ask({
      ...formOf(of),
      searches: true,
      ...(limits ? { points: limits.points, classPoints: limits.classPoints } : {}),
    })
  }
  async function make({ to, quantize }: Pick<ConvertForm, 'to' | 'quantize'>): Promise<void> {
    if (!subject.value) return
    const asked = { ...newForm(), to, quantize, keepFloat: [...store.keepFloat] }
    // A file brings no rows to calibrate on.
    if ((quantize === 'int8' || quantize === 'int16') && !subject.value.run) return ask(asked)
    begin()
    const { model, run } = subject.value
    const job = await work.start(inputOf(asked, model, store.signature, run !== null))
    if (job) await done(job)
  }
  /** Shows what was made, unless another model is looked at by now. */
  async function done(job: Job): Promise<void> {
    if (job.status.state !== 'succeeded') return
    await flow.variants.reload()
    const made = job.status.result as Variant
    if (variants.value.some(one => one.id === made.id)) store.look(made.id)
  }
  /** The forms that are not there yet. */
  const quick = computed(() =>
    QUICK.filter(one => !variants.value.some(made => made.kind === one.kind)).map(one => ({
      ...one,
      label: `${one.to === 'tflite' ? 'TFLite' : 'GraphDef'} ${variantWord(one.kind).title}`,
    })),
  )
  /** Names that can be kept float: what the proofs call layers, else those that were picked. */
  const layers = computed(() =>
    [
      ...new Set([
        ...variants.value.flatMap(
          one => one.proof?.layers.map(each => each.layer ?? each.tensor.split(/[;:]/, 1)[0] ?? '') ?? [],
        ),
        ...store.keepFloat,
      ]),
    ].filter(Boolean),
  )
  function keep(layer: string): void {
    store.keep(layer)
    toast({
      kind: 'info',
      title: `${layer} stays float`,
      text: 'From the next conversion on; take it out in the Convert dialog.',
    })
  }
  return { work, open, form, layers, keep, ask, exportFile, search, make, done, quick }
}
