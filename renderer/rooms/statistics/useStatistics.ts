import { computed } from 'vue'
import { sidesOf } from './sides.ts'
import { useCompute } from './useCompute.ts'
import { useFeatures } from './useFeatures.ts'
import { useOther } from './useOther.ts'
import type { Subject } from './useSubject.ts'
import { typesOf } from './useView.ts'

/** The statistics of the subject: what is computed, what is asked of it, what is laid beside, and how it gets there. */
export function useStatistics({ flow, view, data, dataset, columns, isSliced, isNarrowed }: Subject) {
  const beside = useOther(
    () => data.value,
    () => view.value.with,
    () => isSliced.value,
  )
  const plan = computed(() => {
    if (!data.value || flow.datasets.state === 'idle') return null
    const { slice, weight, within, correlations } = view.value
    return {
      data: data.value,
      slice,
      ...(weight ? { weight } : {}),
      ...(within ? { within } : {}),
      ...(correlations ? { correlations } : {}),
    }
  })
  const withOther = computed(() => (beside.other.value ? { with: beside.other.value.ref } : {}))
  const asked = computed(() => {
    // what will be laid beside is asked for with the first page, not after it
    if (!plan.value || beside.isOpen.value) return null
    const { search, order, descending } = view.value
    const types = typesOf(view.value)
    return {
      ...plan.value,
      ...withOther.value,
      ...(search ? { search } : {}),
      ...(types ? { types } : {}),
      order,
      descending,
    }
  })
  const features = useFeatures(() => asked.value)
  const { head, total } = features
  const compute = useCompute(() => plan.value, features)

  const sides = computed(() =>
    head.value && data.value
      ? sidesOf({
          statistics: head.value,
          data: data.value,
          sliceBy: view.value.slice.map(name => ({
            name,
            type: columns.value.find(column => column.name === name)?.type ?? ('text' as const),
          })),
          other: beside.other.value,
        })
      : [],
  )
  return {
    beside,
    plan,
    asked,
    features,
    head,
    compute,
    sides,
    /** What a report holds; null: nothing can be said yet. */
    reported: computed(() => plan.value && { ...plan.value, ...withOther.value }),
    isWeighted: computed(() => !!head.value?.weight),
    isOld: computed(
      () =>
        !!head.value?.of.version &&
        !!dataset.value &&
        data.value === dataset.value.dataset &&
        head.value.of.version !== dataset.value.latest.id,
    ),
    isWaiting: computed(() => head.value === undefined && !features.failure.value),
    /** Before the features are there, their names stand where they will. */
    expected: computed(() =>
      (!head.value || compute.isGrowing.value) && view.value.order === 'data' && !isNarrowed.value
        ? columns.value
        : undefined,
    ),
    /** Rows of the list. */
    listed: computed(() => {
      if (!head.value) return columns.value.length || 12
      // those that are still being computed stand behind those that are done
      return compute.isGrowing.value && !isNarrowed.value
        ? Math.max(total.value, columns.value.length)
        : total.value
    }),
  }
}
export type StatisticsView = ReturnType<typeof useStatistics>
