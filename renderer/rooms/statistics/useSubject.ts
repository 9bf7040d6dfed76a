import { computed, watch } from 'vue'
import { datasetOf, useFlow } from '../../app/flow.ts'
import { useView, type View } from './useView.ts'

/** What the page is about: the data that its address names, or else that of the flow, and how it is looked at. */
export function useSubject() {
  const flow = useFlow()
  const { view, set } = useView()
  const data = computed(() => view.value.data ?? flow.dataset)
  const dataset = computed(() => flow.all.find(one => one.dataset === datasetOf(data.value ?? '')) ?? null)
  const title = computed(() =>
    dataset.value ? `${dataset.value.dataset} v${dataset.value.latest.number}` : (data.value ?? undefined),
  )

  /* Another dataset has other features: only how charts are drawn is kept. */
  watch(
    () => flow.dataset,
    (now, before) => {
      if (!before || !now || datasetOf(view.value.data ?? now) === now) return
      const fresh = { data: null, slice: [], weight: null, within: null, with: null, search: '', types: [] }
      set({ ...fresh, hidden: [], feature: null, correlations: false })
    },
  )
  watch(
    () => dataset.value?.dataset,
    name => name && view.value.data && name !== flow.dataset && flow.choose(name),
    { immediate: true },
  )
  return {
    flow,
    view,
    data,
    dataset,
    title,
    columns: computed(() => dataset.value?.latest.columns ?? []),
    isSliced: computed(() => view.value.slice.length > 0),
    isNarrowed: computed(
      () => !!view.value.search || view.value.kind !== 'all' || view.value.types.length > 0,
    ),
    /** The address names its data, so that it shows the same to whoever follows it. */
    change: (next: Partial<View>, quietly = false): void => set({ data: data.value, ...next }, quietly),
  }
}
export type Subject = ReturnType<typeof useSubject>
