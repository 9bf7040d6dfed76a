import { type Ref, ref } from 'vue'

/* As --breakpoint-side and --breakpoint-rail in tokens.css; a media query cannot read a variable. */
const BELOW = { side: 1280, rail: 1160 }

const shared = new Map<keyof typeof BELOW, Ref<boolean>>()

/** True while the window is too narrow for side panels, or for words in the rail. */
export function useNarrow(what: keyof typeof BELOW): Ref<boolean> {
  const known = shared.get(what)
  if (known) return known
  const query = matchMedia(`(max-width: ${BELOW[what] - 1}px)`)
  const narrow = ref(query.matches)
  query.addEventListener('change', () => {
    narrow.value = query.matches
  })
  shared.set(what, narrow)
  return narrow
}
