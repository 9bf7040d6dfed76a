import { computed } from 'vue'
import type { Cell, ColumnType } from '#contract'
import { useCall } from '../../engine/index.ts'
import { parseCell } from './conditionForm.ts'

/** A value that stands in a column, and in how many rows. */
export interface KnownValue {
  cell: Cell
  rows: number
}

/* Enough rows to know the usual values of a column whose statistics nobody has computed yet. */
const LOOKED = 1000

/**
 * The usual values of a column, most frequent first: from its statistics, else counted in the first rows.
 * @param of the version (`strikes@2`) and the column; null asks nothing
 */
export function useValues(of: () => { name: string; column: string; type: ColumnType } | null) {
  const known = useCall(
    e => e.statistics.features,
    () => {
      const asked = of()
      return asked && { data: asked.name, search: asked.column, limit: 500 }
    },
  )
  const feature = computed(() => known.value?.features.find(one => one.name === of()?.column))
  const isUnknown = computed(
    () => known.state === 'failed' || (known.state === 'ready' && !feature.value?.all.top.length),
  )
  const looked = useCall(
    e => e.dataset.rows,
    () => {
      const asked = of()
      return asked && isUnknown.value
        ? { name: asked.name, columns: [asked.column], offset: 0, limit: LOOKED }
        : null
    },
  )

  const values = computed<KnownValue[]>(() => {
    const type = of()?.type ?? 'text'
    if (feature.value?.all.top.length)
      return feature.value.all.top.flatMap(({ value, count }) => {
        const { cell } = parseCell(value, type)
        return cell === undefined ? [] : [{ cell, rows: count }]
      })
    const counts = new Map<Cell, number>()
    for (const [cell = null] of looked.value?.rows ?? [])
      if (cell !== null) counts.set(cell, (counts.get(cell) ?? 0) + 1)
    return [...counts].map(([cell, rows]) => ({ cell, rows })).sort((a, b) => b.rows - a.rows)
  })
  return {
    values,
    /** Counted in the first rows only, so the figures are not those of the whole column. */
    isPart: computed(
      () => !feature.value?.all.top.length && (looked.value?.total ?? 0) > (looked.value?.rows.length ?? 0),
    ),
    range: computed(() => feature.value?.all.numeric ?? null),
  }
}
