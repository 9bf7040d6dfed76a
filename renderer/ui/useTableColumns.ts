import { computed, reactive } from 'vue'
import { alignOf } from './cells.ts'
import type { Column } from './types.ts'

/** A column that is shown, with its place among all columns: a row that is a list is read by that place. */
export interface ShownColumn<Row> {
  column: Column<Row>
  index: number
}

/** The columns of a table as they are shown: which, how wide, on which side their text stands, under which heading. */
export function useTableColumns<Row>(table: {
  columns: () => Column<Row>[]
  rows: () => readonly Row[]
  /** Rows come and go while it is scrolled: columns keep their width. */
  isVirtual: () => boolean
}) {
  const hidden = reactive(new Set<string>())
  /* px, by key: what a person dragged */
  const dragged = reactive<Record<string, number>>({})
  const shown = computed<ShownColumn<Row>[]>(() =>
    table
      .columns()
      .map((column, index) => ({ column, index }))
      .filter(({ column }) => !hidden.has(column.key)),
  )
  const aligns = computed(
    () => new Map(table.columns().map((column, index) => [column.key, alignOf(column, table.rows(), index)])),
  )
  const widthOf = (column: Column<Row>) => dragged[column.key] ?? column.width
  const isFixed = computed(
    () => table.isVirtual() || table.columns().some(column => widthOf(column) !== undefined),
  )
  /* Neighbors of one group stand under one heading. */
  const groups = computed(() => {
    if (!table.columns().some(column => column.group)) return null
    const list: { group: string | undefined; span: number }[] = []
    for (const { column } of shown.value) {
      const last = list.at(-1)
      if (last && column.group && last.group === column.group) last.span++
      else list.push({ group: column.group, span: 1 })
    }
    return list
  })
  /**
   * The width that a drag begins with. The widths of all columns are taken down first, or the others would jump when
   * the layout becomes fixed.
   */
  function startWidth(key: string, heads: Iterable<HTMLElement>): number {
    for (const cell of heads) dragged[cell.dataset.column ?? ''] ??= cell.offsetWidth
    return dragged[key] ?? 100
  }
  function resize(key: string, width: number): void {
    dragged[key] = width
  }
  const alignClass = (column: Column<Row>) => ALIGN[aligns.value.get(column.key) ?? 'left']
  return { hidden, shown, groups, isFixed, widthOf, startWidth, resize, alignClass }
}

const ALIGN = { left: 'text-left', right: 'text-right', center: 'text-center' }
