import type { Experiment, LoggedModel, TrackedPoint, TrackedRun } from './things.ts'

/** Things as MLflow's JSON has them (mlflow/protos/service.proto). */

/** Numbers that JSON cannot write are texts there. */
const number = (value: number) => (Number.isFinite(value) ? value : String(value))

const pairs = (map: Map<string, string>) => [...map].map(([key, value]) => ({ key, value }))

/** Where the artifacts of a run lie, for the proxy of the tracking server. */
export const artifactsOf = ({ experiment, id }: Pick<TrackedRun, 'experiment' | 'id'>): string =>
  `${experiment}/${id}/artifacts`

const modelArtifactsOf = ({ experiment, id }: LoggedModel) => `${experiment}/models/${id}/artifacts`

const place = (path: string) => `mlflow-artifacts:/${path}`

export const experimentJson = ({ id, name, at, tags, removed }: Experiment) => ({
  experiment_id: id,
  name,
  artifact_location: place(id),
  lifecycle_stage: removed ? 'deleted' : 'active',
  creation_time: at,
  last_update_time: at,
  tags: pairs(tags),
})

export const pointJson = (key: string, { value, timestamp, step }: TrackedPoint) => ({
  key,
  value: number(value),
  timestamp,
  step,
})

export const infoJson = (run: TrackedRun) => ({
  run_id: run.id,
  run_uuid: run.id,
  run_name: run.name,
  experiment_id: run.experiment,
  user_id: run.user,
  status: run.status,
  start_time: run.startedAt,
  ...(run.endedAt !== null && { end_time: run.endedAt }),
  artifact_uri: place(artifactsOf(run)),
  lifecycle_stage: run.removed ? 'deleted' : 'active',
})

/** The newest point is that of the greatest step, then time, then value. */
export const newest = (points: readonly TrackedPoint[]): TrackedPoint =>
  points.reduce((a, b) => ((b.step - a.step || b.timestamp - a.timestamp || b.value - a.value) > 0 ? b : a))

export const runJson = (run: TrackedRun) => ({
  info: infoJson(run),
  data: {
    metrics: [...run.figures].map(([key, points]) => pointJson(key, newest(points))),
    params: pairs(run.params),
    tags: pairs(run.tags),
  },
  inputs: { dataset_inputs: run.inputs },
  outputs: { model_outputs: run.outputs },
})

export const modelJson = (model: LoggedModel) => ({
  info: {
    model_id: model.id,
    experiment_id: model.experiment,
    name: model.name,
    creation_timestamp_ms: model.at,
    last_updated_timestamp_ms: model.at,
    artifact_uri: place(modelArtifactsOf(model)),
    status: model.status,
    model_type: model.type,
    source_run_id: model.run ?? '',
    tags: pairs(model.tags),
  },
  data: { params: pairs(model.params), metrics: [] },
})
