import { computed, onScopeDispose, shallowReactive, watch } from 'vue'
import type { Cell, DatasetVersion, Failure, Rows } from '#contract'
import { FailureError, failureOf, useEngine } from '../../engine/index.ts'
import type { LoadPage } from '../../ui/index.ts'
import { inputOf, type RowsAsked, refOf } from './filters.ts'

/** One row of the view: its number in the version, from 0, where it is known, and its cells by column. */
export interface RowItem {
  number: number | null
  cells: Cell[]
}

/** The rows that were asked for: how many there are, and how a page of them is read. */
export interface RowsView {
  /** Rows that match; null before the first answer. */
  total: number | null
  loadPage: LoadPage<RowItem>
  /** Another question is under way; what is shown is the answer to the one before. */
  busy: boolean
  failure: Failure | null
  reload: () => Promise<void>
}

/**
 * The rows of a version by filter, search and order, read by page. How many match is known with the first page; where
 * nothing is left out it is known at once.
 * @param see is shown each page of cells that comes
 */
export function useRows(
  version: () => DatasetVersion,
  asked: () => RowsAsked,
  pageSize: () => number,
  see: (rows: readonly Cell[][]) => void = () => {},
): RowsView {
  const { engine, generation } = useEngine()
  const question = computed(() => ({ name: refOf(version()), ...inputOf(asked()) }))
  const known = computed(() => {
    const { where, slice, search, only, split } = asked()
    if (where.length || slice || search || only) return null
    return split ? (version().splits[split] ?? 0) : version().rows
  })

  /* Without a filter and in the source's order a row's place is its number. */
  const itemsOf = (answer: Rows, isPlain: boolean): RowItem[] => {
    see(answer.rows)
    return answer.rows.map((cells, at) => ({
      number: answer.numbers?.[at] ?? (isPlain ? answer.offset + at : null),
      cells,
    }))
  }

  function loader(first: Rows | null): LoadPage<RowItem> {
    const input = question.value
    const isPlain = known.value !== null && !asked().split && !asked().sort
    let kept = first
    return async (offset, limit, signal) => {
      if (kept && offset === 0 && kept.rows.length >= Math.min(limit, kept.total)) {
        const items = itemsOf(kept, isPlain)
        kept = null
        return items
      }
      try {
        return itemsOf(await engine.dataset.rows({ ...input, offset, limit }, { signal }), isPlain)
      } catch (reason) {
        if (signal.aborted) throw reason
        throw new FailureError(failureOf(reason))
      }
    }
  }

  const view: RowsView = shallowReactive({
    total: known.value,
    loadPage: loader(null),
    busy: false,
    failure: null,
    reload: load,
  })
  let stop: AbortController | undefined

  async function load(): Promise<void> {
    stop?.abort()
    view.failure = null
    if (known.value !== null) {
      Object.assign(view, { total: known.value, loadPage: loader(null), busy: false })
      return
    }
    const mine = new AbortController()
    stop = mine
    view.busy = true
    try {
      const first = await engine.dataset.rows(
        { ...question.value, offset: 0, limit: pageSize() },
        { signal: mine.signal },
      )
      if (!mine.signal.aborted)
        Object.assign(view, { total: first.total, loadPage: loader(first), busy: false })
    } catch (reason) {
      if (!mine.signal.aborted) Object.assign(view, { failure: failureOf(reason), busy: false })
    }
  }
  watch(() => JSON.stringify([question.value, known.value]), load, { immediate: known.value === null })
  watch(generation, () => view.failure && load())
  onScopeDispose(() => stop?.abort())
  return view
}
