import { fileURLToPath } from 'node:url'
import type { Run, RunId } from '#contract'
import type { Doors, JobContext, Jobs } from '../jobs/index.ts'
import type { Store } from '../store/index.ts'
import type { SlicedSource, TransformRoom } from '../transform/index.ts'
import type { ValidationRoom } from '../validation/index.ts'
import { openAttaching } from './attach.ts'
import { openBeginning } from './begin.ts'
import { openCarryingOut } from './carryOut.ts'
import { openChoices } from './choices.ts'
import { type Features, openFeatures } from './features.ts'
import { openFollowing } from './follow.ts'
import { openBringing, openImportDoor, openRunFiles } from './importing/index.ts'
import { markInterrupted } from './interrupted.ts'
import { openTracking } from './mlflow/track.ts'
import { readModel, type TrainedModel } from './model.ts'
import { openPredicting, type Predict, type PredictFeatures } from './predict.ts'
import { openQueue } from './queue.ts'
import { codeOf } from './record/code.ts'
import { openCurves } from './record/curves.ts'
import { giveCurves } from './record/curvesOfEpochs.ts'
import { openRunsDoor } from './record/door.ts'
import { openScripts } from './record/script.ts'
import { type Keeps, openShelves } from './record/shelves.ts'
import { openRuns } from './runs.ts'
import { isOwn, openOwnPrograms } from './scripts/index.ts'
import { openSearching, withoutSearch } from './search/index.ts'
import { openTargets } from './targets/index.ts'

export interface TrainingRoom {
  door: Doors['training']
  /** @throws Failure `not-found` */
  get(run: string): Run
  /** The newest run of a model that has been trained to its end. */
  newest(model: string): Run | null
  /** @throws Failure `not-found` where the run has no model yet */
  model(run: Run): Promise<TrainedModel>
  predict: Predict
  predictFeatures: PredictFeatures
  features: Features
  /** Runs whose work goes on elsewhere, to be attached once the house stands. */
  placed(): RunId[]
  /** Searches that did not come to their end, to be gone on with once the house stands. */
  unfinished(): string[]
  /** Listens for MLflow where an engine did that was killed, once the house stands. */
  listenAgain(): Promise<void>
  /** Lets go of what holds ports. */
  close(): Promise<void>
  /** Adds a line to the log of a run: what another room made of it. */
  say(run: RunId, text: string): void
  /** Asks before a run is removed for good. */
  onKeep(keeps: Keeps): void
  /** Calls back with the runs while they are removed for good: what is kept for them goes in the same transaction. */
  onPurge(forget: (runs: RunId[]) => void): void
}

export function createTraining({
  store,
  dataset,
  validation,
  transform: transforms,
  jobs,
  worker = fileURLToPath(new URL('./worker.ts', import.meta.url)),
}: {
  store: Store
  dataset: SlicedSource
  validation: Pick<ValidationRoom, 'gate'>
  transform: Pick<TransformRoom, 'resolve'>
  jobs: Jobs
  /** The worker's file; a bundle says where its own is. */
  worker?: string
}): TrainingRoom {
  const runs = openRuns(store)
  giveCurves(store, runs)
  markInterrupted(store, runs)
  const targets = openTargets(store, worker, spec => jobs.lane(spec.name, spec))
  const choices = openChoices(targets)
  const follow = openFollowing({ store, runs, choices })
  const { carryOut, followOn, lay } = openCarryingOut({ store, dataset, choices, follow })
  let code: string | undefined
  const { start, resume, repeat, layOut } = openBeginning({
    ...{ store, dataset, validation, transforms, runs, choices, carryOut, lay },
    code: () => (code ??= codeOf(worker)),
  })
  const files = openRunFiles(store)
  const tracking = openTracking({ store, runs, files })
  const bring = openBringing({ store, dataset })
  const own = openOwnPrograms({
    ...{ store, dataset, validation, transforms, runs, choices, follow, bring, files },
  })
  const shelves = openShelves(store, runs)
  const attaching = openAttaching({
    store,
    runs,
    choices,
    jobs,
    followers: { trained: followOn, script: own.followOn },
  })

  const queue = openQueue({ jobs, runs, targets })
  const curves = openCurves(store)
  const searching = openSearching({
    ...{ store, dataset, transforms, runs, jobs, isOwn, check: choices.check },
    ways: {
      start: (plan, job, trial) => (isOwn(plan) ? own.start(plan, job, trial) : start(plan, job, trial)),
      resume,
      attach: attaching.attach,
    },
    curve(run, key) {
      if (!curves.of(run).some(metric => metric.key === key)) return []
      const { x, y } = curves.curve({ run, key, axis: 'step', most: 2000 })
      return x.flatMap((epoch, i) => (y[i] == null ? [] : [{ epoch, value: y[i] }]))
    },
    atOnce: name => targets.specOf(name)?.atOnce ?? 1,
  })

  const again = (run: Run, job: JobContext) =>
    run.origin === 'script' ? own.repeat(run, job) : repeat(run, job)

  return {
    get: runs.get,
    newest: runs.newest,
    placed: () => runs.placed().filter(id => !searching.looksAfter(runs.get(id))),
    unfinished: searching.unfinished,
    listenAgain: tracking.again,
    close: tracking.stop,
    say: (run, text) => runs.line(run, { text }),
    onKeep: shelves.onKeep,
    onPurge: shelves.onPurge,
    model: async run => readModel(store, run),
    ...openPredicting({ store, dataset, choices }),
    features: openFeatures({ store, dataset }),
    door: {
      ...targets.door,
      ...openRunsDoor({ store, runs, dataset, shelves, attaching, repeat: again }),
      ...openScripts({ store, runs, dataset, choices, layOut }),
      ...openImportDoor({ store, runs, dataset, transforms, bring, files, tracking }),
      ...queue,
      ...searching.door,
      async start(wanted, job) {
        if (wanted.search !== undefined) return await searching.start(wanted, job)
        const plain = withoutSearch(wanted)
        return isOwn(plain) ? await own.start(plain, job) : await start(plain, job)
      },
      resume: ({ run, target }, job) => resume(run, job, undefined, target),
      show: async ({ run }) => runs.get(run),
      watch: ({ run }, { signal }) => runs.watch(run, signal),
      choices: choices.list,
    },
  }
}
