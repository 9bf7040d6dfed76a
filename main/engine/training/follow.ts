import { rmSync } from 'node:fs'
import type { Run } from '#contract'
import type { JobContext } from '../jobs/index.ts'
import { failureOf, now } from '../kit/index.ts'
import type { Store } from '../store/index.ts'
import type { Choices } from './choices.ts'
import { dropData, folderOf } from './folder.ts'
import { interruptedBy } from './interrupted.ts'
import { openRecord, PREPARING, type RunRecord } from './record.ts'
import type { Runs } from './runs.ts'
import type { Done } from './targets/target.ts'
import { keptWords } from './words.ts'

/** What is particular to the work of a run: what goes into its folder, and what is taken out of it. */
export interface RunWork {
  /** Writes all that the work reads. Not called where the work goes on elsewhere already. */
  prepare(folder: string, record: RunRecord): Promise<void>
  /** Keeps what came back, and says what that changes of the run. */
  keep(folder: string, done: Done, record: RunRecord): Promise<Partial<Run>>
  /** An event file in the folder has become longer. */
  grown?(path: string, record: RunRecord): void
  /** A line of one that writes beside the program, such as `recorder`. @returns whether it is no line of the log */
  aside?(from: string, text: string, record: RunRecord): boolean
}

/** Brings a run that was begun to its end. However it ends, the run says so before this does. */
export type Follow = (begun: Run, work: RunWork, job: JobContext) => Promise<Run>

/**
 * Follows runs on their targets. One whose work was placed where it outlives this program is taken up where it was left:
 * nothing is prepared again, and its output is heard on behind the last line that was kept. While the program leaves, such
 * a run stays as it is; one whose target cannot be reached is interrupted, and can be followed later.
 */
export function openFollowing({
  store,
  runs,
  choices,
}: {
  store: Store
  runs: Runs
  choices: Pick<Choices, 'targetOf'>
}): Follow {
  return async function follow(begun, work, job) {
    const { id, plan } = begun
    const folder = folderOf(store, id)
    const record = openRecord(begun, runs, job)
    const placement = runs.placement(id)
    try {
      const target = choices.targetOf(plan.target)
      if (!placement) {
        // What an earlier work of this run said of its output says nothing of this one's.
        runs.place(id, null)
        await work.prepare(folder, record)
      }
      job.progress(PREPARING, placement ? 'finding the work again' : 'starting the training')
      const done = await target.run(folder, {
        signal: job.signal,
        leaving: () => job.interrupted,
        demands: plan,
        tell: record.hear,
        line(text, about = {}) {
          const { from } = about
          if (from !== undefined && work.aside?.(from, text, record)) record.past(about.cursor)
          else record.hear(text, about)
        },
        step: (words, share) => job.progress(share === null ? null : share * PREPARING, words),
        usage: usage => runs.used(id, usage),
        image: digest => void record.put({ imageDigest: digest }),
        grown: path => work.grown?.(path, record),
        placed: place => runs.place(id, place),
        ...(placement && { again: { placement, cursor: runs.lastCursor(id) } }),
      })
      record.flush()
      const kept = await work.keep(folder, done, record)
      const { best, stoppedEarly } = done
      if (stoppedEarly)
        record.say(
          `Stopped early: no better epoch in ${plan.patience} after epoch ${best}, whose weights are kept.`,
        )
      const ended = record.put({
        best,
        stoppedEarly,
        ...kept,
        state: 'succeeded',
        failure: null,
        endedAt: now(),
      })
      runs.place(id, null)
      rmSync(folder, { recursive: true, force: true })
      return ended
    } catch (error) {
      // A workspace that was closed meanwhile reads "interrupted" when it is opened again.
      if (!store.db.open) throw error
      const failure = failureOf(error)
      const goesOn = runs.placement(id) !== null
      if (goesOn && job.interrupted) {
        record.flush()
        throw error
      }
      // The worker came to the epoch until which it was to go.
      const isPaused = failure.code === 'interrupted'
      const lost = goesOn && !job.signal.aborted && (failure.code === 'unreachable' || isUnready(plan.target))
      if (!lost) {
        dropData(folder)
        runs.place(id, null)
      }
      if (job.signal.aborted) job.keeps(`${keptWords(record.run)}; continue the run to go on.`)
      else if (lost)
        record.log(`${failure.message} Its work may go on there; attach the run to follow it.`, 'warning')
      else if (isPaused) record.log(failure.message)
      else record.log(`${failure.message} ${failure.remedy}`, 'error')
      record.put({
        state:
          job.interrupted || lost || (isPaused && !job.signal.aborted)
            ? 'interrupted'
            : job.signal.aborted
              ? 'cancelled'
              : 'failed',
        failure: job.interrupted ? interruptedBy(record.run) : job.signal.aborted ? null : failure,
        endedAt: now(),
      })
      throw error
    }
  }

  function isUnready(target: string): boolean {
    try {
      return !choices.targetOf(target)
    } catch {
      return true
    }
  }
}
