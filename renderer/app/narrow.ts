import { type Ref, ref } from 'vue'

/* As --breakpoint-side in tokens.css; a media query cannot read a variable. */
const SIDE = 1280

let shared: Ref<boolean> | undefined

/** True while the window is too narrow for side panels. */
export function useNarrow(): Ref<boolean> {
  if (shared) return shared
  const query = matchMedia(`(max-width: ${SIDE - 1}px)`)
  const narrow = ref(query.matches)
  query.addEventListener('change', () => {
    narrow.value = query.matches
  })
  shared = narrow
  return narrow
}
