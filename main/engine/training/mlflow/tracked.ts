import { randomUUID } from 'node:crypto'
import type { Recorded, RunStatus } from './recorded.ts'
import { missing, Refusal } from './refusal.ts'
import {
  type Experiment,
  type Keeper,
  type Kind,
  type LoggedModel,
  NOT_KEPT,
  type TrackedPoint,
  type TrackedRun,
} from './things.ts'

/** Points of a figure that are remembered for who asks for its history; the newest count. */
const REMEMBERED = 100_000

/** What programs have told, in memory; everything is told on, and kept by who hears it. */
export type Tracked = ReturnType<typeof openTracked>

const PARENT = 'mlflow.parentRunId'
const NAME = 'mlflow.runName'

/**
 * @param tell hears of every thing once it has been accepted
 * @param keeper what was told before, and where it is kept that it was
 */
export function openTracked(tell: (said: Recorded) => void, keeper: Keeper = NOT_KEPT) {
  const before = keeper.load()
  const byId = <T extends { id: string }>(all: T[]) => new Map(all.map(each => [each.id, each]))
  const experiments = byId(before.experiments)
  const runs = byId(before.runs)
  const models = byId(before.models)
  /** What was taken in hand since it was last kept, and may have been changed. */
  const taken = new Map<string, { kind: Kind; id: string }>()
  const take = (kind: Kind, id: string) => taken.set(`${kind} ${id}`, { kind, id })
  const byName = (name: string) => [...experiments.values()].find(each => each.name === name)

  if (!experiments.has('0')) addExperiment('Default', new Map(), '0')

  function addExperiment(name: string, tags: Map<string, string>, id = String(experiments.size)): Experiment {
    if (!name) throw new Refusal('INVALID_PARAMETER_VALUE', 'An experiment needs a name.')
    if (byName(name))
      throw new Refusal('RESOURCE_ALREADY_EXISTS', `The experiment "${name}" is there already.`)
    const made = { id, name, at: Date.now(), tags, removed: false }
    experiments.set(id, made)
    take('experiment', id)
    return made
  }

  function experiment(id: string): Experiment {
    const found = experiments.get(id)
    if (!found) throw missing(`experiment ${id}`)
    take('experiment', id)
    return found
  }

  function run(id: string): TrackedRun {
    const found = runs.get(id)
    if (!found) throw missing(`run ${id}`)
    take('run', id)
    return found
  }

  function model(id: string): LoggedModel {
    const found = models.get(id)
    if (!found) throw missing(`model ${id}`)
    take('model', id)
    return found
  }

  function begin(about: {
    experiment: string
    name: string
    user: string
    at: number
    tags: Map<string, string>
  }) {
    const { id: place, name: group } = experiment(about.experiment || '0')
    const id = randomUUID().replaceAll('-', '')
    const name = about.name || about.tags.get(NAME) || `run-${id.slice(0, 6)}`
    const tags = new Map(about.tags).set(NAME, name)
    const made: TrackedRun = {
      id,
      experiment: place,
      name,
      user: about.user,
      status: 'RUNNING',
      startedAt: about.at || Date.now(),
      endedAt: null,
      params: new Map(),
      tags,
      figures: new Map(),
      inputs: [],
      outputs: [],
      removed: false,
    }
    runs.set(id, made)
    take('run', id)
    tell({
      kind: 'begun',
      run: id,
      name,
      experiment: group,
      parent: tags.get(PARENT) ?? null,
      at: made.startedAt / 1000,
    })
    tellTags(id, tags)
    return made
  }

  function points(id: string, list: (TrackedPoint & { key: string })[]): void {
    const { figures } = run(id)
    if (list.length === 0) return
    for (const { key, ...point } of list) {
      if (!key) throw new Refusal('INVALID_PARAMETER_VALUE', 'A metric needs a name.')
      const known = figures.get(key)
      if (!known) figures.set(key, [point])
      else if (known.push(point) > REMEMBERED * 1.1) known.splice(0, known.length - REMEMBERED)
    }
    tell({
      kind: 'points',
      run: id,
      points: list.map(({ key, step, timestamp, value }) => ({
        key,
        step,
        at: timestamp / 1000,
        value: Number.isFinite(value) ? value : String(value),
      })),
    })
  }

  function params(id: string, list: [string, string][]): void {
    const known = run(id).params
    for (const [key, value] of list) {
      if (!key) throw new Refusal('INVALID_PARAMETER_VALUE', 'A param needs a name.')
      const before = known.get(key)
      if (before !== undefined && before !== value)
        throw new Refusal(
          'INVALID_PARAMETER_VALUE',
          `Changing param values is not allowed. Param with key='${key}' was already logged with value='${before}' for run ID='${id}'. Attempted logging new value '${value}'.`,
        )
    }
    for (const [key, value] of list) known.set(key, value)
    if (list.length > 0) tell({ kind: 'params', run: id, values: Object.fromEntries(list) })
  }

  function tellTags(id: string, some: Iterable<[string, string]>): void {
    const own = [...some].filter(([key]) => !key.startsWith('mlflow.'))
    if (own.length > 0) tell({ kind: 'tags', run: id, values: Object.fromEntries(own) })
  }

  function tags(id: string, list: [string, string][]): void {
    const found = run(id)
    for (const [key, value] of list) {
      found.tags.set(key, value)
      if (key === NAME) found.name = value
    }
    tellTags(id, list)
  }

  function update(id: string, { status, at, name }: { status?: RunStatus; at?: number; name?: string }) {
    const found = run(id)
    if (name) tags(id, [[NAME, name]])
    if (!status || status === found.status) return found
    found.status = status
    if (status === 'RUNNING' || status === 'SCHEDULED') return found
    found.endedAt = at || Date.now()
    tell({ kind: 'ended', run: id, status, at: found.endedAt / 1000 })
    return found
  }

  function addModel(made: Omit<LoggedModel, 'id' | 'at' | 'status'>): LoggedModel {
    experiment(made.experiment)
    const id = `m-${randomUUID().replaceAll('-', '')}`
    const whole = { ...made, id, at: Date.now(), status: 'LOGGED_MODEL_PENDING' }
    models.set(id, whole)
    take('model', id)
    return whole
  }

  return {
    experiments,
    runs,
    models,
    byName,
    addExperiment,
    experiment,
    begin,
    run,
    points,
    params,
    tags,
    update,
    addModel,
    model,
    /** Keeps what was taken in hand, once a call has been answered that may have changed it. */
    keep(): void {
      const all = { experiment: experiments, run: runs, model: models }
      for (const { kind, id } of taken.values()) keeper.save(kind, id, all[kind].get(id) ?? null)
      taken.clear()
    },
    /** A file was put among the artifacts. */
    file: (path: string, bytes: number) => {
      const owner = path.split('/')[1] ?? ''
      tell({ kind: 'file', run: runs.has(owner) ? owner : null, path, bytes })
    },
  }
}
