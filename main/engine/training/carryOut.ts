import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { DatasetVersion, Hash, Run } from '#contract'
import { outputWidth } from '../encoding/index.ts'
import type { JobContext } from '../jobs/index.ts'
import { atomicWrite, failureOf, now } from '../kit/index.ts'
import type { Store } from '../store/index.ts'
import type { RowSource } from '../transform/index.ts'
import type { Choices } from './choices.ts'
import { classWeightsOf } from './classWeights.ts'
import { describeWeights } from './described.ts'
import { encodeSplit } from './encode.ts'
import type { Fitted } from './fit.ts'
import { dropData, folderOf } from './folder.ts'
import { interruptedBy } from './interrupted.ts'
import { keepModel } from './model.ts'
import { openRecord, PREPARING } from './record.ts'
import type { Runs } from './runs.ts'
import { trainedRun } from './trained.ts'
import { keptWords } from './words.ts'
import { FILES, type TrainWork } from './work.ts'

/**
 * Brings a run that was begun to its end: encodes the data, lets a worker train, keeps the model. However it ends, the
 * run says so before this does.
 */
export type CarryOut = (
  begun: Run,
  version: DatasetVersion,
  fitted: Pick<Fitted, 'label' | 'transform'>,
  job: JobContext,
) => Promise<Run>

export function openCarryingOut({
  store,
  dataset,
  runs,
  choices,
}: {
  store: Store
  dataset: RowSource
  runs: Runs
  choices: Choices
}): CarryOut {
  async function encodeBoth(
    version: DatasetVersion,
    where: Run['where'],
    fitted: Pick<Fitted, 'label' | 'transform'>,
    folder: string,
    job: JobContext,
  ): Promise<{ rows: TrainWork['rows']; labels: Float32Array }> {
    const rows = { train: 0, eval: 0 }
    let labels: Float32Array = new Float32Array()
    for (const [i, split] of (['train', 'eval'] as const).entries()) {
      const encoded = await encodeSplit(
        dataset,
        version,
        fitted,
        split,
        { features: join(folder, FILES.features(split)), labels: join(folder, FILES.labels(split)) },
        {
          signal: job.signal,
          where,
          progress: share =>
            job.progress(PREPARING * (0.5 + (i ? 0.45 : 0) + share * (i ? 0.05 : 0.45)), 'encoding the data'),
        },
      )
      rows[split] = encoded.rows
      if (split === 'train') labels = encoded.labels
    }
    return { rows, labels }
  }

  return async function carryOut(
    begun: Run,
    version: DatasetVersion,
    fitted: Pick<Fitted, 'label' | 'transform'>,
    job: JobContext,
  ): Promise<Run> {
    const { id } = begun
    const { plan } = trainedRun(begun)
    const { label, transform } = fitted
    const folder = folderOf(store, id)
    const record = openRecord(begun, runs, job)
    job.uses(version.id)
    job.makes({ id: begun.transform as Hash, kind: 'transform', title: `Transform of ${plan.name}, ${id}` })
    try {
      const { rows, labels } = await encodeBoth(version, begun.where, fitted, folder, job)
      const { trainer, backend, epochs, batch, learningRate, schedule, warmup, patience, seed } = plan
      const sizes = { inputs: transform.width, outputs: outputWidth(label) }
      const work: TrainWork = {
        kind: 'train',
        ...{ trainer, backend, epochs, batch, learningRate, schedule, warmup, patience, seed },
        task: label.task,
        ...sizes,
        rows,
        net: choices.trainerOf(trainer).net({ plan, task: label.task, ...sizes, transform }),
        classWeights: classWeightsOf(plan, label, labels),
      }
      atomicWrite(join(folder, FILES.work), JSON.stringify(work))
      job.progress(PREPARING, 'starting the training')
      const { best, stoppedEarly } = await choices.targetOf(plan.target).run(folder, {
        signal: job.signal,
        line: text => job.log(text),
        tell: record.hear,
      })
      describeWeights(folder, work)
      const kept = await keepModel(store, folder, transform, label)
      job.uses(begun.transform as Hash)
      job.makes({ id: kept.artifact, kind: 'model', title: `${plan.name}, ${id}` })
      const done = record.put({ ...kept, best, stoppedEarly, state: 'succeeded', endedAt: now() })
      rmSync(folder, { recursive: true, force: true })
      if (stoppedEarly)
        job.log(
          `Stopped early: no better epoch in ${plan.patience} after epoch ${best}, whose weights are kept.`,
        )
      return done
    } catch (error) {
      dropData(folder)
      // A workspace that was closed meanwhile reads "interrupted" when it is opened again.
      if (!store.db.open) throw error
      if (job.signal.aborted) job.keeps(`${keptWords(record.run)}; continue the run to go on.`)
      record.put({
        state: job.interrupted ? 'interrupted' : job.signal.aborted ? 'cancelled' : 'failed',
        failure: job.interrupted ? interruptedBy(record.run) : job.signal.aborted ? null : failureOf(error),
        endedAt: now(),
      })
      throw error
    }
  }
}
