import { onBeforeUnmount, onMounted, type Ref, ref } from 'vue'

const STEP = 20

/** The width of an element in px, rounded down to steps of 20 so that a drag does not redraw at every px. */
export function useWidth(element: () => HTMLElement | null): Ref<number> {
  const width = ref(640)
  let watcher: ResizeObserver | undefined
  onMounted(() => {
    const watched = element()
    if (!watched || typeof ResizeObserver === 'undefined') return
    watcher = new ResizeObserver(() => {
      if (watched.clientWidth > 0) width.value = Math.floor(watched.clientWidth / STEP) * STEP
    })
    watcher.observe(watched)
  })
  onBeforeUnmount(() => watcher?.disconnect())
  return width
}
