import { computed, shallowRef, watch } from 'vue'
import { type LocationQuery, useRoute, useRouter } from 'vue-router'

export const PARTS = ['fleet', 'device', 'rollouts', 'releases', 'sticks', 'keys', 'site'] as const
export type Part = (typeof PARTS)[number]

const one = (value: LocationQuery[string] | undefined): string | null => {
  const first = Array.isArray(value) ? value[0] : value
  return typeof first === 'string' && first ? first : null
}

/** Which part of publishing is shown, and of which device. Both stand in the address, so that back works. */
export function usePart() {
  const route = useRoute()
  const router = useRouter()
  const query = shallowRef<LocationQuery>(route.query)
  const named = shallowRef(one(route.params.id))
  watch(
    () => route.fullPath,
    () => {
      // on the way to another page its address is not ours to read
      if (route.path.split('/')[1] !== 'publishing') return
      query.value = route.query
      named.value = one(route.params.id)
    },
  )
  const part = computed<Part>(
    () => PARTS.find(each => each === one(query.value.part)) ?? (named.value ? 'device' : 'fleet'),
  )
  const device = computed(() => one(query.value.device) ?? named.value)
  function go(to: Part, id: string | null = device.value): void {
    const next: Record<string, string> = {
      ...(to !== 'fleet' && { part: to }),
      ...(id !== null && { device: id }),
    }
    query.value = next
    named.value = null
    void router.push({ path: '/publishing', query: next })
  }
  return { part, device, go }
}
