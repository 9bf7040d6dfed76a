import { onBeforeUnmount, onMounted, type Ref, reactive, ref } from 'vue'
import { scrollOf, type Track, topOf } from './window.ts'

/** Measures an element when it is there, and whenever its size changes. */
export function useMeasured(element: Ref<HTMLElement | undefined>, measure: (element: HTMLElement) => void) {
  let watcher: ResizeObserver | undefined
  onMounted(() => {
    const there = element.value
    if (!there) return
    measure(there)
    if (typeof ResizeObserver === 'undefined') return
    watcher = new ResizeObserver(() => measure(there))
    watcher.observe(there)
  })
  onBeforeUnmount(() => watcher?.disconnect())
}

/** Where a scroller stands over a track that may be longer than a browser's bar: see {@link Track}. */
export function useTrack(options: {
  track: () => Track
  /** px that a line and a page of the wheel mean. */
  line: () => number
  page: () => number
  /** A wheel that is not ours to take. */
  skips?: (event: WheelEvent) => boolean
}) {
  const scroller = ref<HTMLElement>()
  const view = reactive({ width: 800, height: 400 })
  const top = ref(0)
  /* What we set the bar to, so that its own echo is told from a person's hand. */
  let ours = -1
  function goTo(next: number) {
    const track = options.track()
    top.value = Math.min(track.lastTop, Math.max(0, next))
    if (!scroller.value) return
    scroller.value.scrollTop = scrollOf(top.value, track)
    ours = scroller.value.scrollTop
  }
  function scrolled() {
    const element = scroller.value
    if (!element || Math.abs(element.scrollTop - ours) < 1) return
    ours = -1
    top.value = topOf(element.scrollTop, options.track())
  }
  /* On a shortened track one px of the bar is several lines: a wheel must still move by its own px. */
  function wheel(event: WheelEvent) {
    if (options.track().ratio === 1 || event.ctrlKey || event.deltaY === 0 || options.skips?.(event)) return
    const unit = event.deltaMode === 1 ? options.line() : event.deltaMode === 2 ? options.page() : 1
    const before = top.value
    goTo(top.value + event.deltaY * unit)
    if (top.value !== before) event.preventDefault()
  }
  useMeasured(scroller, element => {
    if (element.clientHeight > 0)
      Object.assign(view, { width: element.clientWidth, height: element.clientHeight })
    goTo(top.value)
  })
  onMounted(() => scroller.value?.addEventListener('wheel', wheel, { passive: false }))
  return { scroller, view, top, goTo, scrolled }
}
