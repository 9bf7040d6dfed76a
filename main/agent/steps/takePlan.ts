import type { Hash } from '#contract'
import { fail, failureOf } from '../../engine/kit/index.ts'
import {
  decisionOf,
  PLAN_TARGET,
  type PlanModel,
  readBlob,
  SitePlan,
  type Source,
} from '../../engine/release/index.ts'
import type { Trusted } from '../../engine/trust/index.ts'
import type { Parts } from '../parts.ts'
import { type ModelState, newModel } from '../state/index.ts'
import { checkInstalled, releaseOf } from './install.ts'
import { activate, installedOf, isAllowed, keepPointer, refuge } from './switch.ts'

export interface TakenPlan {
  plan: SitePlan
  hash: Hash
  /** A newer one was verified before: this one counts no more. */
  isOlder: boolean
}

/**
 * Fetches the plan that the site's role vouches for, and keeps it where it is newer than the one known.
 * @throws Failure `tampered`, `not-found` where nothing was published for the site yet, `unreachable`
 */
export async function takePlan(
  parts: Parts,
  site: string,
  source: Source,
  trusted: Trusted,
  signal: AbortSignal,
): Promise<TakenPlan> {
  const target = await trusted.target(PLAN_TARGET)
  if (!target) throw fail('not-found', `Nothing is published for the site ${site} yet.`, 'Publish a version.')
  const content =
    parts.blobs.read(target.hash) ??
    (await readBlob(source, target, signal).catch((error: unknown) => {
      if (failureOf(error).code !== 'not-found') throw error
      throw fail(
        'unreachable',
        `${source.address} does not give the plan that is signed for the site ${site}.`,
        'Copy the whole repository there; it is looked for again by itself.',
        { cause: error },
      )
    }))
  const plan = planFrom(content)
  if (plan?.site !== site)
    throw fail(
      'tampered',
      plan
        ? `The plan is for the site ${plan.site}, and this device belongs to ${site}.`
        : `The plan of the site ${site} has a form that this device does not read.`,
      'Publish it again with the same Edgewright as this device has.',
    )
  const known = parts.plan()
  const isOlder = known !== null && Date.parse(plan.issued) < Date.parse(known.issued)
  if (!isOlder) keepPlan(parts, plan, target.hash, content, source.lane)
  return { plan, hash: target.hash, isOlder }
}

export function planFrom(content: Uint8Array): SitePlan | null {
  try {
    return SitePlan.parse(JSON.parse(Buffer.from(content).toString('utf8')))
  } catch {
    return null
  }
}

function keepPlan(
  { blobs, keeper, identity }: Parts,
  plan: SitePlan,
  hash: Hash,
  content: Uint8Array,
  lane: Source['lane'],
): void {
  const { state } = keeper
  if (state.plan === hash && state.lanes.includes(lane) && keeper.found === 'whole' && blobs.has(hash)) return
  blobs.write(hash, content)
  keeper.write({
    ...state,
    site: plan.site,
    lanes: [...new Set([...state.lanes, lane])],
    plan: hash,
    timeFloor: Math.max(state.timeFloor, Date.parse(plan.issued)),
    models: [
      ...plan.models.map(wanted =>
        termsTaken(
          state.models.find(({ model }) => model === wanted.model) ?? newModel(wanted.model),
          wanted,
          decisionOf(plan, wanted, identity.id),
        ),
      ),
      ...state.models.filter(({ model }) => !plan.models.some(wanted => wanted.model === model)),
    ],
  })
  if (state.plan && state.plan !== hash) blobs.drop(state.plan)
}

/** What the publisher signed of a model, into what the device must not forget. */
function termsTaken(state: ModelState, wanted: PlanModel, decision: number): ModelState {
  const counters = new Map(
    wanted.versions.flatMap(({ counter, variants }) =>
      variants.map(({ manifest, needs }) => [manifest, { counter, needs }] as const),
    ),
  )
  return {
    ...state,
    floor: Math.max(state.floor, wanted.floor),
    revoked: [...new Set([...state.revoked, ...wanted.revoked])],
    // One that was forgotten and approved anew is counted from the beginning again.
    held: state.held === null || decision > state.held ? null : decision,
    // One that was found on the disk after its state was lost has no counter of its own.
    installed: state.installed.map(each => {
      const known = counters.get(each.manifest)
      return known && known.counter > each.counter ? { ...each, ...known } : each
    }),
  }
}

/**
 * Takes what was called back, or lies below the floor, out of service: another that may run answers then. One that was
 * called back ends also where there is none; one below the floor goes on until there is.
 */
export async function enforce(parts: Parts, model: string): Promise<void> {
  const state = parts.modelOf(model)
  const runs = installedOf(state, state.current)
  if (!runs || isAllowed(state, runs)) return
  const isRevoked = state.revoked.includes(runs.manifest)
  const back = refuge(state, runs.manifest)
  const why = isRevoked ? 'the version before was called back' : 'the version before lies below the floor'
  if (back) {
    await checkInstalled(parts, model, back)
    await parts.serving.load(releaseOf(parts, model, back))
    return activate(parts, model, back, why, { previous: null })
  }
  if (!isRevoked) return
  const { failure } = fail(
    'tampered',
    `${model} v${runs.version} was called back and must not run any more.`,
    'Publish another version.',
  )
  parts.serving.stop(model, failure)
  parts.serving.drop(model, runs.version)
  parts.keep(model, { current: null, previous: null, trial: null })
  keepPointer(parts)
  parts.lives.of(model).failure = failure
  parts.note('removed', 'Called back', failure.message, {
    model,
    version: runs.version,
    manifest: runs.manifest,
  })
}

/** Ends models that the plan names no longer. */
export function dropModels(parts: Parts, plan: SitePlan): void {
  const { keeper, serving, lives } = parts
  const gone = keeper.state.models.filter(({ model }) => !plan.models.some(each => each.model === model))
  if (gone.length === 0) return
  keeper.write({ ...keeper.state, models: keeper.state.models.filter(each => !gone.includes(each)) })
  keepPointer(parts)
  for (const { model, installed } of gone) {
    lives.of(model).busy?.abort.abort()
    serving.stop(model, null)
    for (const { version } of installed) serving.drop(model, version)
    parts.note('removed', 'Removed', model, { model })
  }
}
