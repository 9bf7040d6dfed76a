import { computed } from 'vue'
import type { Validation } from '#contract'
import { useCall, useWork } from '../../engine/index.ts'
import { markOfFeatures } from '../validation/index.ts'
import type { Subject } from './useSubject.ts'

/** The last check of the data: its verdict above the list, a mark at each feature, its anomalies at the side. */
export function useCheck({ flow, data }: Subject) {
  const shown = useCall(
    e => e.validation.show,
    () => (data.value ? { data: data.value } : null),
    { after: ['validation.check', 'validation.infer', 'dataset.import'] },
  )
  const work = useWork(e => e.validation.check)
  const validation = computed(() => shown.value?.validation ?? null)
  return {
    work,
    validation,
    schema: computed(() => shown.value?.schema ?? null),
    marks: computed(() => markOfFeatures(validation.value)),
    openAnomalies: computed(
      () => validation.value?.anomalies.filter(anomaly => !anomaly.accepted).length ?? 0,
    ),
    run(): void {
      if (data.value) void work.start({ data: data.value })
    },
    /** Takes over what the side changed. */
    taken(now: Validation): void {
      if (shown.value) shown.value = { ...shown.value, validation: now }
      if (flow.dataset) void flow.measure(flow.dataset)
    },
  }
}
export type Check = ReturnType<typeof useCheck>
