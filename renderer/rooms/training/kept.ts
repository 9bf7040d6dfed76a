import { type Ref, ref, watch } from 'vue'

/** A value that this window remembers; what it cannot read back, or does not know any more, is the first value again. */
export function kept<T>(name: string, first: T, isKnown: (value: unknown) => boolean = () => true): Ref<T> {
  const key = `edgewright.training.${name}`
  const value = ref(read()) as Ref<T>
  watch(value, now => localStorage.setItem(key, JSON.stringify(now)), { deep: true })
  return value

  function read(): T {
    try {
      const found: unknown = JSON.parse(localStorage.getItem(key) ?? 'null')
      return found !== null && isKnown(found) ? (found as T) : first
    } catch {
      return first
    }
  }
}
