import type { Plan, Run, RunId } from '#contract'
import type { LabelSpec } from '../../encoding/index.ts'
import type { JobContext, Jobs } from '../../jobs/index.ts'
import { failureOf } from '../../kit/index.ts'
import type { Runs } from '../runs.ts'
import { hopelessBy } from './median.ts'
import { type Figure, type Figures, fitsTask } from './objective.ts'
import type { KeptSearch, SearchRecord } from './record.ts'

/** What a search asks of a run. */
export interface Trial {
  search: string
  /** It ends after this epoch, with its checkpoint, to be gone on with or not. */
  until?: number | undefined
  /** Hears of the run in the transaction that writes it. */
  begun?(run: Run, label: LabelSpec): void
}

/** How a run is begun and gone on with. */
export interface Ways {
  start(plan: Plan, job: JobContext, trial: Trial): Promise<Run>
  resume(run: RunId, job: JobContext, until?: number): Promise<Run>
  attach(run: RunId, job: JobContext): Promise<Run>
}

/** What the job of a trial is given. */
export interface TrialAsked {
  search: string
  trial: number
  until: number
}

/** How often a trial is held to the others, in milliseconds. */
const LOOK_EVERY = 100

/** Whether a run needs no more work to be through to an epoch. */
export const isThrough = (run: Run | null, until: number, { plan }: KeptSearch): boolean =>
  run !== null &&
  (run.state === 'succeeded' ||
    run.state === 'failed' ||
    (until < plan.epochs && run.state !== 'running' && run.epochs.length >= until))

/** Brings one trial to an epoch, as a job: begins its run, goes on with it, or follows it where it still runs. */
export function openTrying({
  record,
  runs,
  jobs,
  figures: { figuresOf },
  ways,
}: {
  record: SearchRecord
  runs: Runs
  jobs: Pick<Jobs, 'cancel'>
  figures: Figures
  ways: Ways
}) {
  /** Figures of runs that are finished do not change any more. */
  const finished = new Map<string, Figure[]>()

  function finishedIn(search: KeptSearch): Figure[][] {
    return search.trials.flatMap(({ run: id }) => {
      if (id === null || !runs.has(id)) return []
      const known = finished.get(id)
      if (known) return [known]
      const run = runs.get(id)
      if (run.state !== 'succeeded') return []
      const figures = figuresOf(run, search)
      finished.set(id, figures)
      return [figures]
    })
  }

  /** Ends a trial that is hopeless. @returns what ends the looking */
  function watchOver({ search: id, trial: number }: TrialAsked, job: JobContext): () => void {
    let seen = 0
    function look(): void {
      const search = record.get(id)
      const { run } = record.trial(id, number)
      if (run === null || search.stopping === 'none' || job.signal.aborted || !runs.has(run)) return
      const figures = figuresOf(runs.get(run), search)
      if (figures.length === seen) return
      const found = hopelessBy(figures, finishedIn(search), search.goal, search.minEpochs ?? undefined)
      seen = figures.length
      if (!found) return
      const [best, median] = [found.best, found.median].map(value => value.toPrecision(3))
      const why = `Hopeless at epoch ${found.epoch}: its best ${search.objective} is ${best}, and the median of the finished trials was ${median} by then.`
      record.changeTrial(id, number, { over: 'stopped', why })
      runs.line(run, { text: why })
      job.log(why)
      jobs.cancel(job.id)
    }
    const timer = setInterval(() => {
      // A timer has nobody to throw to; a disk that is full now may not be so the next time.
      try {
        look()
      } catch (error) {
        if (failureOf(error).code === 'internal') console.error(error)
      }
    }, LOOK_EVERY)
    return () => clearInterval(timer)
  }

  return async function attempt(asked: TrialAsked, job: JobContext): Promise<Run> {
    const { search: id, trial: number, until } = asked
    const search = record.get(id)
    const { run: known, hparams } = record.trial(id, number)
    const before = known !== null && runs.has(known) ? runs.get(known) : null
    if (before && isThrough(before, until, search)) return before
    const rung = until < search.plan.epochs ? until : undefined
    const unwatch = watchOver(asked, job)
    try {
      if (before && runs.placement(before.id)) return await ways.attach(before.id, job)
      if (before && before.origin === 'trained') return await ways.resume(before.id, job, rung)
      return await ways.start({ ...search.plan, hparams }, job, {
        search: id,
        until: rung,
        begun(run, { deviation }) {
          fitsTask(search, run)
          record.changeTrial(id, number, { run: run.id })
          if (deviation !== undefined) record.change(id, { deviation })
        },
      })
    } catch (error) {
      const { run } = record.trial(id, number)
      if (run === null || job.signal.aborted || failureOf(error).code !== 'interrupted') throw error
      const now = runs.get(run)
      if (!isThrough(now, until, search)) throw error
      return now
    } finally {
      unwatch()
    }
  }
}
