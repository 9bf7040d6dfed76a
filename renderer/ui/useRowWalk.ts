import { computed, nextTick, type Ref, ref } from 'vue'

type Key = string | number

/** Walks and selects the rows of a table: one row is in the tab order, arrow keys move it, Space and Enter act on it. */
export function useRowWalk<Row>(table: {
  rows: () => readonly Row[]
  keyOf: (row: Row) => Key
  select: () => 'none' | 'one' | 'many'
  isClosed: (row: Row) => boolean
  selected: Ref<Key[]>
  /** How many rows a page key moves by. */
  page: () => number
  /** Brings a row into view, so that it is drawn. */
  reveal: (index: number) => void
  /** Puts the focus on a row that is drawn. */
  focus: (index: number) => void
  active: (row: Row) => void
  open: (row: Row) => void
}) {
  const { selected, keyOf } = table
  const activeKey = ref<Key | null>(null)
  const activeIndex = computed(() => {
    const index = table.rows().findIndex(row => keyOf(row) === activeKey.value)
    return index >= 0
      ? index
      : Math.max(
          0,
          table.rows().findIndex(row => selected.value.includes(keyOf(row))),
        )
  })
  const isSelected = (key: Key) => selected.value.includes(key)

  function choose(row: Row, toggle: boolean): void {
    if (table.select() === 'none' || table.isClosed(row)) return
    const key = keyOf(row)
    if (table.select() === 'many' && toggle)
      selected.value = isSelected(key) ? selected.value.filter(one => one !== key) : [...selected.value, key]
    else selected.value = [key]
  }
  const all = computed(() => {
    const some = table.rows().filter(row => isSelected(keyOf(row))).length
    return some === 0 ? false : some === table.rows().length ? true : ('indeterminate' as const)
  })
  function chooseAll(): void {
    selected.value =
      all.value === true
        ? []
        : table
            .rows()
            .filter(row => !table.isClosed(row))
            .map(keyOf)
  }
  function activate(row: Row): void {
    activeKey.value = keyOf(row)
    table.active(row)
  }
  async function focusRow(index: number): Promise<void> {
    const at = Math.min(table.rows().length - 1, Math.max(0, index))
    const row = table.rows()[at]
    if (row === undefined) return
    activate(row)
    table.reveal(at)
    await nextTick()
    table.focus(at)
  }
  function key(event: KeyboardEvent, row: Row, index: number): void {
    // keys pressed inside a button or a field of the row are theirs
    if (event.target !== event.currentTarget) return
    const to: Record<string, number> = {
      ArrowDown: index + 1,
      ArrowUp: index - 1,
      PageDown: index + table.page(),
      PageUp: index - table.page(),
      Home: 0,
      End: table.rows().length - 1,
    }
    const next = to[event.key]
    if (next !== undefined) void focusRow(next)
    else if (event.key === 'Enter') {
      choose(row, false)
      table.open(row)
    } else if (event.key === ' ') choose(row, table.select() === 'many')
    else return
    event.preventDefault()
  }
  function click(event: MouseEvent, row: Row): void {
    if ((event.target as HTMLElement).closest('button, a, input, label, [role="checkbox"]')) return
    activate(row)
    choose(row, event.ctrlKey || event.metaKey)
  }
  return { activeIndex, isSelected, all, choose, chooseAll, focusRow, key, click }
}
