import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import type { Plan, Run } from '#contract'
import type { JobContext } from '../../jobs/index.ts'
import { atomicWrite, ensureFolder, FailureError } from '../../kit/index.ts'
import type { Store } from '../../store/index.ts'
import type { TransformRoom } from '../../transform/index.ts'
import { eventRuns, followEvents, openGathering } from '../events/index.ts'
import type { RunWork } from '../follow.ts'
import { type Bring, findModels, prefixed, type RunFiles } from '../importing/index.ts'
import { recordedIn } from '../mlflow/index.ts'
import { PREPARING, type RunRecord } from '../record.ts'
import { FILES, type ScriptWork } from '../work.ts'
import { type DataSource, VARIABLE, writeSplits } from './data.ts'
import { asksForParquet, writeProgram } from './program.ts'

/** A plan of a run whose data is known. */
export type OwnRun = Run & { version: NonNullable<Run['version']>; plan: Plan }

/** What a run of a person's own program puts into its folder, and what it takes out of it. */
export function openOwnWork({
  store,
  dataset,
  transforms,
  bring,
  files,
}: {
  store: Store
  dataset: DataSource
  transforms: Pick<TransformRoom, 'resolve'>
  bring: Bring
  files: RunFiles
}) {
  return function workOf(run: OwnRun, job: JobContext): RunWork {
    const { id, plan } = run
    const version = dataset.resolve(run.version)
    let follower: ReturnType<typeof followOutput> | undefined
    /** The first of MLflow's runs is this run; the figures of others come under their names. */
    const tracked = new Map<string, string>()

    return {
      async prepare(folder, record) {
        const { hparams, seed, label } = plan
        const written = await writeSplits(
          { dataset, store },
          version,
          { folder, under: FILES.data, label, parquet: asksForParquet(store, run.code) },
          {
            where: run.where,
            signal: job.signal,
            progress: share => job.progress(PREPARING * share, 'writing the data'),
          },
        )
        const script = run.code
          ? `${FILES.program}/${writeProgram(store, run.code, join(folder, FILES.program))}`
          : plan.script
        ensureFolder(join(folder, FILES.model))
        const work: ScriptWork = {
          kind: 'script',
          ...(plan.image !== undefined && { image: plan.image }),
          ...(script !== undefined && { script }),
          env: {
            ...Object.fromEntries(
              (['train', 'eval', 'test'] as const).map(split => [VARIABLE[split], written[split].path]),
            ),
            MODEL_DIR: FILES.model,
            HPARAMS: JSON.stringify(hparams),
            LABEL: label,
            SEED: String(seed),
          },
        }
        atomicWrite(join(folder, FILES.work), JSON.stringify(work))
        const rows = { train: written.train.rows, eval: written.eval.rows, test: written.test.rows }
        record.put({ rows, backend: plan.image ?? 'own program' })
      },
      grown(_, record) {
        follower ??= followOutput(join(store.folder, 'runs', id), record, files)
        void follower.read().catch(() => {})
      },
      aside(from, text, record) {
        if (from !== 'recorder') return false
        return hearRecorder(text, record, tracked, join(store.folder, 'runs', id))
      },
      async keep(folder, _, record) {
        follower ??= followOutput(folder, record, files)
        await follower.read()
        readFigures(join(folder, FILES.model, 'metrics.json'), record)
        const left = [
          await files.keep(id, join(folder, FILES.model), '', job.signal),
          await files.keep(id, join(folder, FILES.recorded), 'mlflow/', job.signal),
        ]
        for (const says of left) if (says) record.say(says, 'warning')
        record.flush()
        return await keepModel(folder, record)
      },
    }

    /** The model that the program left becomes the run's, where it opens and fits the data. */
    async function keepModel(folder: string, record: RunRecord): Promise<Partial<Run>> {
      const found = [FILES.model, FILES.recorded]
        .map(name => join(folder, name))
        .filter(existsSync)
        .flatMap(findModels)
      if (found.length === 0) {
        record.say('The program left no model that opens here; its files are kept.', 'warning')
        return {}
      }
      for (const path of found)
        try {
          const change = await bring(
            { path },
            {
              version,
              label: plan.label,
              task: plan.task,
              features: plan.features,
              recipe: plan.transform === undefined ? null : transforms.resolve(plan.transform).recipe,
              size: plan.size,
              where: run.where,
            },
            run,
            job,
            text => record.say(text, 'warning'),
          )
          record.say(`Its model is ${path.slice(folder.length + 1)}.`)
          const { backend: _, rows: __, ...kept } = change
          return kept
        } catch (error) {
          if (!(error instanceof FailureError) || job.signal.aborted) throw error
          const { message, remedy } = error.failure
          record.say(`${path.slice(folder.length + 1)} is not its model: ${message} ${remedy}`, 'warning')
        }
      return {}
    }
  }
}

/** Follows the event files that a program writes where it leaves its model. */
function followOutput(folder: string, record: RunRecord, files: RunFiles) {
  const place = join(folder, FILES.model)
  const gathering = openGathering()
  const names = new Map<string, string>()
  const follower = followEvents(
    () => {
      for (const { prefix, files } of prefixed(eventRuns(place)))
        for (const file of files) names.set(file, prefix)
      return [...names.keys()]
    },
    file => gathering.sinkOf(plainPrefix(names.get(file) ?? '')),
  )
  const put = () => {
    const { points, params, histograms } = gathering.take()
    if (points.length > 0 || Object.keys(params).length > 0) record.note(points, params)
    files.addHistograms(record.run.id, histograms)
  }
  let reading: Promise<unknown> = Promise.resolve()
  return {
    /** One after the other: two at once would read the same. */
    read(): Promise<unknown> {
      reading = reading
        .catch(() => {})
        .then(async () => {
          const { damages } = await follower.read({ pause: put })
          put()
          return damages
        })
      return reading
    },
  }
}

/** Folders that hold nothing but logs say nothing: `logs/train/` is `train/`. */
const plainPrefix = (prefix: string): string =>
  prefix.replace(/^(?:(?:logs?|events?|tensorboard|tb|runs)\/)+/, '')

/** What a program told the tracking server. @returns whether the line was of it */
function hearRecorder(
  text: string,
  record: RunRecord,
  tracked: Map<string, string>,
  folder: string,
): boolean {
  const said = recordedIn(text)
  if (!said) return false
  const prefix = 'run' in said && said.run !== null ? (tracked.get(said.run) ?? '') : ''
  if (said.kind === 'begun') {
    tracked.set(said.run, tracked.size === 0 ? '' : `${said.name}/`)
    record.log(`MLflow run ${said.name} of ${said.experiment}.`)
  } else if (said.kind === 'points')
    record.note(said.points.map(point => ({ ...point, key: prefix + point.key, value: Number(point.value) })))
  else if (said.kind === 'params')
    record.note(
      [],
      Object.fromEntries(Object.entries(said.values).map(([key, value]) => [prefix + key, value])),
    )
  else if (said.kind === 'tags') {
    const tags = Object.entries(said.values).map(([key, value]) => `${key}=${value}`.slice(0, 80))
    record.put({ tags: [...new Set([...record.run.tags, ...tags])] })
  } else if (said.kind === 'piece') writePiece(join(folder, FILES.recorded), said)
  return true
}

/** A piece of a file that came as a line. */
function writePiece(
  folder: string,
  { path, at, base64 }: { path: string; at: number; base64: string },
): void {
  const name = normalize(path)
  if (name.startsWith('..') || name.startsWith('/')) return
  const place = join(folder, name)
  mkdirSync(dirname(place), { recursive: true })
  const file = openSync(place, at === 0 || !existsSync(place) ? 'w' : 'r+')
  try {
    writeSync(file, Buffer.from(base64, 'base64'), 0, undefined, at)
  } finally {
    closeSync(file)
  }
}

/** Figures at the end, `{"accuracy": 0.9}`, as many programs leave them. */
function readFigures(path: string, record: RunRecord): void {
  if (!existsSync(path)) return
  try {
    const found: unknown = JSON.parse(readFileSync(path, 'utf8'))
    const points = figuresIn(found, '').map(([key, value]) => ({
      key,
      step: 0,
      at: Date.now() / 1000,
      value,
    }))
    record.note(points)
  } catch {
    record.say('metrics.json cannot be read.', 'warning')
  }
}

function figuresIn(value: unknown, key: string): [string, number][] {
  if (typeof value === 'number') return key === '' ? [] : [[key, value]]
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return []
  return Object.entries(value).flatMap(([name, inner]) =>
    figuresIn(inner, key === '' ? name : `${key}/${name}`),
  )
}
