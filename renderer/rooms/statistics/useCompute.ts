import { computed, onScopeDispose, ref, watch } from 'vue'
import type { Engine } from '#contract'
import { useFlow } from '../../app/flow.ts'
import { useJobs, useWork } from '../../engine/index.ts'
import type { Features } from './useFeatures.ts'

export type ComputePlan = Parameters<Engine['statistics']['compute']>[0]

/* Features that are there already show while the rest is computed; this often is enough for an eye. */
const LOOK_MS = 700

/**
 * The computation of what the page shows: begun here, by the import or on the command line. While it runs the features
 * are asked for again, so that the first are seen before the last are done.
 */
export function useCompute(plan: () => ComputePlan | null, features: Features) {
  const flow = useFlow()
  const jobs = useJobs()
  const work = useWork<ComputePlan>(e => e.statistics.compute)
  const elsewhere = computed(
    () =>
      jobs.open.find(
        job =>
          job.room === 'statistics' &&
          job.verb === 'compute' &&
          (job.input as { data?: string } | null)?.data === plan()?.data,
      ) ?? null,
  )
  const job = computed(() => (work.busy ? work.job : elsewhere.value))
  const computing = computed(() => work.busy || elsewhere.value !== null)
  const progress = computed(() => (job.value?.status.state === 'running' ? job.value.status.progress : null))

  /* Nothing was there when it began: what comes is a part. Over statistics that are there nothing is seen of it. */
  const isGrowing = ref(false)
  watch([computing, features.head], ([now, head]) => {
    isGrowing.value = now && (isGrowing.value || !head)
  })
  let looked = 0
  watch(
    () => progress.value?.done,
    () => {
      if (!isGrowing.value || features.isAsking.value || Date.now() - looked < LOOK_MS) return
      looked = Date.now()
      features.reload()
    },
  )
  const AGAIN = ['statistics.compute', 'dataset.import', 'dataset.fix']
  onScopeDispose(jobs.onEnd(done => AGAIN.includes(`${done.room}.${done.verb}`) && features.reload()))

  /* What a person chose on the page is computed without another press; what an address says waits for one. */
  let isChosen = false
  watch(features.head, head => {
    if (head === null && isChosen && !computing.value && !flow.closed) run()
    if (head !== undefined) isChosen = false
  })

  function run(): void {
    const input = plan()
    if (input) void work.start(input)
  }
  return {
    computing,
    isGrowing,
    progress,
    failure: computed(() => work.failure),
    run,
    /** Computes another set of rows, to lay it beside. */
    runOf: (data: string) => void work.start({ data }),
    whenMissing(): void {
      isChosen = true
      if (features.head.value === null && !features.isAsking.value) {
        isChosen = false
        run()
      }
    },
    cancel: (): void => void (job.value && jobs.cancel(job.value.id)),
  }
}
