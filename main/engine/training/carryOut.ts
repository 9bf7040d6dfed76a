import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DatasetVersion, Plan, Run } from '#contract'
import { type LabelSpec, outputWidth, type TransformSpec } from '../encoding/index.ts'
import type { JobContext } from '../jobs/index.ts'
import { atomicWrite, fail } from '../kit/index.ts'
import type { Store } from '../store/index.ts'
import type { RowSource } from '../transform/index.ts'
import type { Choices } from './choices.ts'
import { classWeightsOf } from './classWeights.ts'
import { describeWeights } from './described.ts'
import { encodeSplit } from './encode.ts'
import type { Fitted } from './fit.ts'
import { folderOf } from './folder.ts'
import type { Follow, RunWork } from './follow.ts'
import { type Frozen, keepFrozen } from './images/backbone.ts'
import { encodeFrozen } from './images/encodeFrozen.ts'
import { joinedModel } from './images/joinedModel.ts'
import { keepModel } from './model.ts'
import { PREPARING } from './record.ts'
import { trainedRun } from './trained.ts'
import { FILES, type TrainWork } from './work.ts'

/** The work as it lies in the folder; the label goes along, so that it can be followed by its folder alone. */
type KeptWork = TrainWork & { label: LabelSpec; frozen?: Frozen | null }

/** What was fitted, as far as the work needs it. */
interface Learned extends Pick<Fitted, 'label' | 'transform' | 'frozen'> {
  /** It ends after this epoch, with its checkpoint. */
  until?: number | undefined
}

/** Runs of our trainers: the data is encoded, a worker trains, the model is kept. */
export interface CarryOut {
  /** Brings a run that was begun to its end. */
  carryOut(begun: Run, fitted: Learned, job: JobContext): Promise<Run>
  /** Writes into a folder all that the work of a run reads. */
  lay(run: Run, fitted: Learned, folder: string, job: JobContext): Promise<TrainWork>
  /** The same for one whose work goes on elsewhere already. @throws Failure `not-found` */
  followOn(begun: Run, job: JobContext): Promise<Run>
}

export function openCarryingOut({
  store,
  dataset,
  choices,
  follow,
}: {
  store: Store
  dataset: RowSource & { resolve(ref: string): DatasetVersion }
  choices: Choices
  follow: Follow
}): CarryOut {
  async function encodeBoth(
    version: DatasetVersion,
    where: Run['where'],
    fitted: Learned,
    { backend, flip }: Pick<Plan, 'backend' | 'flip'>,
    folder: string,
    job: JobContext,
  ): Promise<{ rows: TrainWork['rows']; labels: Float32Array }> {
    const rows = { train: 0, eval: 0 }
    let labels: Float32Array = new Float32Array()
    let { frozen = null } = fitted
    for (const [i, split] of (['train', 'eval'] as const).entries()) {
      const files = {
        features: join(folder, FILES.features(split)),
        labels: join(folder, FILES.labels(split)),
      }
      const reading = {
        signal: job.signal,
        where,
        flip: flip && split === 'train',
        progress: (share: number) =>
          job.progress(
            PREPARING * (0.5 + (i ? 0.45 : 0) + share * (i ? 0.05 : 0.45)),
            frozen ? 'computing features' : 'encoding the data',
          ),
      }
      const tools = { store, dataset, target: choices.targetOf('local'), folder, backend, job }
      const computed =
        frozen && (await encodeFrozen(tools, version, { ...fitted, frozen }, split, files, reading))
      // What the head learns on is scaled as the train split says, and so is what it is judged by.
      if (frozen && computed) frozen = { ...frozen, scaling: computed.scaling }
      const encoded = computed ?? (await encodeSplit(dataset, version, fitted, split, files, reading))
      rows[split] = encoded.rows
      if (split === 'train') labels = encoded.labels
    }
    if (frozen) keepFrozen(folder, frozen)
    return { rows, labels }
  }

  /** Writes what the worker reads: the encoded rows of both splits, and what is to be done with them. */
  async function layWork(begun: Run, fitted: Learned, folder: string, job: JobContext): Promise<KeptWork> {
    const { plan, version } = trainedRun(begun)
    const { label, transform, frozen = null, until } = fitted
    const { rows, labels } = await encodeBoth(
      dataset.resolve(version),
      begun.where,
      fitted,
      plan,
      folder,
      job,
    )
    const { trainer, backend, epochs, batch, learningRate, schedule, warmup, patience, seed } = plan
    const sizes = { inputs: frozen?.width ?? transform.width, outputs: outputWidth(label) }
    const work: KeptWork = {
      label,
      frozen,
      kind: 'train',
      ...{ trainer, backend, epochs, batch, learningRate, schedule, warmup, patience, seed },
      ...(until !== undefined && { until }),
      task: label.task,
      ...sizes,
      rows,
      net: choices.trainerOf(trainer).net({ plan, task: label.task, ...sizes, transform }),
      classWeights: classWeightsOf(plan, label, labels),
    }
    atomicWrite(join(folder, FILES.work), JSON.stringify(work))
    return work
  }

  /** What a trainer's run puts into its folder, and what it takes out of it. */
  function workOf(begun: Run, fitted: Learned, job: JobContext): RunWork {
    const { id } = begun
    const { plan, version, transform: transformId } = trainedRun(begun)
    const { label, transform, frozen = null } = fitted
    job.uses(version)
    job.makes({ id: transformId, kind: 'transform', title: `Transform of ${plan.name}, ${id}` })
    return {
      prepare: folder => layWork(begun, fitted, folder, job).then(() => {}),
      async keep(folder) {
        describeWeights(folder, workIn(folder))
        const kept = frozen
          ? joinedModel(store, folder, frozen, transform, label)
          : await keepModel(store, folder, transform, label)
        job.uses(transformId)
        job.makes({ id: kept.artifact, kind: 'model', title: `${plan.name}, ${id}` })
        return kept
      },
    }
  }

  return {
    lay: layWork,
    carryOut: (begun, fitted, job) => follow(begun, workOf(begun, fitted, job), job),
    async followOn(begun, job) {
      const folder = folderOf(store, begun.id)
      if (!existsSync(join(folder, FILES.work)))
        throw fail(
          'not-found',
          `What ${begun.id} needs to be followed is not in this workspace any more.`,
          'Train again from the start.',
        )
      const transform = JSON.parse(store.blobs.read(trainedRun(begun).transform).toString()) as TransformSpec
      const { label, frozen = null } = workIn(folder)
      return await follow(begun, workOf(begun, { label, transform, frozen }, job), job)
    },
  }
}

const workIn = (folder: string): KeptWork =>
  JSON.parse(readFileSync(join(folder, FILES.work), 'utf8')) as KeptWork
