import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Job } from '#contract'
import { bind, type Doors, type Jobs, openJobs } from '../../main/engine/jobs/index.ts'
import { openLineage } from '../../main/engine/lineage/index.ts'
import { openStore, type Store } from '../../main/engine/store/index.ts'

/** The jobs' part of the door, as the house builds it. */
export const jobsDoor = (jobs: Jobs): Doors['jobs'] => ({
  list: async ({ state, limit }) => ({ jobs: jobs.list(state, limit) }),
  show: async ({ id }) => jobs.get(id),
  cancel: async ({ id }) => jobs.cancel(id),
  prioritize: async ({ id, priority }) => jobs.prioritize(id, priority),
  again: async ({ id }) => jobs.again(id),
  logs: async ({ id, after }) => ({ lines: jobs.lines(id, after) }),
  watch: ({ id }, { signal }) => jobs.watch(signal, id),
})

/** A temporary folder that goes away again. */
export function temporaryFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'edgewright-test-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

/** The real store, jobs and lineage under given doors: all of the engine but its rooms. */
export function openTestHouse(folder: string, doors: (jobs: Jobs, store: Store) => Doors) {
  const store = openStore(folder)
  const lineage = openLineage(store)
  const jobs = openJobs(store, lineage)
  return {
    store,
    lineage,
    jobs,
    router: bind(doors(jobs, store), jobs, store),
    async close() {
      await jobs.close()
      store.close()
    },
  }
}

/** Waits for a job's end and fails the test when it is not the wanted one. */
export async function endOf(jobs: Jobs, job: Job, state: Job['status']['state'] = 'succeeded'): Promise<Job> {
  const ended = await jobs.ended(job.id)
  if (ended.status.state !== state) throw new Error(`${job.id} ended as ${JSON.stringify(ended.status)}`)
  return ended
}
