import { computed, type Ref, reactive, ref, shallowRef } from 'vue'
import type { Engine, Failure, Job, JobId, Progress } from '#contract'
import { failureOf } from './failure.ts'
import { useJobs } from './jobs.ts'
import { useEngine } from './useEngine.ts'

type Start<I> = (engine: Engine) => (input: I, options?: { signal?: AbortSignal }) => Promise<Job>

export interface WorkView<I> {
  /** `idle` before the first start, `starting` until the job is written, then the job's own state. */
  state: 'idle' | 'starting' | Job['status']['state']
  /** Under way: starting, queued or running. */
  busy: boolean
  job: Job | null
  progress: Progress | null
  /** Why it could not start, or why the job failed. */
  failure: Failure | null
  /** Starts the work and answers with the job at its end, or null where it could not start. */
  start: (input: I) => Promise<Job | null>
  cancel: () => Promise<void>
  /** Forgets the last outcome. */
  clear: () => void
}

/**
 * Starts long work and follows it to its end. The job goes on when the page is left: the tray shows it.
 * @param start the entry: `e => e.training.start`
 * @param options `says`: the page always shows why the job failed, so it is not said elsewhere while the page is in view
 */
export function useWork<I>(start: Start<I>, { says = false } = {}): WorkView<I> {
  const connection = useEngine()
  const jobs = useJobs()
  const id: Ref<JobId | null> = ref(null)
  const starting = ref(false)
  const refused = shallowRef<Failure | null>(null)

  const job = computed(() => (id.value ? (jobs.byId.get(id.value) ?? null) : null))
  const status = computed(() => job.value?.status ?? null)
  const state = computed(() => (starting.value ? 'starting' : (status.value?.state ?? 'idle')))

  return reactive({
    state,
    busy: computed(() => ['starting', 'queued', 'running'].includes(state.value)),
    job,
    progress: computed(() =>
      status.value && 'progress' in status.value ? (status.value.progress as Progress) : null,
    ),
    failure: computed(
      () => refused.value ?? (status.value?.state === 'failed' ? status.value.failure : null),
    ),
    async start(input: I) {
      refused.value = null
      id.value = null
      starting.value = true
      try {
        const begun = await start(connection.engine)(input)
        if (says) jobs.said.add(begun.id)
        jobs.take(begun)
        id.value = begun.id
      } catch (reason) {
        refused.value = failureOf(reason)
        return null
      } finally {
        starting.value = false
      }
      return jobs.ended(id.value)
    },
    async cancel() {
      if (id.value) await jobs.cancel(id.value)
    },
    clear() {
      id.value = null
      refused.value = null
    },
  }) as WorkView<I>
}
