import { fileURLToPath } from 'node:url'
import type { Hash, Run } from '#contract'
import type { Doors } from '../jobs/index.ts'
import type { Store } from '../store/index.ts'
import type { SlicedSource, TransformRoom } from '../transform/index.ts'
import type { ValidationRoom } from '../validation/index.ts'
import { openBeginning } from './begin.ts'
import { openCarryingOut } from './carryOut.ts'
import { openChoices } from './choices.ts'
import { type Features, openFeatures } from './features.ts'
import { markInterrupted } from './interrupted.ts'
import { readModel, type TrainedModel } from './model.ts'
import { openPredicting, type Predict } from './predict.ts'
import { openRuns } from './runs.ts'
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
  features: Features
}

export function createTraining({
  store,
  dataset,
  validation,
  transform: transforms,
  worker = fileURLToPath(new URL('./worker.ts', import.meta.url)),
}: {
  store: Store
  dataset: SlicedSource
  validation: Pick<ValidationRoom, 'gate'>
  transform: Pick<TransformRoom, 'resolve'>
  /** The worker's file; a bundle says where its own is. */
  worker?: string
}): TrainingRoom {
  const runs = openRuns(store)
  markInterrupted(store, runs)
  const targets = openTargets(store, worker)
  const choices = openChoices(targets)
  const carryOut = openCarryingOut({ store, dataset, runs, choices })
  const { start, resume } = openBeginning({ store, dataset, validation, transforms, runs, choices, carryOut })

  return {
    get: runs.get,
    newest: model => runs.list(model).find(run => run.artifact !== null) ?? null,
    model: async run => readModel(store, run),
    predict: openPredicting({ store, dataset, choices }),
    features: openFeatures({ store, dataset }),
    door: {
      ...targets.door,
      start,
      resume: ({ run }, job) => resume(run, job),
      list: async ({ model, dataset: name }) => {
        const versions = name === undefined ? null : versionsOf(name)
        return { runs: runs.list(model).filter(run => !versions || versions(run)) }
      },
      show: async ({ run }) => runs.get(run),
      watch: ({ run }, { signal }) => runs.watch(run, signal),
      choices: choices.list,
    },
  }

  /** Runs on a dataset: of all its versions by name, or of one by `name@2` or hash. */
  function versionsOf(ref: string): (run: Run) => boolean {
    const version = dataset.resolve(ref)
    if (ref === version.dataset) return run => run.version !== null && nameOf(run.version) === version.dataset
    return run => run.version === version.id
  }

  function nameOf(version: Hash): string | null {
    try {
      return dataset.resolve(version).dataset
    } catch {
      return null
    }
  }
}
