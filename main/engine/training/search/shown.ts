import type { Run, Search, SearchAxis, SearchSummary, SearchTrial } from '#contract'
import type { Runs } from '../runs.ts'
import type { Figures } from './objective.ts'
import type { KeptSearch, KeptTrial } from './record.ts'
import { type Dimension, spaceOf } from './space.ts'

/** Searches as they are shown: what is kept of them, with what their runs say now. */
export function openShowing({ runs, figures }: { runs: Runs; figures: Figures }) {
  const runOf = ({ run }: KeptTrial): Run | null => (run !== null && runs.has(run) ? runs.get(run) : null)

  function stateOf(trial: KeptTrial, run: Run | null, search: KeptSearch): SearchTrial['state'] {
    if (trial.run !== null && run === null) return 'gone'
    if (run?.state === 'succeeded') return 'finished'
    if (run?.state === 'running') return 'running'
    if (trial.over) return trial.over
    if (run === null || (run.state === 'interrupted' && search.state === 'running')) return 'waiting'
    return run.state
  }

  function trialOf(trial: KeptTrial, search: KeptSearch): SearchTrial {
    const run = runOf(trial)
    const { number, hparams } = trial
    return {
      ...{ number, hparams, run: trial.run },
      state: stateOf(trial, run, search),
      why: trial.why ?? (run?.state === 'failed' ? (run.failure?.message ?? null) : null),
      value: run && figures.worthOf(run, search),
      figures: run ? figures.figuresOf(run, search) : [],
    }
  }

  function summary(search: KeptSearch): SearchSummary {
    const { id, kind, plan, state, failure, objective, goal, job, at, endedAt } = search
    const best = search.trials.find(({ run }) => run !== null && run === search.best)
    const bestRun = best ? runOf(best) : null
    return {
      ...{ id, kind, state, failure, objective, goal, job, at, endedAt },
      ...{ model: plan.name, dataset: plan.dataset, trainer: plan.trainer, target: plan.target },
      trials: search.trials.length,
      ended: search.trials.filter(each => each.over !== null || isOver(runOf(each))).length,
      best:
        best && bestRun
          ? { run: bestRun.id, trial: best.number, value: figures.worthOf(bestRun, search) }
          : null,
    }
  }

  function whole(search: KeptSearch): Search {
    return {
      ...summary(search),
      plan: search.plan,
      stopping: search.stopping,
      rungs: search.kind === 'halving' ? search.rungs : [],
      axes: spaceOf(search.plan.hparams).flatMap(axisOf),
      trials: search.trials.map(trial => trialOf(trial, search)),
    }
  }

  return { summary, whole }
}

const isOver = (run: Run | null) => run?.state === 'succeeded' || run?.state === 'failed'

function axisOf(dimension: Dimension): SearchAxis[] {
  if (dimension.kind === 'fixed') return []
  const { name } = dimension
  if (dimension.kind === 'choices')
    return [{ name, choices: dimension.choices, min: null, max: null, log: false, integer: false }]
  const { min, max, log, integer } = dimension
  return [{ name, choices: null, min, max, log, integer }]
}
