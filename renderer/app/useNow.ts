import { onScopeDispose, type Ref, readonly, ref } from 'vue'

/** The clock for ages on a page: it ticks every `period` milliseconds while the page is there. */
export function useNow(period = 1000): Readonly<Ref<number>> {
  const now = ref(Date.now())
  const timer = setInterval(() => {
    now.value = Date.now()
  }, period)
  onScopeDispose(() => clearInterval(timer))
  return readonly(now)
}
