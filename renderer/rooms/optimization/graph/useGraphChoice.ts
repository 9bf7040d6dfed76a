import { computed, ref } from 'vue'
import type { Variant } from '#contract'
import { useOptimization } from '../optimizationStore.ts'
import type { usePasses } from '../passes/usePasses.ts'
import type { useModel } from '../useModel.ts'
import { titleOf } from '../variantWords.ts'

/** Which graphs of the chosen model can be drawn, and where in one the drawing goes. */
export function useGraphChoice(
  { subject, rows }: Pick<ReturnType<typeof useModel>, 'subject' | 'rows'>,
  { ran }: Pick<ReturnType<typeof usePasses>, 'ran'>,
) {
  const store = useOptimization()
  const large = ref(false)
  const goTo = ref<{ name: string; at: number } | null>(null)
  const choices = computed(() => [
    { value: 'model', label: subject.value?.run ? 'as trained' : 'as opened' },
    ...(ran.value ? [{ value: ran.value.done.id as string, label: 'after the passes' }] : []),
    ...rows.value.flatMap(({ variant: made }) =>
      made && made.id !== ran.value?.done.id ? [{ value: made.id as string, label: titleOf(made) }] : [],
    ),
  ])
  /** Shows a tensor in the graph of a variant. */
  function show(of: Variant, tensor: string): void {
    store.graph = of.id
    goTo.value = { name: tensor, at: Date.now() }
  }
  return { large, goTo, choices, show }
}
