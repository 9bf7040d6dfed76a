import { computed, shallowRef, watch } from 'vue'
import type { Cell, Condition, DatasetVersion, Failure, Filter, Slice } from '#contract'
import { attempt, useEngine } from '../../engine/index.ts'
import { inputOf, type RowsAsked, refOf } from './filters.ts'
import { MOST_PICKED } from './useSelection.ts'

/** What is done to the rows. */
export type FixAction = 'remove' | 'set' | 'clear'

/** The rows a fix is about, as `dataset.rows` is asked for them. */
export function scopeOf(asked: RowsAsked, picked: number[]): RowsAsked {
  return picked.length ? { where: [], only: picked } : { ...asked, sort: undefined, descending: undefined }
}

/** How the rows are named to `dataset.fix`, which takes conditions and numbers but no split and no search. */
export function needsNumbers(scope: RowsAsked): boolean {
  return !!scope.split || !!scope.search
}

/** Rows that a change would leave as they are do not count. */
export function changedBy(
  action: FixAction,
  column: string | undefined,
  value: Cell | undefined,
): Condition[] {
  if (!column) return []
  if (action === 'clear') return [{ column, is: 'present', values: [] }]
  return action === 'set' && value !== undefined ? [{ column, is: 'differs', values: [value] }] : []
}

/** A look at what a fix would do, before it is done: rows in all, rows that change, and the first few of them. */
export interface FixPreview {
  rows: number
  changed: number
  examples: { number: number | null; cells: Cell[] }[]
}

/** Looks ahead at a fix and writes it as the input of `dataset.fix`. A null question looks at nothing. */
export function useFix(
  version: () => DatasetVersion,
  question: () => {
    scope: RowsAsked
    action: FixAction
    column: string | undefined
    value: Cell | undefined
  } | null,
  slices: () => readonly Slice[],
) {
  const { engine } = useEngine()
  const preview = shallowRef<FixPreview | null>(null)
  const failure = shallowRef<Failure | null>(null)
  let stop: AbortController | undefined

  async function look(): Promise<void> {
    stop?.abort()
    const asked = question()
    preview.value = null
    failure.value = null
    if (!asked) return
    const mine = new AbortController()
    stop = mine
    const of = (scope: RowsAsked, limit: number) =>
      attempt(
        engine.dataset.rows(
          { name: refOf(version()), ...inputOf(scope), offset: 0, limit },
          { signal: mine.signal },
        ),
      )
    const more = changedBy(asked.action, asked.column, asked.value)
    const [all, changed] = await Promise.all([
      of(asked.scope, 1),
      of({ ...asked.scope, where: [...asked.scope.where, ...more] }, 5),
    ])
    if (mine.signal.aborted) return
    if (!all.ok || !changed.ok) {
      failure.value = !all.ok ? all.failure : !changed.ok ? changed.failure : null
      return
    }
    preview.value = {
      rows: all.value.total,
      changed: changed.value.total,
      examples: changed.value.rows.map((cells, at) => ({
        number: changed.value.numbers?.[at] ?? null,
        cells,
      })),
    }
  }
  watch(() => JSON.stringify(question()), look, { immediate: true })

  const tooMany = computed(() => {
    const asked = question()
    return asked && preview.value && needsNumbers(asked.scope) && preview.value.rows > MOST_PICKED
      ? `Rows found by a search or a split are fixed up to ${MOST_PICKED.toLocaleString('en-US')} at a time. Add a condition.`
      : null
  })

  /** The rows as `dataset.fix` takes them: a slice by its conditions, a search and a split by the rows' numbers. */
  async function target(): Promise<{ where?: Filter; only?: number[] }> {
    const scope = question()?.scope ?? { where: [] }
    if (needsNumbers(scope)) {
      const only: number[] = []
      for (let offset = 0, total = 1; offset < total; offset += 1000) {
        const answer = await engine.dataset.rows({
          name: refOf(version()),
          ...inputOf(scope),
          columns: version()
            .columns.slice(0, 1)
            .map(column => column.name),
          offset,
          limit: 1000,
        })
        total = answer.total
        only.push(...(answer.numbers ?? []))
      }
      return { only }
    }
    const slice = slices().find(one => one.name === scope.slice)
    const where = [...(slice?.where ?? []), ...scope.where]
    return { ...(where.length ? { where } : {}), ...(scope.only ? { only: scope.only } : {}) }
  }
  return { preview, failure, tooMany, target }
}
