import { computed, shallowRef, watch } from 'vue'
import { type LocationQuery, useRoute, useRouter } from 'vue-router'

export const TABS = ['figures', 'slices', 'compare', 'explain', 'what-if', 'gate', 'history'] as const
export type Tab = (typeof TABS)[number]

const one = (value: LocationQuery[string] | undefined): string | null => {
  const first = Array.isArray(value) ? value[0] : value
  return typeof first === 'string' ? first : null
}

/** Which part of the evaluation is shown, and of which row "what if" asks. Both stand in the address, so that back works. */
export function useTab() {
  const route = useRoute()
  const router = useRouter()
  const { path } = route
  const query = shallowRef<LocationQuery>(route.query)
  watch(
    () => route.fullPath,
    () => {
      // on the way to another page its address is not ours to read
      if (route.path.split('/')[1] === path.split('/')[1]) query.value = route.query
    },
  )
  const tab = computed<Tab>(() => TABS.find(each => each === one(query.value.tab)) ?? 'figures')
  const row = computed<number | null>(() => {
    const text = one(query.value.row)
    return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null
  })
  function go(to: Tab, at: number | null = row.value): void {
    const next: Record<string, string> = {
      ...(to !== 'figures' && { tab: to }),
      ...(at !== null && { row: String(at) }),
    }
    query.value = next
    void router.push({ path: route.path, query: next })
  }
  return { tab, row, go }
}
