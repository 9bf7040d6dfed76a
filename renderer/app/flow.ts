import { defineStore } from 'pinia'
import { computed, ref, watch } from 'vue'
import type {
  DatasetVersion,
  Device,
  Evaluation,
  Job,
  Model,
  ModelVersion,
  Release,
  Run,
  Validation,
  Variant,
} from '#contract'
import { useCall, useEngine, useJobs, useWatch } from '../engine/index.ts'

/** What is known of one dataset and of all that was made from it, newest first. */
export interface Flow {
  dataset: string
  versions: number
  latest: DatasetVersion
  statistics: { features: number; at: string } | null
  schema: number | null
  validation: Validation | null
  runs: Run[]
  evaluations: Evaluation[]
  /** The figure of this flow on every page: the trained model's newest evaluation on test rows. */
  evaluation: Evaluation | null
  variants: Variant[]
  models: Model[]
  /** The newest version that was made from this dataset. */
  newest: ModelVersion | null
  releases: Release[]
  devices: Device[]
  /** Jobs of this flow that are under way. */
  open: Job[]
}

const KEPT = 'edgewright.flow'

/** Work after which there are other runs, or runs that know more. */
const RUNS_AFTER = [
  'training.start',
  'training.resume',
  'training.rerun',
  'training.attach',
  'training.import',
]

/** The name in a dataset reference: `strikes@2` is of `strikes`. */
export const datasetOf = (ref: string): string => ref.replace(/@\d+$/, '')

/**
 * The flows of the workspace, one a dataset, and which one the window is on. A view of what the engine says: each
 * list is asked for anew after the work that changes it.
 */
export const useFlow = defineStore('flow', () => {
  const { engine, generation } = useEngine()
  const jobs = useJobs()

  const workspace = useCall(
    e => e.workspace.show,
    () => ({}),
    { after: ['dataset.import', 'dataset.fix', 'training.start', 'publishing.publish'] },
  )
  const datasets = useCall(
    e => e.dataset.list,
    () => ({}),
    { after: ['dataset.import', 'dataset.fix'] },
  )
  const runs = useCall(
    e => e.training.list,
    () => ({}),
    { after: RUNS_AFTER },
  )
  const evaluations = useCall(
    e => e.evaluation.list,
    () => ({}),
    { after: ['evaluation.run', 'optimization.freeze', 'optimization.convert'] },
  )
  const variants = useCall(
    e => e.optimization.list,
    () => ({}),
    { after: ['optimization.freeze', 'optimization.convert'] },
  )
  const models = useCall(
    e => e.registry.list,
    () => ({}),
    {
      after: [
        ...RUNS_AFTER,
        'evaluation.run',
        'optimization.freeze',
        'optimization.convert',
        'publishing.publish',
      ],
    },
  )
  const releases = useCall(
    e => e.publishing.releases,
    () => ({}),
    { after: ['publishing.publish'] },
  )
  const devices = useWatch(
    e => e.publishing.watch,
    () => ({}),
  )

  /* Statistics and checks are asked for by dataset; of the large answer only what the map needs is kept. */
  const known = ref(new Map<string, Pick<Flow, 'statistics' | 'schema' | 'validation'>>())
  async function measure(name: string): Promise<void> {
    const [statistics, validation] = await Promise.allSettled([
      engine.statistics.show({ data: name }),
      engine.validation.show({ data: name }),
    ])
    const counted = statistics.status === 'fulfilled' ? statistics.value.statistics : null
    const checked = validation.status === 'fulfilled' ? validation.value : null
    known.value.set(name, {
      statistics: counted && { features: counted.features.length, at: counted.at },
      schema: checked?.schema?.number ?? null,
      validation: checked?.validation ?? null,
    })
  }
  watch(
    () => [generation.value, ...(datasets.value?.datasets.map(d => d.latest.id) ?? [])].join(),
    () => {
      for (const { name } of datasets.value?.datasets ?? []) measure(name)
    },
    { immediate: true },
  )
  jobs.onEnd(job => {
    const data = (job.input as { data?: string } | null)?.data
    if (['statistics', 'validation'].includes(job.room) && data) measure(datasetOf(data))
  })

  const all = computed<Flow[]>(() => (datasets.value?.datasets ?? []).map(flowOf))

  function flowOf({
    name,
    versions,
    latest,
  }: {
    name: string
    versions: number
    latest: DatasetVersion
  }): Flow {
    const ofThis = newestFirst(runs.value?.runs ?? []).filter(
      run => run.plan.dataset !== null && datasetOf(run.plan.dataset) === name,
    )
    const ids = new Set<string>(ofThis.map(run => run.id))
    const theirs = (models.value?.models ?? []).filter(model => model.versions.some(v => ids.has(v.run)))
    const names = new Set<string>(theirs.map(model => model.name))
    const measured = newestFirst(evaluations.value?.evaluations ?? []).filter(
      e => e.run !== null && ids.has(e.run),
    )
    return {
      dataset: name,
      versions,
      latest,
      ...(known.value.get(name) ?? { statistics: null, schema: null, validation: null }),
      runs: ofThis,
      evaluations: measured,
      evaluation: measured.find(e => e.variant === 'layers' && e.split === 'test') ?? null,
      variants: newestFirst(variants.value?.variants ?? []).filter(v => v.run && ids.has(v.run)),
      models: theirs,
      newest:
        newestFirst(theirs.flatMap(model => model.versions.filter(version => ids.has(version.run))))[0] ??
        null,
      releases: newestFirst(releases.value?.releases ?? []).filter(r => names.has(r.model)),
      devices: (devices.value?.devices ?? []).filter(d => d.models.some(m => names.has(m.model))),
      open: jobs.open.filter(job => isOf(job, name, ids, names)),
    }
  }

  const wanted = ref(localStorage.getItem(KEPT))
  /** The dataset whose flow the window is on: the chosen one, else the one that changed last. */
  const current = computed<Flow | null>(
    () =>
      all.value.find(flow => flow.dataset === wanted.value) ??
      newestFirst(all.value.map(f => ({ f, at: f.latest.at })))[0]?.f ??
      null,
  )
  const dataset = computed(() => current.value?.dataset ?? null)
  function choose(name: string): void {
    wanted.value = name
    localStorage.setItem(KEPT, name)
  }

  const readOnly = computed(() => workspace.value?.readOnly ?? false)
  /** Why nothing can be changed here, for `closedReason` of buttons; null where it can. */
  const closed = computed(() =>
    readOnly.value ? 'This workspace is open in another window, so it can only be looked at here.' : null,
  )

  return {
    workspace,
    datasets,
    runs,
    evaluations,
    variants,
    models,
    releases,
    devices,
    all,
    current,
    dataset,
    choose,
    readOnly,
    closed,
    measure,
  }
})

const newestFirst = <T extends { at: string }>(list: readonly T[]): T[] =>
  [...list].sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0))

/** Whether a job works on a dataset or on what was made from it, as far as its input says. */
function isOf(job: Job, dataset: string, runs: Set<string>, models: Set<string>): boolean {
  const input = (job.input ?? {}) as Record<string, unknown>
  const of = [input.dataset, input.data, input.name].filter(word => typeof word === 'string').map(datasetOf)
  return (
    of.includes(dataset) ||
    runs.has(String(input.run ?? input.model ?? '')) ||
    models.has(String(input.model ?? ''))
  )
}
