import { computed, shallowRef, watch } from 'vue'
import { useCall } from '../../engine/index.ts'
import type { ListedFeature } from './sides.ts'
import type { Features, FeaturesAsked } from './useFeatures.ts'

/**
 * The feature whose detail is open: taken from the list where it stands, else asked for by its name, since an address
 * may name one that is far down the list or filtered away.
 */
export function useDetail(name: () => string | null, features: Features, asked: () => FeaturesAsked | null) {
  /* What the figures depend on: not the order, the search or the place in the list. */
  const key = computed(() => {
    const input = asked()
    if (!input || !features.head.value) return null
    const { search: _, types: _types, order: _order, descending: _descending, ...plan } = input
    return JSON.stringify([plan, features.head.value.id])
  })
  const kept = shallowRef<{ key: string; feature: ListedFeature } | null>(null)
  const listed = computed(() => (name() === null ? null : features.find(name() as string)))
  watch(
    [listed, key],
    () => {
      if (listed.value && key.value) kept.value = { key: key.value, feature: listed.value.feature }
    },
    { immediate: true },
  )
  const own = computed(
    () =>
      listed.value?.feature ??
      (kept.value && kept.value.key === key.value && kept.value.feature.name === name()
        ? kept.value.feature
        : null),
  )
  const found = useCall(
    e => e.statistics.features,
    () => {
      const input = asked()
      const wanted = name()
      if (!input || !wanted || !key.value || own.value || features.isAsking.value) return null
      const { types: _, order: _order, descending: _descending, ...plan } = input
      return { ...plan, search: wanted, limit: 500 }
    },
  )
  return {
    feature: computed(() => own.value ?? found.value?.features.find(one => one.name === name()) ?? null),
    /** Its place in the list, where it is in view. */
    index: computed(() => listed.value?.index ?? null),
  }
}
