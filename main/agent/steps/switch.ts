import type { Failure, Hash } from '#contract'
import { fail, failureOf } from '../../engine/kit/index.ts'
import { decisionOf } from '../../engine/release/index.ts'
import type { Parts } from '../parts.ts'
import type { Serve } from '../serving/door.ts'
import { type Installed, type ModelState, writePointer } from '../state/index.ts'
import { checkFloor } from './fit.ts'
import { checkInstalled, releaseOf } from './install.ts'

export const installedOf = (state: ModelState, manifest: Hash | null | undefined): Installed | null =>
  state.installed.find(each => each.manifest === manifest) ?? null

/** Whether a release may run: neither called back nor below the floor. */
export function isAllowed(state: ModelState, installed: Installed): boolean {
  return !state.revoked.includes(installed.manifest) && installed.counter >= state.floor
}

/** Who answers for a model, as the state says; null where nobody does. */
function serveOf(state: ModelState): Serve | null {
  const primary = installedOf(state, state.current)
  const candidate = installedOf(state, state.candidate?.manifest)
  if (!primary) return null
  return {
    primary: primary.version,
    candidate:
      candidate && state.candidate && candidate !== primary
        ? { ...state.candidate, version: candidate.version }
        : null,
  }
}

/** Lets what the state says answer. */
export function serveAsKept({ serving, modelOf }: Parts, model: string, why: Failure | null = null): void {
  const state = modelOf(model)
  const serve = serveOf(state)
  if (!serve) {
    serving.stop(model, why)
    return
  }
  serving.serve(model, serve)
}

/**
 * Has the versions beside the one that answers in memory, so that they answer by their number and a switch takes no
 * time: the one before and the candidate always, the others while they fit into half of what models may take.
 */
export async function warm(parts: Parts, model: string): Promise<void> {
  const { serving, profile } = parts
  const state = parts.modelOf(model)
  const first = [state.current, state.previous, state.candidate?.manifest]
  const rank = ({ manifest }: Installed) =>
    first.includes(manifest) ? first.indexOf(manifest) : first.length
  let room = profile.memoryBytes / 2
  for (const installed of state.installed.toSorted((a, b) => rank(a) - rank(b) || b.counter - a.counter)) {
    room -= installed.needs.memoryBytes
    const stays = first.includes(installed.manifest) || (room >= 0 && isAllowed(state, installed))
    const isLoaded = serving.has(model, installed.version)
    if (!stays && isLoaded) serving.drop(model, installed.version)
    if (!stays || isLoaded) continue
    try {
      await checkInstalled(parts, model, installed)
      await serving.load(releaseOf(parts, model, installed))
    } catch (error) {
      const { message } = failureOf(error)
      parts.note('error', 'Damaged', message, { model, version: installed.version })
    }
  }
}

/** Writes which releases have proved themselves. */
export function keepPointer({ disk, folder, keeper }: Parts): void {
  const runs = keeper.state.models.flatMap(({ model, current, previous, trial }) => {
    const proved = trial ? previous : current
    return proved ? [[model, proved] as const] : []
  })
  writePointer(disk, folder, new Map(runs))
}

/**
 * Lets an installed release answer from the next request on; the one before is kept. One that never proved itself here
 * is on trial from now.
 * @param change what else is kept with it, in the same write
 * @throws Failure `tampered` where a file is damaged or it may not run, `unsupported-graph`, `disk-full`; the old one
 * goes on then
 */
export async function activate(
  parts: Parts,
  model: string,
  installed: Installed,
  why: string,
  change: Partial<ModelState> = {},
): Promise<void> {
  const live = parts.lives.of(model)
  const what = `${model} v${installed.version}`
  live.step = 'switching'
  checkFloor(what, installed, parts.modelOf(model))
  await checkInstalled(parts, model, installed)
  await parts.serving.load(releaseOf(parts, model, installed))
  const before = parts.modelOf(model)
  const from = installedOf(before, before.current)
  const isOther = before.current !== installed.manifest
  parts.keep(model, {
    current: installed.manifest,
    previous: isOther ? before.current : before.previous,
    trial: installed.proved ? null : { manifest: installed.manifest, starts: 0 },
    switchedAt: isOther ? parts.time.iso() : before.switchedAt,
    ...(before.candidate?.manifest === installed.manifest ? { candidate: null } : {}),
    ...change,
  })
  live.served = 0
  live.since = parts.clock.monotonic()
  live.verdict = null
  serveAsKept(parts, model)
  if (installed.proved) keepPointer(parts)
  if (!isOther) return
  parts.note(
    'switched',
    'Switched',
    from ? `${model} v${from.version} to v${installed.version} (${why})` : `${what} (${why})`,
    {
      model,
      from: from?.version ?? null,
      to: installed.version,
      manifest: installed.manifest,
      variant: installed.variant,
      counter: installed.counter,
      why,
    },
  )
}

/** The best there is to go back to: the version before, else the newest that proved itself, else any that was rehearsed. */
export function refuge(state: ModelState, except: Hash | null): Installed | null {
  const previous = installedOf(state, state.previous)
  const others = state.installed.toSorted(
    (a, b) => Number(b.proved) - Number(a.proved) || b.counter - a.counter,
  )
  return (
    [previous, ...others].find(each => each && each.manifest !== except && isAllowed(state, each)) ?? null
  )
}

/**
 * A person at the box wants another installed version. It stays until the publisher decides anew.
 * @throws Failure `not-found`, `tampered` for one that may not run
 */
export async function switchByHand(parts: Parts, model: string, version: number): Promise<void> {
  const state = parts.modelOf(model)
  const found = state.installed
    .filter(each => each.version === version)
    .sort((a, b) => Number(b.proved) - Number(a.proved))[0]
  if (!found)
    throw fail(
      'not-found',
      `${model} v${version} is not on this device.`,
      state.installed.length > 0
        ? `It has ${state.installed.map(each => `v${each.version}`).join(', ')}.`
        : 'Publish it, or bring it on a stick.',
    )
  await giveUp(parts, model)
  const plan = parts.plan()
  const wanted = plan?.models.find(each => each.model === model)
  const held = plan && wanted ? decisionOf(plan, wanted, parts.identity.id) : 0
  await activate(parts, model, found, 'by hand', { held, candidate: null })
  parts.lives.of(model).failure = null
  parts.lives.of(model).step = 'idle'
}

/** @throws Failure `not-found` where no version is kept that may run */
export async function rollBackByHand(parts: Parts, model: string): Promise<void> {
  const state = parts.modelOf(model)
  const previous = installedOf(state, state.previous)
  // The version before is named even where it may not run: the refusal says why.
  const back = previous ?? refuge(state, state.current)
  if (!back)
    throw fail(
      'not-found',
      `There is no version of ${model} on this device to go back to.`,
      'Publish the wanted version again.',
    )
  await switchByHand(parts, model, back.version)
}

/** Stops what is under way with a model; what it fetched stays. */
export async function giveUp({ lives }: Pick<Parts, 'lives'>, model: string): Promise<void> {
  const { busy } = lives.of(model)
  busy?.abort.abort()
  await busy?.done
}
