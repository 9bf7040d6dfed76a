import type { Artifacts } from './artifacts.ts'
import type { RunStatus } from './recorded.ts'
import { missing, Refusal } from './refusal.ts'
import { filterOf, orderOf } from './search.ts'
import type { TrackedRun } from './things.ts'
import type { Tracked } from './tracked.ts'
import { artifactsOf, experimentJson, infoJson, modelJson, pointJson, runJson } from './wire.ts'

/** What a call brings: its query or its JSON body. Numbers of 64 bits come as numbers or as texts. */
type Asked = Record<string, unknown>
type Answer = (asked: Asked) => object

const text = (value: unknown): string => (value === undefined || value === null ? '' : String(value))
const whole = (value: unknown): number => Math.trunc(Number(value ?? 0)) || 0
const list = (value: unknown): Asked[] => (Array.isArray(value) ? (value as Asked[]) : [])
const pairsIn = (value: unknown): [string, string][] =>
  list(value).map(({ key, value }) => [text(key), text(value)])
const pointIn = ({ key, value, timestamp, step }: Asked) => ({
  key: text(key),
  // A value that is left out is 0, as protocol buffers have it.
  value: Number(value ?? 0),
  timestamp: whole(timestamp) || Date.now(),
  step: whole(step),
})

/** A list in pages; the token is where the next one begins. */
function page<T>(all: T[], { max_results, page_token }: Asked, usual: number): { part: T[]; next: string } {
  const from = whole(page_token)
  const most = Math.min(50_000, whole(max_results) || usual)
  return { part: all.slice(from, from + most), next: from + most < all.length ? String(from + most) : '' }
}

const isShown = (removed: boolean, view: unknown): boolean =>
  text(view) === 'ALL' || removed === (text(view) === 'DELETED_ONLY')

/** The calls that MLflow's client makes (mlflow/protos/service.proto), by their path behind `/api/2.0/mlflow/`. */
export function answersOf(tracked: Tracked, artifacts: Artifacts): Record<string, Answer> {
  const runIn = ({ run_id, run_uuid }: Asked): TrackedRun => tracked.run(text(run_id ?? run_uuid))
  const removing =
    (removed: boolean): Answer =>
    asked => {
      runIn(asked).removed = removed
      return {}
    }
  const hiding =
    (removed: boolean): Answer =>
    asked => {
      tracked.experiment(text(asked.experiment_id)).removed = removed
      return {}
    }

  const searchExperiments: Answer = asked => {
    const all = [...tracked.experiments.values()].filter(({ removed }) => isShown(removed, asked.view_type))
    const { part, next } = page(all.reverse(), asked, 1000)
    return { experiments: part.map(experimentJson), next_page_token: next }
  }

  return {
    'experiments/create': ({ name, tags }) => ({
      experiment_id: tracked.addExperiment(text(name), new Map(pairsIn(tags))).id,
    }),
    'experiments/search': searchExperiments,
    'experiments/list': searchExperiments,
    'experiments/get': ({ experiment_id }) => ({
      experiment: experimentJson(tracked.experiment(text(experiment_id))),
    }),
    'experiments/get-by-name': ({ experiment_name }) => {
      const found = tracked.byName(text(experiment_name))
      if (!found) throw missing(`experiment "${text(experiment_name)}"`)
      return { experiment: experimentJson(found) }
    },
    'experiments/update': ({ experiment_id, new_name }) => {
      tracked.experiment(text(experiment_id)).name = text(new_name)
      return {}
    },
    'experiments/delete': hiding(true),
    'experiments/restore': hiding(false),
    'experiments/set-experiment-tag': ({ experiment_id, key, value }) => {
      tracked.experiment(text(experiment_id)).tags.set(text(key), text(value))
      return {}
    },
    'experiments/delete-experiment-tag': ({ experiment_id, key }) => {
      tracked.experiment(text(experiment_id)).tags.delete(text(key))
      return {}
    },

    'runs/create': ({ experiment_id, user_id, run_name, start_time, tags }) => ({
      run: runJson(
        tracked.begin({
          experiment: text(experiment_id),
          name: text(run_name),
          user: text(user_id),
          at: whole(start_time),
          tags: new Map(pairsIn(tags)),
        }),
      ),
    }),
    'runs/get': asked => ({ run: runJson(runIn(asked)) }),
    'runs/update': asked => ({
      run_info: infoJson(
        tracked.update(runIn(asked).id, {
          ...(asked.status !== undefined && { status: statusIn(asked.status) }),
          at: whole(asked.end_time),
          name: text(asked.run_name),
        }),
      ),
    }),
    'runs/search': asked => {
      const wanted = new Set((Array.isArray(asked.experiment_ids) ? asked.experiment_ids : []).map(text))
      const holds = filterOf(text(asked.filter))
      const found = [...tracked.runs.values()]
        .filter(run => wanted.has(run.experiment) && isShown(run.removed, asked.run_view_type) && holds(run))
        .sort(orderOf((Array.isArray(asked.order_by) ? asked.order_by : []).map(text)))
      const { part, next } = page(found, asked, 1000)
      return { runs: part.map(runJson), next_page_token: next }
    },
    'runs/delete': removing(true),
    'runs/restore': removing(false),
    'runs/log-metric': asked => {
      tracked.points(runIn(asked).id, [pointIn(asked)])
      return {}
    },
    'runs/log-parameter': asked => {
      tracked.params(runIn(asked).id, [[text(asked.key), text(asked.value)]])
      return {}
    },
    'runs/set-tag': asked => {
      tracked.tags(runIn(asked).id, [[text(asked.key), text(asked.value)]])
      return {}
    },
    'runs/delete-tag': asked => {
      if (!runIn(asked).tags.delete(text(asked.key))) throw missing(`tag "${text(asked.key)}"`)
      return {}
    },
    'runs/log-batch': asked => {
      const { id } = runIn(asked)
      tracked.params(id, pairsIn(asked.params))
      tracked.points(id, list(asked.metrics).map(pointIn))
      tracked.tags(id, pairsIn(asked.tags))
      return {}
    },
    'runs/log-inputs': asked => {
      runIn(asked).inputs.push(...list(asked.datasets))
      return {}
    },
    'runs/outputs': asked => {
      runIn(asked).outputs.push(...list(asked.models))
      return {}
    },
    'runs/log-model': asked => {
      tracked.tags(runIn(asked).id, [['mlflow.log-model.history', text(asked.model_json)]])
      return {}
    },

    'metrics/get-history': asked => {
      const key = text(asked.metric_key)
      const { part, next } = page(runIn(asked).figures.get(key) ?? [], asked, 50_000)
      return { metrics: part.map(point => pointJson(key, point)), next_page_token: next }
    },
    'artifacts/list': asked => {
      const root = artifactsOf(runIn(asked))
      const under = text(asked.path)
      const files = artifacts.list(under ? `${root}/${under}` : root)
      return {
        root_uri: `mlflow-artifacts:/${root}`,
        files: files.map(file => ({ ...file, path: under ? `${under}/${file.path}` : file.path })),
      }
    },

    'logged-models': ({ experiment_id, name, source_run_id, model_type, params, tags }) => ({
      model: modelJson(
        tracked.addModel({
          experiment: text(experiment_id),
          name: text(name),
          run: text(source_run_id) || null,
          type: text(model_type),
          params: new Map(pairsIn(params)),
          tags: new Map(pairsIn(tags)),
        }),
      ),
    }),
    'logged-models/search': asked => {
      const wanted = new Set((Array.isArray(asked.experiment_ids) ? asked.experiment_ids : []).map(text))
      const found = [...tracked.models.values()].filter(model => wanted.has(model.experiment))
      const { part, next } = page(found.reverse(), asked, 100)
      return { models: part.map(modelJson), next_page_token: next }
    },
  }
}

/** Calls that name a model in their path: `logged-models/{id}` and what is below it. */
export function answerOfModel(
  tracked: Tracked,
  method: string,
  id: string,
  below: string,
  asked: Asked,
): object {
  const model = tracked.model(id)
  if (below === 'params') for (const [key, value] of pairsIn(asked.params)) model.params.set(key, value)
  else if (below === 'tags') for (const [key, value] of pairsIn(asked.tags)) model.tags.set(key, value)
  else if (below.startsWith('tags/')) model.tags.delete(below.slice(5))
  else if (below) throw new Refusal('ENDPOINT_NOT_FOUND', 'This call is not answered here.')
  else if (method === 'DELETE') tracked.models.delete(id)
  else if (method === 'PATCH') {
    const status = text(asked.status)
    // The client sends the number of the status, or its name.
    model.status = /^\d+$/.test(status)
      ? (['', 'LOGGED_MODEL_PENDING', 'LOGGED_MODEL_READY', 'LOGGED_MODEL_UPLOAD_FAILED'][Number(status)] ??
        '')
      : status
  }
  return { model: modelJson(model) }
}

const STATUSES: RunStatus[] = ['RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED']

function statusIn(value: unknown): RunStatus {
  const status = typeof value === 'number' ? STATUSES[value - 1] : STATUSES.find(each => each === value)
  if (!status) throw new Refusal('INVALID_PARAMETER_VALUE', `"${text(value)}" is no status of a run.`)
  return status
}
