import type { Job, Run } from '#contract'
import type { JobContext, Jobs } from '../../jobs/index.ts'
import { FailureError, fail, failureOf, now } from '../../kit/index.ts'
import type { Runs } from '../runs.ts'
import { type Figures, ranked } from './objective.ts'
import type { KeptSearch, SearchRecord } from './record.ts'
import { isThrough, type TrialAsked } from './trial.ts'

/**
 * Brings a search to its end: its trials are jobs in the lane of their target, as many at a time as that takes, so that
 * other work comes in between. What is done already stays done, so a search can be gone on with at any time.
 */
export function openConducting({
  record,
  runs,
  jobs,
  figures: { worthOf },
  atOnce,
}: {
  record: SearchRecord
  runs: Runs
  jobs: Pick<Jobs, 'start' | 'cancel' | 'ended'>
  figures: Figures
  /** Runs that a target takes side by side. */
  atOnce(target: string): number
}) {
  const runOf = (search: KeptSearch, number: number): Run | null => {
    const id = search.trials[number - 1]?.run ?? null
    return id !== null && runs.has(id) ? runs.get(id) : null
  }
  const isOver = (search: KeptSearch, number: number, until: number) =>
    search.trials[number - 1]?.over != null || isThrough(runOf(search, number), until, search)

  /** Trials by what they are worth at an epoch; those that failed or have been given up are not among them. */
  function order(search: KeptSearch, numbers: number[], until?: number) {
    const worth = numbers.flatMap(number => {
      const run = runOf(search, number)
      if (!run || run.state === 'failed' || search.trials[number - 1]?.over === 'cancelled') return []
      return [{ number, run, value: worthOf(run, search, until) }]
    })
    return ranked(worth, search.goal)
  }

  /** The best of those that came to their end. */
  function bestOf(id: string) {
    const search = record.get(id)
    const all = order(
      search,
      search.trials.map(({ number }) => number),
    )
    return (
      all.find(({ run }) => run.state === 'succeeded' && run.artifact !== null) ?? all.find(isEnded) ?? null
    )
  }

  /** Says of those that do not go on why not. @returns those that do, and the others, the better first */
  function promote(id: string, members: number[], epochs: number, count: number): [number[], number[]] {
    const search = record.get(id)
    const all = order(search, members, epochs)
    const [up, out] = [all.slice(0, count), all.slice(count)]
    const bar = up.at(-1)?.value?.toPrecision(3)
    for (const { number, run, value } of out) {
      if (run.state === 'succeeded' || search.trials[number - 1]?.over) continue
      const why = `Not among the better ${up.length} of ${members.length} after epoch ${epochs}: ${search.objective} ${value?.toPrecision(3)}, the last that goes on has ${bar}.`
      record.changeTrial(id, number, { over: 'stopped', why })
      runs.hear(run.id, {
        lines: [{ text: why }],
        change: {
          failure: { code: 'interrupted', message: why, remedy: 'Continue the run to go on with it.' },
        },
      })
    }
    return [up, out].map(some => some.map(({ number }) => number)) as [number[], number[]]
  }

  /** What a trial's job ended with. @throws what ends the whole search */
  function settle(id: string, number: number, { status }: Job, job: JobContext): void {
    const search = record.get(id)
    const run = runOf(search, number)
    const { over, why } = record.trial(id, number)
    if (status.state === 'failed') {
      // One that could not even begin would not as another trial either; one that is lost may still go on there.
      if (run?.state !== 'failed') throw new FailureError(status.failure)
      job.log(`Trial ${number} failed: ${status.failure.message}`, 'warning')
    } else if (status.state === 'cancelled') {
      job.signal.throwIfAborted()
      if (!over) record.changeTrial(id, number, { over: 'cancelled', why: 'It was cancelled.' })
      job.log(`Trial ${number}: ${why ?? 'it was cancelled.'}`)
    } else if (status.state === 'interrupted') throw leaving()
    else if (run) {
      const value = worthOf(run, search)?.toPrecision(4) ?? 'not told'
      job.log(`Trial ${number}, ${run.id}: ${search.objective} ${value}.`)
    }
  }

  /** A job at its end; while the program leaves, one that waits comes to none. */
  function endOf(trial: Job, job: JobContext): Promise<Job> {
    const left = new Promise<never>((_, refuse) => {
      const leave = () => job.interrupted && refuse(leaving())
      job.signal.addEventListener('abort', leave, { once: true })
      if (job.signal.aborted) leave()
    })
    return Promise.race([jobs.ended(trial.id), left])
  }

  async function through(
    id: string,
    numbers: number[],
    until: number,
    job: JobContext,
    tell: (ended: number) => void,
  ): Promise<void> {
    const search = record.get(id)
    const todo = numbers.filter(number => !isOver(search, number, until))
    const going = new Map<string, Promise<void>>()
    const stopAll = () => {
      if (!job.interrupted) for (const trial of going.keys()) jobs.cancel(trial)
    }
    job.signal.addEventListener('abort', stopAll)
    try {
      while (todo.length + going.size > 0) {
        job.signal.throwIfAborted()
        while (todo.length > 0 && going.size < atOnce(search.plan.target)) {
          const number = todo.shift() ?? 0
          const asked: TrialAsked = { search: id, trial: number, until }
          const trial = jobs.start('training', 'trial', asked)
          const work = endOf(trial, job)
            .then(ended => settle(id, number, ended, job))
            .finally(() => going.delete(trial.id))
          going.set(trial.id, work)
        }
        tell(numbers.length - todo.length - going.size)
        await Promise.race(going.values())
      }
    } catch (error) {
      if (!job.interrupted) {
        stopAll()
        await Promise.allSettled(going.values())
      }
      throw error
    } finally {
      job.signal.removeEventListener('abort', stopAll)
    }
  }

  async function climb(id: string, job: JobContext): Promise<Run> {
    const { rungs, trials, objective } = record.get(id)
    let members = trials.map(({ number }) => number)
    let others: number[] = []
    const all = rungs.reduce((sum, rung) => sum + rung.trials, 0)
    let before = 0
    const tell = (ended: number) => {
      const best = bestSoFar(id)
      const says = best === null ? '' : `, best ${objective} ${best.toPrecision(3)} so far`
      job.progress((before + ended) / all, `trial ${Math.min(all, before + ended + 1)} of ${all}${says}`)
    }
    for (const [i, rung] of rungs.entries()) {
      const last = rungs[i - 1]
      if (last) {
        ;[members, others] = promote(id, members, last.epochs, rung.trials)
        job.log(`${members.length} of ${last.trials} trials go on to epoch ${rung.epochs}.`)
      }
      await through(id, members, rung.epochs, job, tell)
      before += rung.trials
    }
    // Those that were to be the best may have failed on their last stretch: then the next ones are tried.
    for (const number of others) {
      if (bestOf(id)) break
      record.changeTrial(id, number, { over: null, why: null })
      await through(id, [number], record.get(id).plan.epochs, job, () => {})
    }
    const best = bestOf(id)
    if (!best) throw noneOf(id)
    job.log(`The best is trial ${best.number}, ${best.run.id}: ${objective} ${best.value?.toPrecision(4)}.`)
    record.change(id, { state: 'succeeded', best: best.run.id, endedAt: now() })
    return best.run
  }

  function bestSoFar(id: string): number | null {
    const search = record.get(id)
    const all = order(
      search,
      search.trials.map(({ number }) => number),
    )
    return all[0]?.value ?? null
  }

  function noneOf(id: string): FailureError {
    const search = record.get(id)
    const failure = search.trials.map(({ number }) => runOf(search, number)?.failure).find(each => each)
    return fail(
      'training-failed',
      `None of the ${search.trials.length} trials came to its end.${failure ? ` The first that failed says: ${failure.message}` : ''}`,
      failure?.remedy ?? 'See the log of a trial, and search elsewhere.',
    )
  }

  return async function conduct(id: string, job: JobContext): Promise<Run> {
    record.change(id, { state: 'running', failure: null, endedAt: null, job: job.id })
    try {
      return await climb(id, job)
    } catch (error) {
      const failure = failureOf(error)
      const { trials } = record.get(id)
      const done = trials.filter(({ number }) => isEnded({ run: runOf(record.get(id), number) })).length
      job.keeps(
        `${done} of ${trials.length} trials are finished and kept, and the checkpoints of the others; continue the search to go on.`,
      )
      const lost = failure.code === 'unreachable'
      record.change(id, {
        state: job.interrupted || lost ? 'interrupted' : job.signal.aborted ? 'cancelled' : 'failed',
        failure: job.signal.aborted ? null : failure,
        endedAt: now(),
      })
      throw error
    }
  }
}

const isEnded = ({ run }: { run: Run | null }): boolean => run?.state === 'succeeded'

const leaving = () =>
  fail('interrupted', 'The engine ended while this search was going on.', 'Continue the search.')
