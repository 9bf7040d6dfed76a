import type { Run, RunId, RunOrigin } from '#contract'
import type { JobContext, Jobs } from '../jobs/index.ts'
import { FailureError, fail, failureOf, now } from '../kit/index.ts'
import type { Store } from '../store/index.ts'
import type { Choices } from './choices.ts'
import { folderOf } from './folder.ts'
import type { Runs } from './runs.ts'

/** Follows a run whose work goes on elsewhere; one for each kind of run that can. */
export type FollowOn = (run: Run, job: JobContext) => Promise<Run>

/** Comes back to runs whose work outlived this program or the line to it, and ends runs wherever they are. */
export function openAttaching({
  store,
  runs,
  choices,
  jobs,
  followers,
}: {
  store: Store
  runs: Runs
  choices: Pick<Choices, 'targetOf'>
  jobs: Pick<Jobs, 'cancel' | 'get'>
  followers: Partial<Record<RunOrigin, FollowOn>>
}) {
  /** The job that follows a run now, if one does. */
  function jobOf(run: Run): string | null {
    try {
      const { id, status } = jobs.get(run.job)
      return status.state === 'queued' || status.state === 'running' ? id : null
    } catch {
      return null
    }
  }

  /** Waits for the end of a run that another job follows. Who cancels this one means the run. */
  async function beside(id: RunId, other: string, job: JobContext): Promise<Run> {
    const cancel = () => job.interrupted || jobs.cancel(other)
    job.signal.addEventListener('abort', cancel, { once: true })
    try {
      for await (const run of runs.watch(id, job.signal)) {
        const { status } = jobs.get(other)
        if (status.state === 'running') job.progress(status.progress.done, status.progress.step)
        if (run.state === 'succeeded') return run
        if (run.state !== 'running' && run.failure) throw new FailureError(run.failure)
      }
    } finally {
      job.signal.removeEventListener('abort', cancel)
    }
    job.keeps('The last checkpoint is kept; continue the run to go on.')
    throw fail('cancelled', `${id} was cancelled.`, `Continue it with: edgewright training resume ${id}`)
  }

  async function attach(id: RunId, job: JobContext): Promise<Run> {
    const run = runs.get(id)
    const followed = run.job === job.id ? null : jobOf(run)
    if (followed) return await beside(id, followed, job)
    const follow = followers[run.origin]
    if (!runs.placement(id) || !follow) {
      // Whoever opened the workspace in between may have followed it to its end, which is what is asked for.
      if (run.state === 'succeeded') return run
      throw fail(
        'bad-input',
        `The work of ${id} goes on nowhere: it was ${run.state}.`,
        'Continue the run, or train again.',
      )
    }
    const begun = runs.change(id, { state: 'running', failure: null, endedAt: null, job: job.id })
    return await follow(begun, job)
  }

  /** @param anyway also where its target cannot be reached: it is given up, whatever goes on there */
  async function cancel(id: RunId, anyway: boolean): Promise<Run> {
    const run = runs.get(id)
    const job = jobOf(run)
    if (job) {
      const ended = AbortSignal.timeout(LET_GO)
      jobs.cancel(job)
      for await (const now of runs.watch(id, ended)) if (now.state !== 'running') return now
      return runs.get(id)
    }
    const placement = runs.placement(id)
    if (!placement) {
      if (run.state === 'running') return runs.change(id, { state: 'cancelled', endedAt: now() })
      throw fail(
        'bad-input',
        `${id} does not run: it ${run.state === 'succeeded' ? 'is done' : `was ${run.state}`}.`,
        'There is nothing to cancel.',
      )
    }
    const stop = new AbortController()
    try {
      const ended = choices.targetOf(run.plan.target).run(folderOf(store, id), {
        signal: stop.signal,
        again: { placement, cursor: runs.lastCursor(id) },
        tell: () => {},
        line: () => {},
      })
      stop.abort()
      await ended
    } catch (error) {
      const failure = failureOf(error)
      if ((failure.code === 'unreachable' || failure.code === 'unsupported') && !anyway)
        throw fail(
          failure.code,
          `${failure.message} So it cannot be told to stop.`,
          `Try again once it can be reached, or give it up with: edgewright training cancel ${id} --anyway`,
        )
    }
    runs.place(id, null)
    return runs.change(id, { state: 'cancelled', failure: null, endedAt: now() })
  }

  return { attach, cancel }
}

/** A worker that is stopped gets so long to write its checkpoint, in milliseconds. */
const LET_GO = 15_000
