import { ref, watch } from 'vue'

/** What a person wants: the system's choice, or their own. */
export type Theme = 'system' | 'light' | 'dark'

const KEPT = 'edgewright.theme'
const kept = localStorage.getItem(KEPT)

export const theme = ref<Theme>(kept === 'light' || kept === 'dark' ? kept : 'system')

/** Keeps the page in the chosen theme, and with the system where that is the choice. */
export function followTheme(): void {
  const system = matchMedia('(prefers-color-scheme: dark)')
  const apply = () => {
    const dark = theme.value === 'dark' || (theme.value === 'system' && system.matches)
    document.documentElement.dataset.theme = dark ? 'dark' : 'light'
  }
  system.addEventListener('change', apply)
  watch(
    theme,
    now => {
      if (now === 'system') localStorage.removeItem(KEPT)
      else localStorage.setItem(KEPT, now)
      apply()
    },
    { immediate: true },
  )
}
