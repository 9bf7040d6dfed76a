import { FailureError, failureOf } from '../../engine/kit/index.ts'
import type { PlanModel, PlanVersion, SitePlan, Source } from '../../engine/release/index.ts'
import type { Parts } from '../parts.ts'
import type { ModelState } from '../state/index.ts'
import type { OpenSealed } from './fetch.ts'
import { checkFloor } from './fit.ts'
import { install, installedAs, isThere, quarantineOf, releaseOf } from './install.ts'
import { sweep } from './sweep.ts'
import { activate, giveUp, installedOf, isAllowed, serveAsKept, warm } from './switch.ts'
import { quarantine } from './trial.ts'
import { targetOf, type Wish, wishOf } from './wish.ts'

/** Waits between tries of what could not be taken, in milliseconds: doubled each time. */
const FIRST_WAIT = 1000
const LONGEST_WAIT = 60_000
/** What a release itself is to blame for once it was asked here; everything else may be better next time. */
const TO_BLAME = ['unsupported-graph', 'golden-mismatch', 'does-not-fit', 'unsupported', 'unreadable-file']

/** What the disk says is no fault of the release. */
const isToBlame = (error: unknown): boolean =>
  error instanceof FailureError && TO_BLAME.includes(error.failure.code)

export interface Following {
  plan: SitePlan
  source: Source
  open: OpenSealed
}

/** Brings one model to what the plan wants of it, at its own pace. Never throws; a newer wish ends the work of an older. */
export async function follow(parts: Parts, wanted: PlanModel, following: Following): Promise<void> {
  const { model } = wanted
  const live = parts.lives.of(model)
  const wish = wishOf(following.plan, wanted, parts.identity.id, parts.modelOf(model))
  const target = targetOf(wish)
  if (live.busy) {
    if (live.busy.target === target && following.source.kind !== 'pack') return
    await giveUp(parts, model)
  }
  // A stick may be pulled again, so that it is not waited for the next try.
  if (
    following.source.kind !== 'pack' &&
    live.wait?.target === target &&
    parts.clock.monotonic() < live.wait.until
  )
    return
  const abort = new AbortController()
  const signal = AbortSignal.any([abort.signal, parts.signal])
  const done = pursue(parts, wanted, wish, { ...following, signal })
    .then(
      () => {
        live.wait = null
      },
      (error: unknown) => {
        if (!signal.aborted) blame(parts, model, target, error)
      },
    )
    .finally(() => {
      live.step = 'idle'
      live.version = null
      live.busy = null
    })
  live.busy = { done, abort, target }
}

function blame(parts: Parts, model: string, target: string, error: unknown): void {
  const live = parts.lives.of(model)
  const failure = failureOf(error)
  if (!(error instanceof FailureError) && failure.code === 'internal') console.error(error)
  if (live.failure?.message !== failure.message)
    parts.note(
      failure.code === 'tampered' || failure.code === 'unsigned' ? 'security' : 'refused',
      'Refused',
      failure.message,
      { model, failure },
    )
  live.failure = failure
  const milliseconds =
    live.wait?.target === target && failure.code !== 'unreachable'
      ? Math.min(LONGEST_WAIT, live.wait.milliseconds * 2)
      : FIRST_WAIT
  live.wait = { target, until: parts.clock.monotonic() + milliseconds, milliseconds }
}

type Pursuit = Following & { signal: AbortSignal }

async function pursue(parts: Parts, wanted: PlanModel, wish: Wish, pursuit: Pursuit): Promise<void> {
  const { model } = wanted
  const live = parts.lives.of(model)
  if (wish.primary) await pursuePrimary(parts, model, wish.primary, pursuit)
  else live.failure = null
  await pursueCandidate(parts, model, wish.candidate, pursuit)
  for (const version of wish.kept) await pursueKept(parts, model, version, pursuit)
  forget(parts, wanted)
  await warm(parts, model)
  live.underWay.clear()
  sweep(parts)
}

/** Has a version on the disk; throws what keeps it from that, a release that did not pass among it. */
async function have(parts: Parts, model: string, version: PlanVersion, pursuit: Pursuit) {
  const state = parts.modelOf(model)
  const failed = version.variants
    .map(({ manifest }) => quarantineOf(state, manifest, version.counter))
    .find(failure => failure !== null)
  if (failed) throw new FailureError(failed)
  try {
    return await install(parts, pursuit.plan, model, version, pursuit)
  } catch (error) {
    const { step } = parts.lives.of(model)
    const failure = failureOf(error)
    if (step === 'rehearsing' && !pursuit.signal.aborted && isToBlame(error)) {
      const now = parts.modelOf(model)
      const tried = version.variants.find(each => parts.lives.of(model).underWay.has(each.manifest))
      if (tried)
        parts.keep(
          model,
          quarantine(parts, now, { ...tried, version: version.version, counter: version.counter }, failure),
        )
    }
    throw error
  }
}

async function pursuePrimary(
  parts: Parts,
  model: string,
  version: PlanVersion,
  pursuit: Pursuit,
): Promise<void> {
  const live = parts.lives.of(model)
  const installed = await have(parts, model, version, pursuit)
  pursuit.signal.throwIfAborted()
  const state = parts.modelOf(model)
  const isServed = parts.serving.has(model, installed.version)
  if (state.current !== installed.manifest || !isServed) {
    try {
      await activate(parts, model, installed, 'as published')
    } catch (error) {
      if (isToBlame(error))
        parts.keep(model, quarantine(parts, parts.modelOf(model), installed, failureOf(error)))
      throw error
    }
  }
  live.failure = null
}

async function pursueCandidate(
  parts: Parts,
  model: string,
  wanted: Wish['candidate'],
  pursuit: Pursuit,
): Promise<void> {
  const kept = parts.modelOf(model).candidate
  if (!wanted) {
    if (!kept) return
    parts.keep(model, { candidate: null })
    serveAsKept(parts, model)
    parts.note('switched', 'Answers alone', model, { model, candidate: null })
    return
  }
  const installed = await have(parts, model, wanted.version, pursuit)
  pursuit.signal.throwIfAborted()
  const { share, shadow, rollout } = wanted
  const candidate = { manifest: installed.manifest, share, shadow, rollout }
  const isLoaded = parts.serving.has(model, installed.version)
  if (isLoaded && kept && JSON.stringify(candidate) === JSON.stringify(kept)) return
  await parts.serving.load(releaseOf(parts, model, installed))
  parts.keep(model, { candidate })
  serveAsKept(parts, model)
  if (kept?.manifest !== candidate.manifest)
    parts.note(
      'switched',
      shadow ? 'Computes beside' : 'Answers a share',
      `${model} v${installed.version}${shadow ? '' : `, ${Math.round(share * 100)} %`}`,
      { model, candidate: installed.version, manifest: installed.manifest, share, shadow, rollout },
    )
}

/** What is only kept is no trouble where it does not fit or does not pass. */
async function pursueKept(
  parts: Parts,
  model: string,
  version: PlanVersion,
  pursuit: Pursuit,
): Promise<void> {
  const state = parts.modelOf(model)
  const here = installedAs(state, version)
  if (here && isThere(parts, here)) return
  try {
    checkFloor('', { manifest: version.variants[0]?.manifest as never, counter: version.counter }, state)
    await have(parts, model, version, pursuit)
  } catch (error) {
    const { code } = failureOf(error)
    if (pursuit.signal.aborted || code === 'internal') throw error
  }
}

/** Forgets releases that the plan names no longer, but for the one that answers and those beside it. */
function forget(parts: Parts, wanted: PlanModel): void {
  const state = parts.modelOf(wanted.model)
  const named = new Set(wanted.versions.flatMap(({ variants }) => variants.map(({ manifest }) => manifest)))
  const previous = installedOf(state, state.previous)
  const keepsPrevious = previous && named.has(previous.manifest) && isAllowed(state, previous)
  const stays = state.installed.filter(
    each =>
      each.manifest === state.current ||
      each.manifest === state.candidate?.manifest ||
      (named.has(each.manifest) && isAllowed(state, each)),
  )
  const gone = state.installed.filter(each => !stays.includes(each))
  const hasPrevious = Boolean(keepsPrevious) || state.previous === null
  if (gone.length === 0 && hasPrevious) return
  const change: Partial<ModelState> = { installed: stays }
  if (!hasPrevious) change.previous = null
  parts.keep(wanted.model, change)
  for (const { version, manifest } of gone) {
    if (!stays.some(each => each.version === version)) parts.serving.drop(wanted.model, version)
    parts.note('removed', 'Removed', `${wanted.model} v${version}`, {
      model: wanted.model,
      version,
      manifest,
    })
  }
}
