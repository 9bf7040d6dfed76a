import { computed, nextTick, type Ref, ref } from 'vue'

/**
 * Walks the heads of a table whose columns are drawn only in view: one head is in the tab order, arrow keys go to the
 * next, however many there are.
 */
export function useHeadWalk(table: {
  scroller: Ref<HTMLElement | undefined>
  columns: () => number
  /** The columns drawn; `last` is exclusive. */
  range: () => { first: number; last: number }
  /** px, left edges of all columns, one more than there are columns. */
  edges: () => readonly number[]
  /** px, how far the columns are moved, and how wide they are seen. */
  left: () => number
  width: () => number
}) {
  const walked = ref(0)
  /* a head that was scrolled away leaves its place to the first in view */
  const at = computed(() => {
    const { first, last } = table.range()
    if (walked.value >= first && walked.value < last) return walked.value
    const shown = table.edges().findIndex((edge, index) => index >= first && edge >= table.left())
    return Math.min(Math.max(first, shown), Math.max(first, last - 1))
  })
  function show(index: number): void {
    const element = table.scroller.value
    if (!element) return
    const from = table.edges()[index] ?? 0
    const to = table.edges()[index + 1] ?? from
    if (from < table.left()) element.scrollLeft = from
    else if (to > table.left() + table.width()) element.scrollLeft = Math.min(from, to - table.width())
  }
  async function go(index: number): Promise<void> {
    walked.value = Math.min(table.columns() - 1, Math.max(0, index))
    show(walked.value)
    // the scroller tells its place in an event of its own, and only then the head is drawn
    await nextTick()
    await new Promise(requestAnimationFrame)
    await nextTick()
    table.scroller.value
      ?.querySelector<HTMLElement>(`[data-head="${walked.value}"] button`)
      ?.focus({ preventScroll: true })
  }
  function key(event: KeyboardEvent, index: number): void {
    const to: Record<string, number> = {
      ArrowRight: index + 1,
      ArrowLeft: index - 1,
      Home: 0,
      End: table.columns() - 1,
    }
    const next = to[event.key]
    if (next === undefined) return
    event.preventDefault()
    void go(next)
  }
  function focus(index: number): void {
    walked.value = index
    show(index)
  }
  return { at, key, focus }
}
