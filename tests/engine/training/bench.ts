import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { contract, inputOf, type Job, Plan, type Run, type RunId } from '#contract'
import type { DatasetRoom } from '../../../main/engine/dataset/index.ts'
import { createEvaluation } from '../../../main/engine/evaluation/index.ts'
import { openJobs } from '../../../main/engine/jobs/index.ts'
import { openLineage } from '../../../main/engine/lineage/index.ts'
import { openStore, type Store } from '../../../main/engine/store/index.ts'
import { createTraining } from '../../../main/engine/training/index.ts'
import { createTransform } from '../../../main/engine/transform/index.ts'
import type { ValidationRoom } from '../../../main/engine/validation/index.ts'

export const aFolder = (): { path: string; remove(): void } => {
  const path = mkdtempSync(join(tmpdir(), 'edgewright-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

type Source = Pick<DatasetRoom, 'resolve' | 'read' | 'filterOf'>

/** Rows in memory have no saved slices, and no SQL can be asked of them. */
const sliced = (source: Source) => ({
  slicesOf: () => [],
  open: () => Promise.reject(new Error('These rows lie in memory.')),
  ...source,
})

/** The rooms transform, training and evaluation over a real store, with jobs and lineage as in the house. */
export function openBench<S extends Source>(
  folder: string,
  sourceOf: S | ((store: Store) => S),
  { worker, gate = () => null }: { worker?: string; gate?: ValidationRoom['gate'] } = {},
) {
  const store = openStore(folder)
  const dataset = typeof sourceOf === 'function' ? sourceOf(store) : sourceOf
  const lineage = openLineage(store)
  const jobs = openJobs(store, lineage)
  const transform = createTransform({ store, dataset })
  const training = createTraining({
    store,
    dataset,
    validation: { gate },
    transform,
    jobs,
    ...(worker && { worker }),
  })
  const evaluation = createEvaluation({ store, dataset: sliced(dataset), training })
  jobs.offer('transform', 'fit', {
    title: () => 'Fit',
    cancel: 'c',
    run: (input, job) => transform.door.fit(input as Parameters<typeof transform.door.fit>[0], job),
  })
  jobs.offer('training', 'start', {
    title: () => 'Train',
    cancel: 'c',
    run: (input, job) => training.door.start(input as Plan, job),
  })
  jobs.offer('training', 'resume', {
    title: () => 'Continue',
    cancel: 'c',
    run: (input, job) => training.door.resume({ run: input as RunId }, job),
  })
  jobs.offer('training', 'attach', {
    title: () => 'Attach',
    cancel: 'c',
    run: (input, job) => training.door.attach(input as { run: RunId }, job),
  })
  jobs.offer('training', 'rerun', {
    title: () => 'Run again exactly',
    cancel: 'c',
    run: (input, job) => training.door.rerun(input as { run: RunId; tolerance: number }, job),
  })
  jobs.offer('evaluation', 'run', {
    title: () => 'Evaluate',
    cancel: 'c',
    run: (input, job) =>
      evaluation.door.run(
        inputOf(contract.evaluation.run).parse(input) as Parameters<typeof evaluation.door.run>[0],
        job,
      ),
  })
  return {
    store,
    dataset,
    lineage,
    jobs,
    transform,
    training,
    evaluation,
    train: (plan: Partial<Plan>) =>
      jobs.start(
        'training',
        'start',
        Plan.parse({
          dataset: 'table',
          name: 'flowers',
          label: 'kind',
          layers: [24, 12],
          epochs: 12,
          batch: 32,
          learningRate: 0.01,
          ...plan,
        }),
      ),
    async close() {
      await jobs.close()
      store.close()
    },
  }
}

export type Bench = Omit<ReturnType<typeof openBench>, 'dataset'>

/** The result of a job that must succeed. */
export async function resultOf<T>({ jobs }: Bench, job: Job): Promise<T> {
  const { status } = await jobs.ended(job.id)
  if (status.state !== 'succeeded') throw new Error(`${job.title}: ${JSON.stringify(status)}`)
  return status.result as T
}

export const runOf = (bench: Bench, job: Job): Promise<Run> => resultOf<Run>(bench, job)

/** The failure of a job that must fail. */
export async function failureOf({ jobs }: Bench, job: Job) {
  const { status } = await jobs.ended(job.id)
  if (status.state !== 'failed') throw new Error(`it did not fail: ${JSON.stringify(status)}`)
  return status.failure
}

/** Waits until a run has so many epochs. */
export async function epochsDone({ training }: Bench, run: string, count: number): Promise<Run> {
  for await (const now of training.door.watch({ run: run as RunId }, { signal: AbortSignal.timeout(60_000) }))
    if (now.epochs.length >= count) return now
  throw new Error(`${run} ended before epoch ${count}`)
}

/** Waits until a run is there. */
export async function runBegun({ training }: Bench, id: string): Promise<Run> {
  for (;;) {
    try {
      return training.get(id)
    } catch {
      await new Promise(resolve => setTimeout(resolve, 20))
    }
  }
}
