import { computed, watch } from 'vue'
import type { RunId, VariantKind } from '#contract'
import { useWork } from '../../engine/index.ts'
import { usePasses } from './passes/usePasses.ts'
import { useConversions } from './useConversions.ts'
import { useMeasuring } from './useMeasuring.ts'
import type { useModel } from './useModel.ts'

/** All work that the page starts on the chosen model, and what is said of it: one at a time, the newest. */
export function useWorks(model: ReturnType<typeof useModel>) {
  /** Forgets what is said of work before. */
  function begin(): void {
    for (const { work } of works) if (!work.busy) work.clear()
  }
  const conversions = useConversions(model, begin)
  const passes = usePasses(model, begin)
  const measuring = useMeasuring(model, begin)
  const evaluation = useWork<{ run: string; variant: VariantKind }>(e => e.evaluation.run, { says: true })
  const evaluate = (run: RunId, variant: VariantKind) => void evaluation.start({ run, variant })
  const works = [
    { work: conversions.work, label: () => 'Converting' },
    { work: passes.work, label: () => 'Running passes' },
    { work: evaluation, label: () => 'Evaluating the variant' },
    { work: measuring.work, label: () => `Measuring on ${measuring.on.value}` },
  ]
  const busy = computed(() => works.find(({ work }) => work.busy) ?? null)
  const failure = computed(() => works.find(({ work }) => work.failure && !work.busy)?.work.failure ?? null)
  watch(model.subject, (now, before) => {
    if (now?.model !== before?.model) begin()
  })
  return { conversions, passes, measuring, evaluate, busy, failure }
}
