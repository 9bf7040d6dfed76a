import { onBeforeUnmount, type ShallowRef, shallowRef, watch } from 'vue'

/** Follows a source at most once in `gap` ms: at once after a rest, and never missing the last value. */
export function paced<T>(source: () => T, gap = 250): ShallowRef<T> {
  const value = shallowRef(source()) as ShallowRef<T>
  let last = Number.NEGATIVE_INFINITY
  let timer: ReturnType<typeof setTimeout> | undefined
  const take = () => {
    timer = undefined
    last = performance.now()
    value.value = source()
  }
  watch(source, () => {
    if (timer !== undefined) return
    const wait = last + gap - performance.now()
    if (wait <= 0) take()
    else timer = setTimeout(take, wait)
  })
  onBeforeUnmount(() => clearTimeout(timer))
  return value
}
