import { computed, nextTick, onBeforeUnmount, onMounted, reactive, ref, watch } from 'vue'
import { rowsIn, topFor, trackOf } from './window.ts'

/** The rows of a table that are drawn: all of a short one, of a long one those in view and some around them. */
export function useTableRows<Row>(table: {
  rows: () => readonly Row[]
  keyOf: (row: Row) => string | number
  /** px */
  rowHeight: () => number
  virtualFrom: () => number
  /** Anything that may change what the scroller has to show. */
  content: () => unknown
}) {
  const scroller = ref<HTMLElement>()
  const view = reactive({ top: 0, height: 600 })
  /* What scrolls must be in reach of the keyboard; rows that can be walked are by themselves. */
  const scrolls = ref(false)
  const length = computed(() => table.rows().length)
  const isVirtual = computed(() => length.value > table.virtualFrom())
  const range = computed(() =>
    isVirtual.value
      ? rowsIn(view.top, view.height, length.value, table.rowHeight(), 12)
      : { first: 0, last: length.value },
  )
  const shown = computed(() =>
    table
      .rows()
      .slice(range.value.first, range.value.last)
      .map((row, at) => ({ row, key: table.keyOf(row), index: range.value.first + at })),
  )
  const above = computed(() => range.value.first * table.rowHeight())
  const below = computed(() => (length.value - range.value.last) * table.rowHeight())
  /* how many rows a page key moves by */
  const page = computed(() => Math.max(1, Math.floor(view.height / table.rowHeight()) - 2))

  function measure(): void {
    const element = scroller.value
    if (!element) return
    view.top = element.scrollTop
    if (element.clientHeight > 0) view.height = element.clientHeight
    scrolls.value = element.scrollHeight > element.clientHeight || element.scrollWidth > element.clientWidth
  }
  /** Scrolls as little as brings a row into view; rows that are all drawn need none, the focus brings them. */
  function reveal(index: number): void {
    const element = scroller.value
    if (!isVirtual.value || !element) return
    const body = view.height - (element.querySelector('thead')?.clientHeight ?? 0)
    const height = table.rowHeight()
    element.scrollTop = topFor(index, view.top, body, height, trackOf(length.value, height, body))
    measure()
  }

  watch(table.content, async () => {
    await nextTick()
    measure()
  })
  let watcher: ResizeObserver | undefined
  onMounted(() => {
    measure()
    if (typeof ResizeObserver === 'undefined' || !scroller.value) return
    watcher = new ResizeObserver(measure)
    watcher.observe(scroller.value)
  })
  onBeforeUnmount(() => watcher?.disconnect())
  return { scroller, scrolls, isVirtual, shown, above, below, page, measure, reveal }
}
