import { existsSync, statSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import type { Run } from '#contract'
import type { Doors, JobContext } from '../../jobs/index.ts'
import { fail, now } from '../../kit/index.ts'
import type { SlicedSource, TransformRoom } from '../../transform/index.ts'
import { type EventRun, eventRuns, followEvents, openGathering } from '../events/index.ts'
import type { Runs } from '../runs.ts'
import type { Bring } from './bring.ts'
import { findModels } from './findModels.ts'
import type { ModelData } from './fitModel.ts'
import { type MlflowRun, mlflowRuns, readMetrics, readParams, readTags } from './mlruns.ts'
import { nameFrom, newRun, ofFile } from './newRun.ts'
import type { RunFiles } from './runFiles.ts'

type Wanted = Parameters<Doors['training']['import']>[0]

/** Points that are held before they are written. */
const AT_ONCE = 20_000

/** What lies at a path. */
interface Found {
  events: EventRun[]
  mlflow: MlflowRun[]
  model: string | null
}

/** Makes runs of what was trained elsewhere: curves, a model, or both. */
export function openImporting({
  runs,
  dataset,
  transforms,
  bring,
  files,
}: {
  runs: Runs
  dataset: SlicedSource
  transforms: Pick<TransformRoom, 'resolve'>
  bring: Bring
  files: RunFiles
}) {
  function begin(
    about: { name: string; at?: Date | undefined },
    job: JobContext,
    more: Partial<Run> = {},
  ): Run {
    return runs.put({
      ...newRun({ id: runs.nextId(), model: nameFrom(about.name), origin: 'imported', job: job.id }),
      ...(about.at && { at: about.at.toISOString() }),
      ...more,
    })
  }

  /** Reads event files into a run. @returns what was passed over */
  async function takeEvents(run: Run, found: { prefix: string; files: string[] }[], job: JobContext) {
    const gathering = openGathering()
    const prefixes = new Map(found.flatMap(({ prefix, files }) => files.map(file => [file, prefix] as const)))
    let status: 'succeeded' | 'failed' | null = null
    let [first, last] = [Number.POSITIVE_INFINITY, 0]
    let [points, histograms] = [0, 0]
    const put = (least: number) => {
      const held = gathering.take(least)
      if (!held) return
      runs.points(run.id, held.points)
      files.addHistograms(run.id, held.histograms)
      if (Object.keys(held.params).length > 0) runs.params(run.id, held.params)
      for (const { at } of held.points) {
        if (at < first) first = at
        if (at > last) last = at
      }
      points += held.points.length
      histograms += held.histograms.length
      status = held.status ?? status
      job.progress(null, `${points} points of ${run.id}`)
    }
    const followed = await followEvents(
      () => [...prefixes.keys()],
      file => gathering.sinkOf(prefixes.get(file) ?? ''),
    ).read({ signal: job.signal, pause: () => put(AT_ONCE) })
    put(0)
    if (followed.events === 0 && followed.damages.length > 0)
      throw fail(
        'unreadable-file',
        `${basename(followed.damages[0]?.file ?? '')} holds no events: ${followed.damages[0]?.says}`,
        'Copy the file again from where it was written.',
      )
    if (points > 0)
      runs.change(run.id, {
        at: new Date(first * 1000).toISOString(),
        endedAt: new Date(last * 1000).toISOString(),
      })
    if (status === 'failed') runs.change(run.id, { state: 'failed' })
    runs.line(run.id, {
      text: `${points} points and ${histograms} histograms of ${prefixes.size} event ${prefixes.size === 1 ? 'file' : 'files'}.`,
    })
    return followed.damages.map(({ file, at, says }) => `${basename(file)}, byte ${at}: ${says}`)
  }

  function takeMlflow(found: MlflowRun, wanted: Wanted, job: JobContext): { run: Run; notes: string[] } {
    const run = begin({ name: wanted.name ?? found.experiment, at: new Date(found.startedAt) }, job, {
      notes: found.name,
      tags: Object.entries(readTags(found.folder)).map(([key, value]) => `${key}=${value}`.slice(0, 80)),
    })
    const damaged = readMetrics(found.folder, points => runs.points(run.id, points))
    const params = readParams(found.folder)
    if (Object.keys(params).length > 0) runs.params(run.id, params)
    return {
      run: runs.change(run.id, {
        state: found.status === 'running' ? 'interrupted' : found.status,
        endedAt: found.endedAt ? new Date(found.endedAt).toISOString() : null,
      }),
      notes: damaged > 0 ? [`${found.name}: ${damaged} lines of its figures cannot be read.`] : [],
    }
  }

  function dataOf(wanted: Wanted): (ModelData & { where?: Run['where']; transform?: string }) | null {
    if (wanted.dataset === undefined && wanted.label === undefined) return null
    if (wanted.dataset === undefined || wanted.label === undefined)
      throw fail(
        'bad-input',
        wanted.label === undefined
          ? 'It is not said which column the model predicts.'
          : 'It is not said on which dataset the model is to be measured.',
        wanted.label === undefined ? 'Add --label.' : 'Add --dataset.',
      )
    const version = dataset.resolve(wanted.dataset)
    const known = wanted.transform === undefined ? null : transforms.resolve(wanted.transform)
    return {
      version,
      label: wanted.label,
      task: wanted.task,
      classes: wanted.classes,
      features: wanted.features,
      recipe: known?.recipe ?? null,
      // A name means its newest version now; the run was given this one.
      ...(known && { transform: `${known.name}@${known.number}` }),
      pictures: wanted.pictures,
      size: wanted.size,
      answers: wanted.answers,
      where: wanted.slice === undefined ? undefined : dataset.filterOf(version.dataset, wanted.slice),
    }
  }

  /** Keeps the model of a run, and what its plan says of the data. */
  async function takeModel(run: Run, path: string, wanted: Wanted, job: JobContext): Promise<string[]> {
    const data = dataOf(wanted)
    const notes: string[] = []
    const change = await bring({ ...wanted, path }, data, run, job, text => void notes.push(text))
    const { features, slice, task } = wanted
    runs.change(run.id, {
      ...change,
      ...(data && {
        ...(data.where && { where: data.where }),
        plan: {
          ...run.plan,
          dataset: wanted.dataset as string,
          label: data.label,
          ...(features && { features }),
          ...(data.transform && { transform: data.transform }),
          ...(slice && { slice }),
          ...(task && { task }),
        },
      }),
    })
    runs.line(run.id, { text: `The model is ${basename(path)}.` })
    for (const text of notes) runs.line(run.id, { text, level: 'warning' })
    return notes
  }

  return async function importRuns(
    wanted: Wanted,
    job: JobContext,
  ): Promise<{ runs: Run[]; notes: string[] }> {
    const path = resolve(wanted.path)
    // What is wrong with the words is said before anything is read.
    dataOf(wanted)
    const found = look(path)
    const title = wanted.name ?? ofFile(basename(path))
    const made: Run[] = []
    const notes: string[] = []
    const whole = async (run: Run, fill: (run: Run) => Promise<string[]>) => {
      try {
        notes.push(...(await fill(run)))
        const state = runs.get(run.id).state
        const ended = runs.get(run.id).endedAt ?? now()
        made.push(runs.change(run.id, { state: state === 'running' ? 'succeeded' : state, endedAt: ended }))
      } catch (error) {
        runs.drop(run.id)
        throw error
      }
    }
    for (const each of found.mlflow) {
      job.signal.throwIfAborted()
      const { run, notes: more } = takeMlflow(each, wanted, job)
      notes.push(...more)
      const model = findModelIn(join(each.folder, 'artifacts'))
      if (model) notes.push(...(await takeModel(run, model, wanted, job)))
      made.push(runs.get(run.id))
    }
    if (found.model !== null) {
      const { model, events } = found
      await whole(begin({ name: title }, job), async run => [
        ...(events.length > 0 ? await takeEvents(run, prefixed(events), job) : []),
        ...(await takeModel(run, model, wanted, job)),
      ])
    } else
      for (const each of found.events)
        await whole(begin({ name: each.name === '.' ? title : `${title} ${each.name}` }, job), run =>
          takeEvents(run, [{ prefix: '', files: each.files }], job),
        )
    for (const note of notes) job.log(note, 'warning')
    return { runs: made, notes }
  }
}

/** Curves of the folders of one training: those in `train` are called `train/loss`. */
export const prefixed = (events: EventRun[]) =>
  events.map(({ name, files }) => ({ prefix: name === '.' ? '' : `${name}/`, files }))

const findModelIn = (folder: string): string | null =>
  existsSync(folder) ? (findModels(folder)[0] ?? null) : null

/** @throws Failure `not-found`, `bad-input` where nothing there can become a run */
function look(path: string): Found {
  if (!existsSync(path))
    throw fail('not-found', `There is nothing at ${path}.`, 'Check the path of the file or folder.')
  const events = eventRuns(path)
  if (!statSync(path).isDirectory())
    return events.length > 0 ? { events, mlflow: [], model: null } : { events: [], mlflow: [], model: path }
  const mlflow = mlflowRuns(path)
  if (mlflow.length > 0) return { events: [], mlflow, model: null }
  const model = findModelIn(path) ?? (existsSync(join(path, 'checkpoint')) ? path : null)
  if (model === null && events.length === 0)
    throw fail(
      'bad-input',
      `There are no event files and no model in ${path}.`,
      'Choose a folder of TensorBoard or MLflow, or a model of a format that opens here.',
    )
  return { events, mlflow: [], model }
}
