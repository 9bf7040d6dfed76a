import { computed, ref } from 'vue'

/** Features by a part of their name. */
export function useFilter<F extends { name: string }>(features: () => readonly F[]) {
  const filter = ref('')
  const listed = computed(() => {
    const wanted = filter.value.trim().toLowerCase()
    return features().filter(feature => feature.name.toLowerCase().includes(wanted))
  })
  return { filter, listed }
}
