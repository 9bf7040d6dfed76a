import type { Plan, RunId } from '#contract'
import type { Doors, Jobs, Place } from '../jobs/index.ts'
import { fail } from '../kit/index.ts'
import { startTitle } from './jobTitle.ts'
import type { Runs } from './runs.ts'
import type { Targets } from './targets/index.ts'

/** More jobs than this are in no list. */
const MOST = 100_000

/**
 * A lane for each target: what trains there waits for its turn, and holds up nothing else. Following work that runs there
 * already takes room and never waits. What only looks after other jobs, as a search, takes none.
 */
export function openQueue({
  jobs,
  runs,
  targets,
}: {
  jobs: Pick<Jobs, 'places' | 'names' | 'lane' | 'list'>
  runs: Pick<Runs, 'has' | 'get'>
  targets: Pick<Targets, 'list' | 'specOf'>
}): Pick<Doors['training'], 'queue'> {
  for (const { name } of targets.list()) {
    const spec = targets.specOf(name)
    if (spec) jobs.lane(name, spec)
  }

  const turn = ({ target, priority }: Pick<Plan, 'target' | 'priority'>): Place => ({
    lane: targets.specOf(target) ? target : null,
    priority,
  })
  // A run that is not there is told of by the job itself.
  function ofRun({ run, target }: { run?: RunId; target?: string | undefined }): Place {
    if (run === undefined || !runs.has(run)) return { lane: null }
    const { plan } = runs.get(run)
    return turn({ ...plan, target: target ?? plan.target })
  }

  jobs.places('training', 'start', (plan: Plan & { search?: string }) =>
    plan.search === undefined ? turn(plan) : { lane: null, enters: 'beside' },
  )
  jobs.names('training', 'start', startTitle)
  jobs.places('training', 'searchResume', () => ({ lane: null, enters: 'beside' }))
  jobs.places('training', 'resume', ofRun)
  jobs.places('training', 'rerun', ofRun)
  jobs.places('training', 'attach', (input: { run?: RunId }) => ({ ...ofRun(input), enters: 'now' }))

  return {
    async queue({ target: wanted }) {
      const found = targets.list().filter(({ name }) => wanted === undefined || name === wanted)
      if (found.length === 0)
        throw fail(
          'not-found',
          `There is no target "${wanted}".`,
          '"training target list" shows those there are.',
        )
      // Newest first as they are listed; the order of one lane is by priority, then as they came.
      const open = jobs.list('open', MOST).reverse()
      return {
        targets: found.map(({ name, kind, title }) => {
          const mine = open.filter(job => job.lane === name)
          const { atOnce = 1, paused = false } = targets.specOf(name) ?? {}
          return {
            ...{ name, kind, title, atOnce, paused },
            running: mine.filter(({ status }) => status.state === 'running'),
            waiting: mine
              .filter(({ status }) => status.state === 'queued')
              .sort((a, b) => b.priority - a.priority),
          }
        }),
      }
    },
  }
}
