import { computed, ref } from 'vue'
import type { RowItem } from './useRows.ts'

/** How many rows can be picked by hand: as many as the contract takes by number. */
export const MOST_PICKED = 10_000

/** Rows picked by hand, by their numbers in the version: they stay picked when the filter changes. */
export function useSelection(between: (from: number, to: number) => Promise<RowItem[]>) {
  const picked = ref(new Set<number>())
  let last: number | null = null

  /** Turns one row; with `range` all from the one turned before to this one become picked. */
  async function pick(index: number, item: RowItem, range: boolean): Promise<void> {
    if (item.number === null) return
    const next = new Set(picked.value)
    if (range && last !== null && last !== index) {
      const from = Math.min(last, index)
      const to = Math.min(Math.max(last, index) + 1, from + MOST_PICKED)
      for (const { number } of await between(from, to))
        if (number !== null && next.size < MOST_PICKED) next.add(number)
    } else if (!next.delete(item.number) && next.size < MOST_PICKED) next.add(item.number)
    last = index
    picked.value = next
  }
  function clear(): void {
    picked.value = new Set()
    last = null
  }
  return { picked, numbers: computed(() => [...picked.value].sort((a, b) => a - b)), pick, clear }
}
