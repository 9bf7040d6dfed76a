import type { DeviceModel, DeviceVersion, Failure } from '#contract'
import { type DeviceReport, decisionOf, FORMAT, type Held } from '../engine/release/index.ts'
import type { Parts } from './parts.ts'
import type { Ledger, Outbox, RecordLog, SampleStore } from './records/index.ts'
import { installedOf } from './steps/switch.ts'
import { isHeld } from './steps/wish.ts'
import type { Timeline } from './timeline.ts'

/** What only the running device knows of itself. */
export interface Self {
  name: string
  address: string | null
  stopped: boolean
  /** What keeps the device from following its repository, where something does. */
  trouble: Failure | null
}

const isRefusal = ({ code }: Failure): boolean =>
  ['tampered', 'unsigned', 'unsupported', 'does-not-fit', 'expired'].includes(code)

/** What a device says of itself now, before it is signed. */
export function reportOf(
  parts: Parts,
  kept: { log: RecordLog; samples: SampleStore; outbox: Outbox; timeline: Timeline; ledger: Ledger },
  self: Self,
): DeviceReport {
  const { identity, keeper, time, clock, profile, serving } = parts
  const plan = parts.plan()
  const entry = plan?.devices.find(({ id }) => id === identity.id)
  const wall = clock.wall()
  const refusal = self.trouble && isRefusal(self.trouble) ? self.trouble : null
  return {
    type: 'device',
    format: FORMAT,
    id: identity.id,
    key: identity.key.spki,
    name: self.name,
    address: self.address,
    at: time.iso(),
    stopped: self.stopped,
    failure: self.trouble,
    models: keeper.state.models.map(({ model }) => modelOf(parts, kept.ledger, model, refusal)),
    timeline: kept.timeline.events(),
    runtime: {
      node: process.versions.node,
      platform: `${process.platform} ${process.arch}`,
      backend: serving.backend,
      memoryBytes: process.memoryUsage().rss,
    },
    site: keeper.state.site,
    recipient: identity.recipient,
    enrolled: entry !== undefined,
    profile,
    holds: keeper.state.models.map(({ model }) => heldOf(parts, model)),
    waiting: {
      records: kept.log.last - (entry?.received ?? 0),
      bytes: kept.samples.bytes + kept.outbox.bytes,
    },
    plan: plan?.issued ?? null,
    clock: {
      says: new Date(Math.min(8.64e15, Math.max(-8.64e15, wall))).toISOString(),
      trusted: time.isTrusted(),
    },
    audit: { seq: kept.log.last, hash: kept.log.hash },
    traffic: { ...parts.traffic, free: parts.disk.free(parts.folder) },
  }
}

function heldOf(parts: Parts, model: string): Held {
  const state = parts.modelOf(model)
  const decision = decisionIn(parts, model)
  const candidate = installedOf(state, state.candidate?.manifest)
  return {
    model,
    installed: [...new Set(state.installed.map(({ version }) => version))].sort((a, b) => b - a).slice(0, 50),
    candidate:
      candidate && state.candidate
        ? { version: candidate.version, share: state.candidate.share, shadow: state.candidate.shadow }
        : null,
    trial: installedOf(state, state.trial?.manifest)?.version ?? null,
    quarantined: state.quarantine.map(({ version, failure }) => ({ version, failure })),
    byHand: decision === null ? state.held !== null : isHeld(state, decision),
  }
}

/** How often a person decided about a model on this device; null where the plan does not name it. */
function decisionIn(parts: Parts, model: string): number | null {
  const plan = parts.plan()
  const wanted = plan?.models.find(each => each.model === model)
  return plan && wanted ? decisionOf(plan, wanted, parts.identity.id) : null
}

/** @param refusal what keeps the device from trusting its repository: it stops every model */
function modelOf(parts: Parts, ledger: Ledger, model: string, refusal: Failure | null): DeviceModel {
  const state = parts.modelOf(model)
  const live = parts.lives.of(model)
  const runs = installedOf(state, state.current)
  const wanted = parts.wanted(model)
  const failure = refusal ?? live.failure
  return {
    model,
    wanted: wanted?.version ?? null,
    reports: runs?.version ?? null,
    previous: installedOf(state, state.previous)?.version ?? null,
    state: wordOf(parts, model, failure),
    failure,
    ...parts.serving.figures(model),
    switchedAt: state.switchedAt,
    variant: runs?.variant ?? null,
    ...(wanted ? { by: wanted.by } : {}),
    floor: state.floor,
    candidate: candidateOf(parts, ledger, model),
    versions: figuresOf(parts, ledger, model),
    decision: decisionIn(parts, model) ?? 0,
  }
}

function wordOf(parts: Parts, model: string, failure: Failure | null): DeviceModel['state'] {
  const live = parts.lives.of(model)
  const state = parts.modelOf(model)
  const decision = decisionIn(parts, model)
  const runs = installedOf(state, state.current)
  const wanted = parts.wanted(model)
  if (live.step === 'fetching' && !(runs && wanted?.version === runs.version)) return 'fetching'
  if (failure && isRefusal(failure)) return 'refused'
  // Out of reach for a while is no fault of the model.
  if (failure && failure.code !== 'unreachable') return 'failed'
  if (decision !== null && isHeld(state, decision) && wanted && wanted.version !== runs?.version)
    return 'rolled-back'
  return runs && (!wanted || wanted.version === runs.version) ? 'serving' : 'waiting'
}

function candidateOf(parts: Parts, ledger: Ledger, model: string): DeviceModel['candidate'] {
  const { candidate, installed } = parts.modelOf(model)
  const version = installed.find(({ manifest }) => manifest === candidate?.manifest)?.version
  if (!candidate || version === undefined) return null
  const { share, shadow, rollout } = candidate
  return { version, share, shadow, rollout, ...ledger.rollout(model, rollout) }
}

/** Below it an answer counts as unsure, where the site says nothing else. */
const UNSURE = 0.5

/** Each version and how it does: what was counted over restarts. */
function figuresOf(parts: Parts, ledger: Ledger, model: string): DeviceVersion[] {
  const state = parts.modelOf(model)
  const unsure = Math.round((parts.plan()?.capture.lowConfidence ?? UNSURE) * 10)
  const sums = (version: number) => {
    const { confidence, ...sum } = ledger.version(model, version)
    return { ...sum, lowConfidence: confidence.slice(0, unsure).reduce((all, each) => all + each, 0) }
  }
  const roleOf = (manifest: string): DeviceVersion['role'] =>
    manifest === state.current
      ? 'primary'
      : manifest === state.candidate?.manifest
        ? 'candidate'
        : manifest === state.previous
          ? 'previous'
          : 'kept'
  return [
    ...state.installed.map(({ version, variant, manifest, files }) => ({
      ...{ version, variant, manifest, ...sums(version) },
      bytes: files.reduce((all, { bytes }) => all + bytes, 0),
      role: roleOf(manifest),
      since: manifest === state.current ? state.switchedAt : null,
      failure: null,
    })),
    ...state.quarantine.map(({ version, variant, manifest, failure, at }) => ({
      ...{ version, variant, manifest, failure, ...sums(version) },
      bytes: 0,
      role: 'quarantined' as const,
      since: at,
    })),
  ]
    .sort((a, b) => b.version - a.version)
    .slice(0, 50)
}
