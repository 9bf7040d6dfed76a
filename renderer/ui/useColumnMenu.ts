import { ArrowDown, ArrowUp, Copy, Eye, EyeOff } from '@lucide/vue'
import { computed, type Ref, shallowRef } from 'vue'
import { headOf } from './cells.ts'
import type { Column, MenuItem, Sort } from './types.ts'

/** The menu of a table's header: it sorts by and hides the column it was opened on, and copies the table. */
export function useColumnMenu<Row>(table: {
  columns: () => Column<Row>[]
  /** How many columns are shown; the last one cannot be hidden. */
  shown: () => number
  /** Keys of hidden columns; the menu adds to them and empties them. */
  hidden: Set<string>
  sort: Ref<Sort | null>
  copy: () => Promise<boolean>
}) {
  const aimed = shallowRef<Column<Row> | null>(null)
  const sortItem = (column: Column<Row>, dir: Sort['dir']): MenuItem => ({
    label: `Sort ${headOf(column)} ${dir === 'asc' ? 'upward' : 'downward'}`,
    icon: dir === 'asc' ? ArrowUp : ArrowDown,
    run: () => {
      table.sort.value = { key: column.key, dir }
    },
  })
  const menu = computed<MenuItem[]>(() => {
    const column = aimed.value
    const items: MenuItem[] = []
    if (column && column.sortable !== false) items.push(sortItem(column, 'asc'), sortItem(column, 'desc'))
    if (column && table.shown() > 1)
      items.push({
        label: `Hide ${column.label}`,
        icon: EyeOff,
        separated: true,
        run: () => void table.hidden.add(column.key),
      })
    if (table.hidden.size > 0)
      items.push({ label: 'Show all columns', icon: Eye, run: () => table.hidden.clear() })
    items.push({ label: 'Copy table as CSV', icon: Copy, separated: true, run: () => void table.copy() })
    return items
  })
  /** The column under the pointer is the one that the menu is about. */
  function aim(event: Event) {
    const key = (event.target as HTMLElement).closest<HTMLElement>('th[data-column]')?.dataset.column
    aimed.value = table.columns().find(column => column.key === key) ?? null
  }
  return { menu, aim }
}
