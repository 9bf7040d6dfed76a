import { onScopeDispose, type ShallowRef, shallowRef, watch } from 'vue'

/**
 * A view of a value that changes at most once every `wait` milliseconds, the first change at once and the last one
 * never lost. A change of `key` shows at once: that is another thing, not a newer state of the same.
 */
export function useThrottled<T>(
  source: () => T,
  key: () => unknown = () => null,
  wait = 250,
): Readonly<ShallowRef<T>> {
  const shown = shallowRef(source()) as ShallowRef<T>
  let timer: ReturnType<typeof setTimeout> | undefined
  let last = Number.NEGATIVE_INFINITY
  const show = () => {
    clearTimeout(timer)
    timer = undefined
    last = Date.now()
    shown.value = source()
  }
  watch(source, () => {
    const left = last + wait - Date.now()
    if (left <= 0) show()
    else timer ??= setTimeout(show, left)
  })
  watch(key, show)
  onScopeDispose(() => clearTimeout(timer))
  return shown
}
