import { defineStore } from 'pinia'
import { computed } from 'vue'
import type { Engine } from '#contract'
import { useCall } from '../engine/index.ts'
import { pathOf } from './places.ts'

export type Alert = Awaited<ReturnType<Engine['validation']['alerts']>>['alerts'][number]

/** What nobody accepted yet in any dataset; asked for anew after each check. */
export const useAlerts = defineStore('alerts', () => {
  const shown = useCall(
    e => e.validation.alerts,
    () => ({}),
    { after: ['validation.check', 'validation.infer', 'dataset.import', 'dataset.fix'] },
  )
  const list = computed<Alert[]>(() => shown.value?.alerts ?? [])
  const errors = computed(() => list.value.filter(({ anomaly }) => anomaly.severity === 'error').length)
  return { shown, list, errors, reload: () => shown.reload() }
})

/** Where an alert is seen. */
export const routeOfAlert = ({ dataset, anomaly }: Alert) => ({
  path: pathOf('validation'),
  query: { data: dataset, feature: anomaly.feature, kind: anomaly.kind },
})
