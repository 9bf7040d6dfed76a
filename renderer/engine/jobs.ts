import { defineStore } from 'pinia'
import { computed, onScopeDispose, shallowReactive } from 'vue'
import type { Job, JobId } from '#contract'
import { follow } from './stream.ts'
import { useEngine } from './useEngine.ts'

type State = Job['status']['state']

/** Over: it will not change any more by itself. */
export const isOver = (state: State): boolean => state !== 'queued' && state !== 'running'

/** The jobs of the workspace as the engine tells them: one view for the tray, the rooms and the rail. */
export const useJobs = defineStore('jobs', () => {
  const connection = useEngine()
  const byId = shallowReactive(new Map<JobId, Job>())
  const listeners = new Set<(job: Job) => void>()
  /** Jobs whose failure their own page says. */
  const said = new Set<JobId>()

  /** Newest first. */
  const list = computed(() => [...byId.values()].sort((a, b) => order(b) - order(a)))
  const open = computed(() => list.value.filter(job => !isOver(job.status.state)))

  /** Takes in what the engine said of a job; its end is told once. */
  function take(job: Job, quiet = false) {
    const before = byId.get(job.id)
    // a slow list must not take back what the stream said since
    if (before && isOver(before.status.state) && !isOver(job.status.state)) return
    byId.set(job.id, job)
    const ended = isOver(job.status.state) && !(before && isOver(before.status.state))
    if (ended && !quiet) for (const tell of [...listeners]) tell(job)
  }

  const stop = follow(connection, async signal => {
    const stream = await connection.engine.jobs.watch({}, { signal })
    // the list after the stream stands: nothing falls between the two
    const first = byId.size === 0
    const { jobs } = await connection.engine.jobs.list({ limit: 200 }, { signal })
    for (const job of jobs) take(job, first || !byId.has(job.id))
    for await (const job of stream) take(job)
  })
  onScopeDispose(stop)

  /** Tells of each job that ends from now on; the answer stops it. */
  function onEnd(tell: (job: Job) => void): () => void {
    listeners.add(tell)
    return () => listeners.delete(tell)
  }

  /** The job at its end. */
  function ended(id: JobId): Promise<Job> {
    return new Promise(resolve => {
      const now = byId.get(id)
      if (now && isOver(now.status.state)) return resolve(now)
      const off = onEnd(job => {
        if (job.id !== id) return
        off()
        resolve(job)
      })
    })
  }

  async function cancel(id: JobId): Promise<void> {
    take(await connection.engine.jobs.cancel({ id }))
  }

  /** Runs a job once more with the same input. */
  async function again(id: JobId): Promise<Job> {
    const job = await connection.engine.jobs.again({ id })
    take(job)
    return job
  }

  return { byId, list, open, said, take, onEnd, ended, cancel, again }
})

const order = (job: Job): number => Number(/\d+$/.exec(job.id)?.[0] ?? 0)
