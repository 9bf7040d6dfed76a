import { onScopeDispose, type Ref, readonly, ref } from 'vue'

/** True while the window is at least this wide, in px: for columns that a narrow one has no room for. */
export function useWide(width: number): Readonly<Ref<boolean>> {
  const query = matchMedia(`(min-width: ${width}px)`)
  const wide = ref(query.matches)
  const tell = () => {
    wide.value = query.matches
  }
  query.addEventListener('change', tell)
  onScopeDispose(() => query.removeEventListener('change', tell))
  return readonly(wide)
}
