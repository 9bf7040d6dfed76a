import type { Directive } from 'vue'

const DELAY = 400
const GAP = 6
const EDGE = 8

let box: HTMLElement | null = null
let timer: ReturnType<typeof setTimeout> | undefined
let owner: HTMLElement | null = null

/* One box for the whole window, so that a table with a thousand tips costs no more than one. */
function tipBox(): HTMLElement {
  if (box?.isConnected) return box
  box = document.createElement('div')
  box.id = 'tip'
  box.role = 'tooltip'
  box.className =
    'pop pointer-events-none fixed z-[100] max-w-80 px-2 py-1 text-xs text-ink whitespace-pre-line break-words'
  box.hidden = true
  document.body.append(box)
  return box
}

/** Where a tip of a given size goes: under its owner, above it where there is no room, never outside the window. */
export function placeTip(
  owner: { left: number; top: number; bottom: number; width: number },
  tip: { width: number; height: number },
  view: { width: number; height: number },
): { left: number; top: number } {
  const left = Math.min(
    Math.max(owner.left + owner.width / 2 - tip.width / 2, EDGE),
    Math.max(EDGE, view.width - tip.width - EDGE),
  )
  const below = owner.bottom + GAP
  return { left, top: below + tip.height > view.height - EDGE ? owner.top - GAP - tip.height : below }
}

function show(element: HTMLElement, text: string) {
  const shown = tipBox()
  owner = element
  shown.textContent = text
  shown.hidden = false
  const at = placeTip(
    element.getBoundingClientRect(),
    { width: shown.offsetWidth, height: shown.offsetHeight },
    { width: innerWidth, height: innerHeight },
  )
  shown.style.left = `${Math.round(at.left)}px`
  shown.style.top = `${Math.round(at.top)}px`
  if (!element.hasAttribute('aria-describedby')) element.setAttribute('aria-describedby', shown.id)
}

function hide() {
  clearTimeout(timer)
  if (owner?.getAttribute('aria-describedby') === 'tip') owner.removeAttribute('aria-describedby')
  owner = null
  if (box) box.hidden = true
}

interface Tip {
  text: string | null | undefined
  onlyWhenCut: boolean
  off: () => void
}
const tips = new WeakMap<HTMLElement, Tip>()

function attach(element: HTMLElement, tip: Tip) {
  const wanted = () =>
    tip.text && (!tip.onlyWhenCut || element.scrollWidth > element.clientWidth) ? tip.text : ''
  const listeners: [string, EventListener][] = [
    [
      'pointerenter',
      () => {
        clearTimeout(timer)
        timer = setTimeout(() => wanted() && element.isConnected && show(element, wanted()), DELAY)
      },
    ],
    ['focus', () => element.matches(':focus-visible') && wanted() && show(element, wanted())],
    ['pointerleave', hide],
    ['blur', hide],
    ['pointerdown', hide],
    ['keydown', event => (event as KeyboardEvent).key === 'Escape' && hide()],
  ]
  for (const [name, listener] of listeners) element.addEventListener(name, listener)
  tip.off = () => {
    for (const [name, listener] of listeners) element.removeEventListener(name, listener)
  }
}

/**
 * A tooltip on any element: `v-tip="text"`. It shows after a short hover and at once with the keyboard.
 * `v-tip.cut="text"` shows only while the element's own text is cut off by an ellipsis.
 */
export const vTip: Directive<HTMLElement, string | null | undefined, 'cut'> = {
  mounted(element, { value, modifiers }) {
    const tip: Tip = { text: value, onlyWhenCut: !!modifiers.cut, off: () => {} }
    tips.set(element, tip)
    attach(element, tip)
  },
  updated(element, { value }) {
    const tip = tips.get(element)
    if (!tip || tip.text === value) return
    tip.text = value
    if (owner === element) value ? show(element, value) : hide()
  },
  beforeUnmount(element) {
    if (owner === element) hide()
    tips.get(element)?.off()
    tips.delete(element)
  },
}
