import { nextTick, ref, type ShallowRef, watch } from 'vue'
import { useDetail } from './useDetail.ts'
import type { StatisticsView } from './useStatistics.ts'
import type { Subject } from './useSubject.ts'

/** The list as far as its focus goes. */
interface List {
  show: (index: number) => void
  focus: () => void
}

/** The feature in focus: its row in the list, its name in the address, its detail below. */
export function useFocus(
  { view, change }: Subject,
  { features, asked }: StatisticsView,
  list: Readonly<ShallowRef<List | null>>,
) {
  const active = ref<number | null>(null)
  const detail = useDetail(
    () => view.value.feature,
    features,
    () => asked.value,
  )
  watch(
    () => JSON.stringify(asked.value),
    () => {
      active.value = null
    },
    { flush: 'sync' },
  )
  watch(
    () => (active.value === null ? undefined : features.row(active.value)?.name),
    name =>
      name !== undefined &&
      name !== view.value.feature &&
      change({ feature: name }, view.value.feature !== null),
  )
  watch(
    detail.index,
    async index => {
      if (index === null || index === active.value) return
      active.value = index
      // the list may stand only with this answer, and measures itself first
      await nextTick()
      list.value?.show(index)
    },
    { flush: 'post' },
  )
  function close(): void {
    active.value = null
    if (view.value.feature) change({ feature: null })
    list.value?.focus()
  }
  return { active, feature: detail.feature, close }
}
