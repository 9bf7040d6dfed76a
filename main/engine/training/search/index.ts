import type { DatasetVersion, Plan, Run, RunId } from '#contract'
import type { Doors, JobContext, Jobs } from '../../jobs/index.ts'
import { fail, now } from '../../kit/index.ts'
import type { Store } from '../../store/index.ts'
import { trialTitle } from '../jobTitle.ts'
import { labelColumnOf } from '../labelColumn.ts'
import type { Runs } from '../runs.ts'
import { planWith } from '../trainers/index.ts'
import { openConducting } from './conduct.ts'
import { trialsOf } from './draw.ts'
import { type Figure, objectiveOf, openFigures } from './objective.ts'
import { openSearchRecord } from './record.ts'
import { rungsOf } from './rungs.ts'
import { openShowing } from './shown.ts'
import { spaceOf } from './space.ts'
import { openTrying, type TrialAsked, type Ways } from './trial.ts'

export type { Trial } from './trial.ts'

type Started = Parameters<Doors['training']['start']>[0]

/** What a search says that a run does not. */
const OF_A_SEARCH = ['trials', 'objective', 'goal', 'stopping', 'factor', 'minEpochs'] as const

/** What is to be trained, without what only a search says. @throws Failure `bad-input` for one that is no search */
export function withoutSearch(wanted: Started): Started {
  const stray = OF_A_SEARCH.find(name => wanted[name] !== undefined)
  if (wanted.search === undefined && stray !== undefined)
    throw fail(
      'bad-input',
      `"${stray}" says something of a search, and this is none.`,
      'Say how to search with --search grid, random or halving.',
    )
  const { search: _, trials, objective, goal, stopping, factor, minEpochs, ...plain } = wanted
  return plain
}

/** Hyper-parameter search over any target: grid, random and successive halving. */
export function openSearching({
  store,
  dataset,
  transforms,
  runs,
  jobs,
  ways,
  curve,
  isOwn,
  check,
  atOnce,
}: {
  store: Store
  dataset: { resolve(ref: string): DatasetVersion }
  transforms: { resolve(ref: string): { name: string; number: number } }
  runs: Runs
  jobs: Pick<Jobs, 'offer' | 'places' | 'start' | 'cancel' | 'ended'>
  ways: Ways
  /** The points of a figure of a run. */
  curve(run: RunId, key: string): Figure[]
  isOwn(plan: Plan): boolean
  /** Refuses a plan that cannot be carried out here. */
  check(plan: Plan): void
  atOnce(target: string): number
}) {
  const record = openSearchRecord(store)
  const figures = openFigures(curve)
  const attempt = openTrying({ record, runs, jobs, figures, ways })
  const conduct = openConducting({ record, runs, jobs, figures, atOnce })
  const shown = openShowing({ runs, figures })

  // A trial is no entry of the contract: it is begun by its search only, and becomes no version of a model.
  jobs.offer('training', 'trial', {
    title(input) {
      const { search, trial } = input as TrialAsked
      return trialTitle(trial, record.get(search))
    },
    cancel: 'The last checkpoint is kept; the search goes on with the other trials.',
    run: (input, job) => attempt(input as TrialAsked, job),
  })
  jobs.places('training', 'trial', ({ search, trial }: TrialAsked) => {
    const { target, priority } = record.get(search).plan
    const { run } = record.trial(search, trial)
    const goesOn = run !== null && runs.has(run) && runs.placement(run) !== null
    return { lane: target, priority, enters: goesOn ? 'now' : 'turn' }
  })

  /** The plan of all trials, meaning the same data and the same transform for each, whenever it begins. */
  function planOf(wanted: Started): Plan {
    const { search: _, name, label, ...asked } = withoutSearch(wanted)
    const about = dataset.resolve(asked.dataset)
    const pinned = asked.transform === undefined ? null : transforms.resolve(asked.transform)
    return {
      ...asked,
      dataset: `${about.dataset}@${about.number}`,
      name: name ?? about.dataset,
      label: label ?? labelColumnOf(about),
      ...(pinned && { transform: `${pinned.name}@${pinned.number}` }),
    }
  }

  async function start(wanted: Started, job: JobContext): Promise<Run> {
    const { search: kind = 'random', trials, factor, minEpochs = null, stopping } = wanted
    const plan = planOf(wanted)
    const own = isOwn(plan)
    if (own && kind === 'halving')
      throw fail(
        'bad-input',
        'A program of your own does not stop between epochs, as halving needs it.',
        'Search with grid or random.',
      )
    const drawn = trialsOf(kind, spaceOf(plan.hparams), plan.seed, trials)
    const plans = drawn.map(hparams => planWith({ ...plan, hparams }))
    if (!own && plans[0]) check(plans[0])
    const halving = kind === 'halving'
    // Where the number of epochs is searched itself, each trial has its own.
    if (halving && plans.some(({ epochs }) => epochs !== plans[0]?.epochs))
      throw fail(
        'bad-input',
        'Halving gives each trial its epochs, so they cannot be searched, too.',
        'Leave the epochs out of the space.',
      )
    const epochs = halving ? (plans[0]?.epochs ?? plan.epochs) : plan.epochs
    const { id } = record.put({
      id: record.nextId(),
      at: now(),
      kind,
      plan: halving ? { ...plan, epochs } : plan,
      ...objectiveOf(wanted, own),
      deviation: null,
      stopping: halving ? 'none' : (stopping ?? 'median'),
      minEpochs,
      rungs: halving
        ? rungsOf(drawn.length, epochs, { factor, least: minEpochs ?? undefined })
        : [{ trials: drawn.length, epochs }],
      state: 'running',
      failure: null,
      best: null,
      job: job.id,
      endedAt: null,
      trials: drawn.map((hparams, i) => ({ number: i + 1, hparams, run: null, over: null, why: null })),
    })
    job.log(`${id}: ${drawn.length} trials.`)
    return await conduct(id, job)
  }

  async function resume(id: string, job: JobContext): Promise<Run> {
    const search = record.get(id)
    if (search.state === 'running')
      throw fail('bad-input', `${id} is still going on.`, 'Wait until it ends, or cancel its job.')
    if (search.state === 'succeeded')
      throw fail('bad-input', `${id} is at its end.`, 'Search again with more trials.')
    return await conduct(id, job)
  }

  const interrupted = () => record.list().filter(({ state }) => state === 'interrupted')

  const door: Pick<Doors['training'], 'searches' | 'search' | 'searchResume'> = {
    searches: async ({ model, limit }) => ({
      searches: record.list(model).slice(0, limit).map(shown.summary),
    }),
    search: async ({ search }) => shown.whole(record.get(search)),
    searchResume: ({ search }, job) => resume(search, job),
  }

  return {
    start,
    door,
    /** Searches that an engine conducted when it ended, the oldest first. */
    unfinished: (): string[] =>
      interrupted()
        .map(({ id }) => id)
        .reverse(),
    /** Whether a run is looked after by a search that will be gone on with. */
    looksAfter: (run: Run): boolean => interrupted().some(({ id }) => id === run.search),
  }
}
