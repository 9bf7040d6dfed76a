import { computed, onBeforeUnmount, onMounted, ref } from 'vue'
import { isWhole, panned, type Span, zoomed } from './span.ts'

/** What a chart shows of its axis, and all there is. */
export interface Zoom {
  view: Span
  whole: Span
}

const WHEEL = 1.0015
const KEY = 1.5
/** px: a shorter drag is a click. */
const LEAST = 5

/**
 * Zoom and pan along the x axis: the wheel zooms about the pointer (with Shift it pans), a drag pans a view that is
 * closer than all there is and else marks the stretch to come closer to, two clicks and 0 show all, + and - zoom, Shift
 * with the arrows pans.
 * @param box the element that is watched
 * @param valueAt the x value under a px of that element; null outside a drawn chart
 */
export function useZoom(options: {
  box: () => HTMLElement | null
  zoom: () => Zoom | null
  valueAt: (px: number) => number | null
  tell: (view: Span | null) => void
}) {
  /** The stretch being marked, in px of the box. */
  const marked = ref<readonly [number, number] | null>(null)
  let drag: { from: number; at: number; start: number; view: Span; pans: boolean } | null = null
  const xOf = (event: MouseEvent) => event.clientX - (options.box()?.getBoundingClientRect().left ?? 0)
  const tell = (view: Span, whole: Span) => options.tell(isWhole(view, whole) ? null : view)

  function wheel(event: WheelEvent) {
    const zoom = options.zoom()
    if (!zoom || event.ctrlKey) return
    const by = event.deltaMode === 1 ? 16 : 1
    const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX
    event.preventDefault()
    if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      const width = options.box()?.clientWidth || 1
      return tell(
        panned(zoom.view, zoom.whole, ((sideways * by) / width) * (zoom.view[1] - zoom.view[0])),
        zoom.whole,
      )
    }
    const at = options.valueAt(xOf(event)) ?? (zoom.view[0] + zoom.view[1]) / 2
    tell(zoomed(zoom.view, zoom.whole, at, WHEEL ** (-event.deltaY * by)), zoom.whole)
  }
  function down(event: PointerEvent) {
    const zoom = options.zoom()
    const at = options.valueAt(xOf(event))
    if (!zoom || at === null || event.button !== 0) return
    const pans = !isWhole(zoom.view, zoom.whole) && !event.shiftKey
    drag = { from: at, at: xOf(event), start: xOf(event), view: zoom.view, pans }
    window.addEventListener('pointermove', move)
    window.addEventListener('pointerup', up, { once: true })
  }
  function move(event: PointerEvent) {
    const zoom = options.zoom()
    if (!zoom || !drag) return
    const x = xOf(event)
    if (!drag.pans) {
      marked.value =
        Math.abs(x - drag.start) < LEAST ? null : [Math.min(x, drag.start), Math.max(x, drag.start)]
      return
    }
    const here = options.valueAt(x)
    const before = options.valueAt(drag.at)
    drag.at = x
    if (here !== null && before !== null) tell(panned(zoom.view, zoom.whole, before - here), zoom.whole)
  }
  function up() {
    window.removeEventListener('pointermove', move)
    const zoom = options.zoom()
    const [low, high] = (marked.value ?? []).map(px => options.valueAt(px))
    if (zoom && typeof low === 'number' && typeof high === 'number')
      tell([Math.max(zoom.whole[0], low), Math.min(zoom.whole[1], high)], zoom.whole)
    marked.value = null
    drag = null
  }
  /** @returns whether the key was ours */
  function key(event: KeyboardEvent): boolean {
    const zoom = options.zoom()
    if (!zoom) return false
    const { view, whole } = zoom
    const middle = (view[0] + view[1]) / 2
    const step = (view[1] - view[0]) / 10
    if (event.key === '+' || event.key === '=') tell(zoomed(view, whole, middle, KEY), whole)
    else if (event.key === '-') tell(zoomed(view, whole, middle, 1 / KEY), whole)
    else if (event.key === '0') options.tell(null)
    else if (event.shiftKey && event.key === 'ArrowLeft') tell(panned(view, whole, -step), whole)
    else if (event.shiftKey && event.key === 'ArrowRight') tell(panned(view, whole, step), whole)
    else return false
    return true
  }
  onMounted(() => options.box()?.addEventListener('wheel', wheel, { passive: false }))
  onBeforeUnmount(() => {
    options.box()?.removeEventListener('wheel', wheel)
    window.removeEventListener('pointermove', move)
    window.removeEventListener('pointerup', up)
  })
  return {
    marked: computed(() => marked.value),
    down,
    key,
    all: () => options.zoom() && options.tell(null),
  }
}
