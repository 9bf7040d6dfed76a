import { join } from 'node:path'
import { now } from '../engine/kit/index.ts'
import {
  assign,
  type CapturePolicy,
  type Profile,
  type Sample,
  type SitePlan,
  sealBatch,
} from '../engine/release/index.ts'
import type { RootTrust } from '../engine/trust/index.ts'
import { openBlobs } from './blobs.ts'
import { openTime } from './clock.ts'
import { sweepTemporary } from './disk/index.ts'
import { openIdentity } from './identity.ts'
import { openLanes } from './lanes.ts'
import { openLives } from './live.ts'
import type { Parts, TrialTerms } from './parts.ts'
import type { Clock, Disk } from './ports.ts'
import { openRecheck } from './recheck.ts'
import { highestSealed, openLedger, openOutbox, openRecordLog, openSampleStore } from './records/index.ts'
import type { Serving, ServingEvents } from './serving/door.ts'
import { openSealedFor } from './siteKey.ts'
import { newModel, openStateKeeper } from './state/index.ts'
import { openLookout } from './steps/look.ts'
import { planFrom } from './steps/takePlan.ts'
import { openTrials } from './steps/trial.ts'
import { wake } from './steps/wake.ts'
import { runsNow } from './steps/wish.ts'
import { type Event, openTimeline } from './timeline.ts'

/** Serving, with what it is told of the plan. */
export type CoreServing = Serving & { capture(policy: CapturePolicy): void }

export interface CoreOptions {
  disk: Disk
  clock: Clock
  folder: string
  profile: Profile
  /** The site that a person named; null: the only one that is there. */
  site: string | null
  /** Whom a person said to trust; null: the first that is seen. */
  roots: RootTrust | null
  trial: TrialTerms
  signal: AbortSignal
  openServing(events: ServingEvents): CoreServing
  /** Something happened that people want to see soon. */
  nudge(): void
  heard?(event: Event): void
}

export type Core = Awaited<ReturnType<typeof openCore>>

/** The core of a device: everything it keeps and every step it takes, without a network door or a timer of its own. */
export async function openCore(options: CoreOptions) {
  const { disk, clock, folder, signal } = options
  disk.ensureFolder(folder)
  sweepTemporary(disk, folder)
  const keeper = openStateKeeper(disk, folder)
  const time = openTime(clock, () => keeper.state.timeFloor)
  const identity = await openIdentity(disk, folder)
  const blobs = openBlobs(disk, folder)
  const at = (name: string) => join(folder, name)
  let plan: { hash: string; plan: SitePlan } | null = null
  const planNow = (): SitePlan | null => {
    const { plan: hash } = keeper.state
    if (!hash) return null
    if (plan?.hash !== hash) {
      const content = blobs.read(hash)
      const read = content && planFrom(content)
      plan = read ? { hash, plan: read } : null
    }
    return plan?.plan ?? null
  }
  const received = () => planNow()?.devices.find(({ id }) => id === identity.id)?.received ?? 0
  const log = openRecordLog({
    disk,
    folder: at('records'),
    device: identity.id,
    clock,
    isTrusted: time.isTrusted,
    above: Math.max(received(), highestSealed(disk, at('outbox'))),
  })
  const samples = openSampleStore(disk, at('samples'))
  const outbox = openOutbox({
    disk,
    folder: at('outbox'),
    device: identity.id,
    log,
    samples,
    seal: (batch, recipient) => sealBatch(batch, identity.key, recipient),
    received: received(),
  })
  const timeline = openTimeline(log)
  const ledger = openLedger(log)

  function note(kind: Parameters<Parts['note']>[0], event: string, detail: string, body = {}): void {
    const told = { at: now(), event, detail }
    timeline.add(told)
    options.heard?.(told)
    log.add(kind, { event, detail: detail.slice(0, 300), ...body })
    options.nudge()
  }

  function captured(sample: Sample): void {
    const quota = planNow()?.capture.quotaBytes ?? 0
    const hash = samples.add(sample)
    if (!hash) return
    const { model, version, reason } = sample
    log.add('sample', { hash, model, version, reason })
    const dropped = samples.shrink(Math.max(0, quota - outbox.bytes))
    if (Object.keys(dropped).length > 0) log.add('dropped', { samples: dropped, quotaBytes: quota })
  }

  const serving = options.openServing({
    answered: (model, version, rows) => trials.answered(model, version, rows),
    failed: (model, version, failure) => trials.failed(model, version, failure),
    captured,
  })
  const parts: Parts = {
    disk,
    folder,
    clock,
    time,
    identity,
    profile: options.profile,
    keeper,
    blobs,
    serving,
    lanes: openLanes(disk, folder, time, options.roots),
    lives: openLives(),
    trial: options.trial,
    traffic: { fetched: 0, patched: 0 },
    signal,
    plan: planNow,
    wanted(model) {
      const known = planNow()
      const wanted = known?.models.find(each => each.model === model)
      const assigned = known && wanted && assign(known, wanted, identity.id, runsNow(parts.modelOf(model)))
      return assigned?.primary ? { version: assigned.primary.version, by: assigned.by } : null
    },
    modelOf: model => keeper.state.models.find(each => each.model === model) ?? newModel(model),
    keep(model, change) {
      const { state } = keeper
      const next = { ...parts.modelOf(model), ...change }
      const others = state.models.filter(each => each.model !== model)
      keeper.write({
        ...state,
        models: [...others, next].sort((a, b) => (a.model < b.model ? -1 : 1)),
      })
    },
    note,
  }
  const trials = openTrials(parts)
  const recheck = openRecheck(parts)
  let wasEnrolled = received() > 0 || isEnrolled()

  function isEnrolled(): boolean {
    return planNow()?.devices.some(({ id }) => id === identity.id) ?? false
  }

  /** A plan that was taken: what it says beside versions. */
  function taken(next: SitePlan): void {
    serving.capture(next.capture)
    outbox.received(received())
    const enrolled = isEnrolled()
    if (enrolled && !wasEnrolled) note('enrolled', 'Enrolled', `Site ${next.site}`, { site: next.site })
    wasEnrolled = enrolled
  }

  const lookout = openLookout(parts, {
    named: options.site,
    open: openSealedFor(identity, planNow),
    taken,
  })

  return {
    parts,
    log,
    samples,
    outbox,
    timeline,
    ledger,
    trials,
    recheck,
    lookout,
    isEnrolled,
    /** Tells people what happened, and the chain of records nothing. */
    tell(event: string, detail: string): void {
      timeline.add({ at: now(), event, detail })
      options.nudge()
    },
    /** Loads what ran here before. */
    async wake(): Promise<void> {
      const known = planNow()
      if (known) serving.capture(known.capture)
      if (!time.isTrusted())
        log.add('clock', { says: clock.wall(), floor: keeper.state.timeFloor, trusted: false })
      await wake(parts)
    },
    /** Counts of what answered since the last time, into the chain. */
    tally(): void {
      for (const { model } of keeper.state.models) {
        const window = serving.takeMetrics(model)
        if (window) log.add('metrics', window)
      }
      ledger.read()
    },
    /** Seals what is new for the publisher, where the device is enrolled. */
    async seal(): Promise<void> {
      const known = planNow()
      if (known && isEnrolled()) await outbox.seal(known.site, known.recipient)
    },
    /** It was up for a while, or ends properly: starts are counted anew. */
    calm(): void {
      const { state } = keeper
      if (
        keeper.found === 'damaged' ||
        (state.starts === 0 && !state.models.some(({ trial }) => trial?.starts))
      )
        return
      keeper.write({
        ...state,
        starts: 0,
        models: state.models.map(each => ({ ...each, trial: each.trial && { ...each.trial, starts: 0 } })),
      })
    },
  }
}
