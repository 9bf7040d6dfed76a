import type { DeviceModel, Failure } from '#contract'
import { now } from '../engine/kit/index.ts'
import { type DeviceReport, deviceIdOf, FORMAT } from '../engine/release/index.ts'
import type { Timeline } from './record.ts'
import type { Shelf } from './shelf.ts'
import type { State } from './state.ts'
import { isRefusal } from './trust.ts'

/** What only the running device knows of itself. */
export interface Self {
  name: string
  address: string | null
  stopped: boolean
  /** What keeps the device from following its repository, where something does. */
  trouble: Failure | null
  backend: string
}

/** What a device says of itself now, before it is signed. */
export function reportOf(state: State, shelf: Shelf, timeline: Timeline, self: Self): DeviceReport {
  const { trouble } = self
  const refusal = trouble && isRefusal(trouble) ? trouble : null
  return {
    type: 'device',
    format: FORMAT,
    id: deviceIdOf(state.key),
    key: state.key.spki,
    name: self.name,
    address: self.address,
    at: now(),
    stopped: self.stopped,
    failure: trouble,
    models: shelf.names().map(model => modelOf(shelf, model, refusal)),
    timeline: timeline.events(),
    runtime: {
      node: process.versions.node,
      platform: `${process.platform} ${process.arch}`,
      backend: self.backend,
      memoryBytes: process.memoryUsage().rss,
    },
  }
}

/** @param refusal what keeps the device from trusting its repository: it stops every model */
function modelOf(shelf: Shelf, model: string, refusal: Failure | null): DeviceModel {
  const { seen, previous, switchedAt } = shelf.stateOf(model)
  const { current, tally, failure: own } = shelf.of(model)
  const failure = refusal ?? own
  return {
    model,
    wanted: seen?.version ?? null,
    reports: current?.file.version ?? null,
    previous: previous?.version ?? null,
    state: wordOf(shelf, model, failure),
    failure,
    predictions: tally.predictions,
    errors: tally.errors,
    p50: tally.p50(),
    switchedAt,
  }
}

function wordOf(shelf: Shelf, model: string, failure: Failure | null): DeviceModel['state'] {
  const { held, seen, current } = shelf.stateOf(model)
  const here = shelf.of(model)
  if (here.fetching !== null) return 'fetching'
  if (failure && isRefusal(failure)) return 'refused'
  // Out of reach for a while is no fault of the model.
  if (failure && failure.code !== 'unreachable') return 'failed'
  if (held !== null && held === seen?.sequence) return 'rolled-back'
  return here.current && current?.sequence === seen?.sequence ? 'serving' : 'waiting'
}
