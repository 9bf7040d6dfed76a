import { availableParallelism, totalmem } from 'node:os'
import type { Router } from '@orpc/server'
import type { Contract, Run } from '#contract'
import { createDataset } from './dataset/index.ts'
import { createEvaluation } from './evaluation/index.ts'
import { createFeedback } from './feedback/index.ts'
import { bind, openJobs } from './jobs/index.ts'
import { freeBytes } from './kit/index.ts'
import { openLineage } from './lineage/index.ts'
import { createOptimization } from './optimization/index.ts'
import { createPublishing } from './publishing/index.ts'
import { createRegistry } from './registry/index.ts'
import { createStatistics } from './statistics/index.ts'
import { openStore } from './store/index.ts'
import { createTraining } from './training/index.ts'
import { createTransform } from './transform/index.ts'
import { createValidation } from './validation/index.ts'

/** Where things lie that are not in the workspace. */
export interface Places {
  /** The workspace to open. */
  workspace: string
  /** Folder of the signing key; a person's own, never in a workspace that may be copied on. */
  keys: string
  /** Folder of the samples that ship with the product. */
  samples: string
  /** Program and arguments that start an agent, to which the agent's own flags are added. */
  agentEntry: string[]
  /** The training worker's file where it is not beside its room, as in a bundle. */
  worker?: string
  /** The same for the process that runs models to calibrate and prove them. */
  prover?: string
  version: string
}

/** The engine: all rooms over one open workspace, bound to the contract. */
export interface House {
  readonly router: Router<Contract, Record<never, never>>
  readonly folder: string
  readonly readOnly: boolean
  /** Ends all work, then lets the workspace go. What was reported as done is on disk before. */
  close(): Promise<void>
}

/** Opens a workspace and builds the rooms over it, in the order data flows. The only file that knows them all. */
export async function openHouse(places: Places): Promise<House> {
  const store = openStore(places.workspace)
  const lineage = openLineage(store)
  const jobs = openJobs(store, lineage, { keys: places.keys })
  const dataset = createDataset({ store, samples: places.samples })
  const statistics = createStatistics({ store, dataset })
  const validation = createValidation({ store, dataset, statistics })
  const transform = createTransform({ store, dataset })
  const training = createTraining({
    ...{ store, dataset, validation, transform, jobs },
    worker: places.worker,
  })
  const evaluation = createEvaluation({ store, dataset, training })
  const optimization = createOptimization({ store, dataset, training, evaluation, worker: places.prover })
  const registry = createRegistry({ store, evaluation, optimization })
  // A gate compares with the version that would be replaced; the evaluation room comes before the registry that knows it.
  evaluation.baselines(registry.aliased)
  const publishing = createPublishing({
    store,
    dataset,
    validation,
    training,
    evaluation,
    optimization,
    registry,
    keys: places.keys,
    agentEntry: places.agentEntry,
  })
  const { samples, records, desk } = publishing
  const feedback = createFeedback({ store, dataset, training, registry, samples, records, desk })
  // Whether a rollout goes on is decided by rows that are labeled in a later room.
  publishing.labeled(feedback.labeled)

  // A model that was trained becomes a version of its name at once; training itself knows no registry. What a person's
  // own program left without a model, or what came without data, cannot be published.
  const register = (run: Run, { uses, makes, log }: Parameters<typeof registry.register>[1]) => {
    if (run.artifact === null || run.version === null) return
    const told = (text: string) => {
      log(text)
      training.say(run.id, text)
    }
    registry.register(run, { uses, makes, log: told })
  }
  // Of a search the best trial only, which is what the search itself ends with.
  const registerAlone = (run: Run, job: Parameters<typeof register>[1]) => {
    if (run.search === null) register(run, job)
  }
  jobs.after('training', 'start', register)
  jobs.after('training', 'searchResume', register)
  jobs.after('training', 'resume', registerAlone)
  jobs.after('training', 'attach', registerAlone)
  jobs.after('training', 'import', ({ runs }: { runs: Run[] }, job) => {
    for (const run of runs) register(run, job)
  })

  const router = bind(
    {
      dataset: dataset.door,
      statistics: statistics.door,
      validation: validation.door,
      transform: transform.door,
      training: training.door,
      evaluation: evaluation.door,
      optimization: optimization.door,
      registry: registry.door,
      publishing: publishing.door,
      feedback: feedback.door,
      jobs: jobsDoor(),
      lineage: {
        show: async ({ id }) => {
          const artifact = lineage.get(id)
          return {
            artifact,
            job: artifact.madeBy ? jobs.get(artifact.madeBy) : null,
            parents: lineage.parents(id),
            children: lineage.children(id),
          }
        },
      },
      workspace: {
        show: async () => {
          const { backends } = await training.door.choices({}, { signal: new AbortController().signal })
          return {
            path: store.folder,
            name: store.name,
            readOnly: store.readOnly,
            format: store.format,
            bytes: store.bytes(),
            engine: {
              version: places.version,
              node: process.versions.node,
              process: process.pid,
              backend: backends.find(backend => backend.ready)?.title ?? 'none',
              cores: availableParallelism(),
              memoryBytes: totalmem(),
              freeDiskBytes: freeBytes(store.folder),
            },
          }
        },
      },
    },
    jobs,
    store,
  )

  // Work that outlived the last engine is followed on by itself.
  if (!store.readOnly) {
    for (const run of training.placed()) jobs.start('training', 'attach', { run })
    for (const search of training.unfinished()) jobs.start('training', 'searchResume', { search })
    publishing.watchOver()
    void training.listenAgain()
  }

  function jobsDoor(): Parameters<typeof bind>[0]['jobs'] {
    return {
      list: async ({ state, limit }) => ({ jobs: jobs.list(state, limit) }),
      show: async ({ id }) => jobs.get(id),
      cancel: async ({ id }) => jobs.cancel(id),
      prioritize: async ({ id, priority }) => jobs.prioritize(id, priority),
      again: async ({ id }) => jobs.again(id),
      logs: async ({ id, after }) => ({ lines: jobs.lines(id, after) }),
      watch: ({ id }, { signal }) => jobs.watch(signal, id),
    }
  }

  return {
    router,
    folder: store.folder,
    readOnly: store.readOnly,
    async close() {
      await publishing.close()
      await jobs.close()
      await training.close()
      dataset.close()
      store.close()
    },
  }
}
