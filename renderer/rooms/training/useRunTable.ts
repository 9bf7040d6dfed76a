import { computed, onScopeDispose, reactive, ref, shallowReactive, shallowRef, watch } from 'vue'
import type { RunColumn, RunId, RunRow } from '#contract'
import { useFlow } from '../../app/flow.ts'
import { useCall, useEngine, useJobs } from '../../engine/index.ts'
import type { LoadPage } from '../../ui/index.ts'
import { kept } from './kept.ts'
import { FIRST_COLUMNS, questionOf, type RunTableView } from './runTable.ts'

/** Figures of runs under way are asked for this often, in ms. */
const LIVE_MS = 2000
/** Typing is over after so many ms. */
const TYPING_MS = 200
const isColumns = (value: unknown) => Array.isArray(value) && value.every(one => typeof one === 'string')

/** The table of runs: what is looked for, how many there are, and a way to read any stretch of them from the engine. */
export function useRunTable() {
  const flow = useFlow()
  const jobs = useJobs()
  const { engine } = useEngine()
  const scope = kept<RunTableView['scope']>(
    'scope',
    'dataset',
    value => value === 'all' || value === 'dataset',
  )
  const columns = kept<RunColumn[]>('columns', [...FIRST_COLUMNS], isColumns)
  const view: RunTableView = reactive({
    shelf: 'open',
    text: '',
    states: [],
    origins: [],
    tags: [],
    search: null,
    sort: null,
    scope,
    columns,
  })
  const typed = ref('')
  let typing: ReturnType<typeof setTimeout> | undefined
  watch(typed, () => {
    clearTimeout(typing)
    typing = setTimeout(() => (view.text = typed.value), TYPING_MS)
  })

  const question = computed(() => questionOf(view, flow.dataset))
  const version = ref(0)
  const first = useCall(
    e => e.training.page,
    () => ({ ...question.value, limit: 1 }),
  )
  /* The counts of the question before stay until those of the next one are there. */
  const counts = shallowRef<{ total: number; open: number; archive: number; bin: number } | null>(null)
  const newest = shallowRef<RunRow | null>(null)
  watch(
    () => first.value,
    now => {
      if (!now) return
      counts.value = { total: now.total, ...now.shelves }
      newest.value = now.runs[0] ?? null
    },
    { immediate: true },
  )
  /** Rows that were read, by their place in the list. */
  const byPlace = shallowReactive(new Map<number, RunRow>())
  const byId = shallowReactive(new Map<RunId, RunRow>())
  const loadPage = computed<LoadPage>(() => {
    const asked = question.value
    byPlace.clear()
    return async (offset, limit, signal) => {
      const { runs } = await engine.training.page({ ...asked, offset, limit }, { signal })
      runs.forEach((row, at) => {
        byPlace.set(offset + at, row)
        byId.set(row.id, row)
      })
      return runs
    }
  })
  /** Reads everything anew: something was changed. */
  function reload(): void {
    version.value++
    void first.reload()
  }

  /* What runs is laid over the rows that were read, and a run that came or ended is a reason to read them again. */
  const live = shallowReactive(new Map<RunId, RunRow>())
  let running = ''
  let isAsking = false
  async function look(): Promise<void> {
    if (isAsking || document.hidden) return
    isAsking = true
    try {
      const { runs } = await engine.training.page({ state: ['running'], columns: columns.value, limit: 200 })
      const now = runs.map(row => row.id).join()
      live.clear()
      for (const row of runs) live.set(row.id, row)
      if (now !== running) {
        running = now
        reload()
        void flow.runs.reload()
      }
    } catch {
      // the next look is soon; the list itself says what is wrong
    } finally {
      isAsking = false
    }
  }
  const timer = setInterval(look, LIVE_MS)
  onScopeDispose(() => {
    clearInterval(timer)
    clearTimeout(typing)
  })
  onScopeDispose(jobs.onEnd(job => job.room === 'training' && reload()))

  return {
    view,
    typed,
    question,
    version,
    counts,
    newest,
    loadPage,
    byPlace,
    byId,
    reload,
    isLoading: computed(() => counts.value === null && first.state !== 'failed'),
    failure: computed(() => first.failure),
    /** A row as it stands now. */
    now: (row: RunRow): RunRow => {
      const newer = live.get(row.id)
      return newer && newer.values.length === row.values.length ? newer : row
    },
    clear(): void {
      typed.value = ''
      Object.assign(view, { text: '', states: [], origins: [], tags: [], search: null })
    },
  }
}
export type RunTableState = ReturnType<typeof useRunTable>
