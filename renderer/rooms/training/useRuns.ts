import { computed, watch } from 'vue'
import type { Job, Run, RunId } from '#contract'
import { useFlow } from '../../app/flow.ts'
import { useJobs, useWatch } from '../../engine/index.ts'
import { useTraining } from './trainingStore.ts'
import { useThrottled } from './useThrottled.ts'

/** The job that is working on a run now; null where none is. */
export const jobOf = (run: Run, open: readonly Job[]): Job | null =>
  open.find(
    job => job.room === 'training' && (job.id === run.job || (job.input as { run?: string })?.run === run.id),
  ) ?? null

/** The runs of the chosen dataset, the one shown among them live, and those laid over it. */
export function useRuns() {
  const flow = useFlow()
  const jobs = useJobs()
  const store = useTraining()

  const open = computed(() => jobs.open.filter(job => job.room === 'training'))
  const waiting = computed(() => open.value.filter(job => job.status.state === 'queued').length)
  const listed = computed<Run[]>(() => flow.current?.runs ?? [])

  /* A run is written a moment after its job, and a run that goes on changes its state: ask again until the list says so. */
  watch(
    () =>
      open.value
        .map(job => `${job.id} ${job.status.state === 'running' ? job.status.progress.step : ''}`)
        .join(),
    () => {
      const known = (job: Job) =>
        (flow.runs.value?.runs ?? []).some(run => run.state === 'running' && jobOf(run, [job]) !== null)
      if (open.value.some(job => job.status.state === 'running' && !known(job))) void flow.runs.reload()
    },
    { immediate: true },
  )

  const mainId = computed<RunId | null>(() => {
    const here = new Set<string>(listed.value.map(run => run.id))
    return store.selected.find(id => here.has(id)) ?? listed.value[0]?.id ?? null
  })
  const mainListed = computed(() => listed.value.find(run => run.id === mainId.value) ?? null)
  const live = useWatch(
    e => e.training.watch,
    () => (mainListed.value?.state === 'running' && mainId.value ? { run: mainId.value } : null),
  )
  const newest = computed<Run | null>(() =>
    live.value && live.value.id === mainId.value && mainListed.value?.state === 'running'
      ? live.value
      : mainListed.value,
  )
  /** The run shown; it changes at most four times a second. */
  const main = useThrottled(
    () => newest.value,
    () => newest.value && `${newest.value.id} ${newest.value.state}`,
  )
  const runs = computed(() => listed.value.map(run => (run.id === main.value?.id ? main.value : run)))
  /** Runs laid over the one shown. */
  const others = computed(() =>
    store.selected
      .filter(id => id !== mainId.value)
      .flatMap(id => runs.value.find(run => run.id === id) ?? []),
  )

  watch([listed, () => store.awaited], () => {
    const run = store.awaited && listed.value.find(run => run.job === store.awaited)
    if (!run) return
    store.selected = [run.id]
    store.awaited = null
  })

  return { runs, main, others, open, waiting, live }
}
