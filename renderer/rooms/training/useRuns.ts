import { computed, watch } from 'vue'
import type { Job, Run, RunId } from '#contract'
import { useFlow } from '../../app/flow.ts'
import { useCall, useJobs, useWatch } from '../../engine/index.ts'
import { useTraining } from './trainingStore.ts'
import type { RunTableState } from './useRunTable.ts'
import { useThrottled } from './useThrottled.ts'

/** Work that goes on with the run that it is given; what else is given a run only reads it. */
const GOES_ON = new Set(['resume', 'attach'])
/** Work that makes a run. */
const MAKES = new Set(['start', 'rerun', ...GOES_ON])

/** The job that is working on a run now; null where none is. */
export const jobOf = (run: { id: RunId; job: Run['job'] }, open: readonly Job[]): Job | null =>
  open.find(
    job =>
      job.room === 'training' &&
      (job.id === run.job || (GOES_ON.has(job.verb) && (job.input as { run?: string })?.run === run.id)),
  ) ?? null

/** The run that is shown, live, and those laid over it. */
export function useRuns(table: RunTableState) {
  const flow = useFlow()
  const jobs = useJobs()
  const store = useTraining()

  const open = computed(() => jobs.open.filter(job => job.room === 'training'))
  const waiting = computed(() => open.value.filter(job => job.status.state === 'queued').length)
  const listed = computed<Run[]>(() => flow.runs.value?.runs ?? [])

  /* A run is written a moment after its job, and a run that goes on changes its state: ask again until the list says so. */
  watch(
    () =>
      open.value
        .map(job => `${job.id} ${job.status.state === 'running' ? job.status.progress.step : ''}`)
        .join(),
    () => {
      const known = (job: Job) =>
        listed.value.some(run => run.state === 'running' && jobOf(run, [job]) !== null)
      if (open.value.some(job => job.status.state === 'running' && MAKES.has(job.verb) && !known(job))) {
        void flow.runs.reload()
        table.reload()
      }
    },
    { immediate: true },
  )

  /* Without a choice the newest run of the dataset is shown, and where it has none the first of the table; a run of
     other data only where the window is on none. */
  const mainId = computed<RunId | null>(
    () =>
      store.selected[0] ??
      flow.current?.runs[0]?.id ??
      table.newest.value?.id ??
      (flow.dataset ? null : (listed.value[0]?.id ?? null)),
  )
  const inList = computed(() => listed.value.find(run => run.id === mainId.value) ?? null)
  /* The list holds the newest runs only. */
  const asked = useCall(
    e => e.training.show,
    () => (mainId.value && flow.runs.value && !inList.value ? { run: mainId.value } : null),
  )
  const found = computed(() => inList.value ?? asked.value ?? null)
  const live = useWatch(
    e => e.training.watch,
    () => (found.value?.state === 'running' && mainId.value ? { run: mainId.value } : null),
  )
  const newest = computed<Run | null>(() =>
    live.value && live.value.id === mainId.value && found.value?.state === 'running'
      ? live.value
      : found.value,
  )
  /** The run shown; it changes at most four times a second. */
  const main = useThrottled(
    () => newest.value,
    () =>
      newest.value && `${newest.value.id} ${newest.value.state} ${newest.value.tags} ${newest.value.pinned}`,
  )
  /** Runs laid over the one shown. */
  const others = computed(() => store.selected.filter(id => id !== mainId.value))

  watch([listed, () => store.awaited], () => {
    const run = store.awaited && listed.value.find(run => run.job === store.awaited)
    if (!run) return
    store.selected = [run.id]
    store.awaited = null
  })
  /* Another dataset has other runs. */
  watch(
    () => flow.dataset,
    (now, before) => {
      if (before && now !== before) store.selected = []
    },
  )
  /* A run that is not there any more is not shown. */
  watch(
    () => asked.failure,
    failure => {
      if (failure?.code === 'not-found') store.selected = store.selected.slice(1)
    },
  )

  return { main, mainId, others, open, waiting, failure: computed(() => asked.failure), again: asked }
}
