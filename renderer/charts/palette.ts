import { onBeforeUnmount, type ShallowRef, shallowRef } from 'vue'

/** The colors and faces a chart is drawn with, read from the same tokens as the rest of the window. */
export interface Palette {
  surface: string
  sunken: string
  raised: string
  line: string
  lineStrong: string
  ink: string
  ink2: string
  muted: string
  accent: string
  accentSoft: string
  onAccent: string
  bad: string
  badSoft: string
  train: string
  trainFill: string
  eval: string
  evalFill: string
  test: string
  previous: string
  previousFill: string
  info: string
  grid: string
  axis: string
  font: string
}

const TOKENS: Record<keyof Palette, string> = {
  surface: '--color-surface',
  sunken: '--color-sunken',
  raised: '--color-raised',
  line: '--color-line',
  lineStrong: '--color-line-strong',
  ink: '--color-ink',
  ink2: '--color-ink-2',
  muted: '--color-muted',
  accent: '--color-accent',
  accentSoft: '--color-accent-soft',
  onAccent: '--color-on-accent',
  bad: '--color-bad',
  badSoft: '--color-bad-soft',
  train: '--color-train',
  trainFill: '--color-train-fill',
  eval: '--color-eval',
  evalFill: '--color-eval-fill',
  test: '--color-op-dense',
  previous: '--color-previous',
  previousFill: '--color-previous-fill',
  info: '--color-info',
  grid: '--color-grid',
  axis: '--color-axis',
  font: '--font-sans',
}

/** Reads the tokens as they are now. */
export function readPalette(root: Element = document.documentElement): Palette {
  const style = getComputedStyle(root)
  const palette = {} as Palette
  for (const key of Object.keys(TOKENS) as (keyof Palette)[])
    palette[key] = style.getPropertyValue(TOKENS[key]).trim() || (key === 'font' ? 'sans-serif' : '#808080')
  return palette
}

/** The palette of the theme in use; it is read again when the theme changes. */
export function usePalette(): ShallowRef<Palette> {
  const palette = shallowRef(readPalette())
  const watcher = new MutationObserver(() => {
    palette.value = readPalette()
  })
  watcher.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] })
  onBeforeUnmount(() => watcher.disconnect())
  return palette
}
