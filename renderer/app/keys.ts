import { onBeforeUnmount, onMounted } from 'vue'
import { useRouter } from 'vue-router'
import { useDoings } from './doings.ts'
import { home, rooms } from './rooms.ts'

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName))

/** A dialog or a menu is up: the keys of the window rest. */
const isCovered = (): boolean =>
  document.querySelector('[role="dialog"],[role="menu"],[role="listbox"][data-state="open"]') !== null

/** Puts the focus into the next region of the window that can take it. */
function nextRegion(back: boolean): void {
  const regions = [...document.querySelectorAll<HTMLElement>('[data-region]')]
  const at = regions.findIndex(region => region.contains(document.activeElement))
  for (let step = 1; step <= regions.length; step++) {
    const index = (at + (back ? -step : step) + regions.length * 2) % regions.length
    const region = regions[index]
    const inside = region?.matches('button,a[href]')
      ? region
      : (region?.querySelector<HTMLElement>('[aria-current="page"]') ??
        region?.querySelector<HTMLElement>('a[href],button,input,[tabindex="0"]'))
    if (inside) {
      inside.focus()
      return
    }
  }
}

/** Listens to the keys of the window while the shell is up. */
export function useKeys(): void {
  const router = useRouter()
  const doings = useDoings()

  function press(event: KeyboardEvent): void {
    const command = event.ctrlKey || event.metaKey
    if (command && event.key.toLowerCase() === 'k') {
      event.preventDefault()
      doings.paletteOpen = !doings.paletteOpen
      return
    }
    if (isCovered()) return
    if (event.key === 'F6') {
      event.preventDefault()
      nextRegion(event.shiftKey)
      return
    }
    if ((command || event.altKey) && !event.shiftKey && /^Digit\d$/.test(event.code)) {
      const digit = Number(event.code.slice(-1))
      const room = digit === 0 ? home : rooms[digit - 1]
      if (!room) return
      event.preventDefault()
      router.push(room.path)
      return
    }
    if (command || event.altKey || isTyping(event.target)) return
    if (event.key === 'j' || event.key === 'J') doings.toggleTray()
    else if (event.key === '?') doings.keysOpen = true
    else if (
      event.key === 'Escape' &&
      doings.trayOpen &&
      document.activeElement?.closest('[data-region="jobs"]')
    )
      doings.toggleTray()
  }
  onMounted(() => window.addEventListener('keydown', press))
  onBeforeUnmount(() => window.removeEventListener('keydown', press))
}
