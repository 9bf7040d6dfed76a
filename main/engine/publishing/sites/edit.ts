import type { Hash } from '#contract'
import { fail } from '../../kit/index.ts'
import {
  membersOf,
  type PlanDevice,
  type PlanModel,
  type PlanVersion,
  type Rollout,
  type SitePlan,
} from '../../release/index.ts'
import { newPlanModel } from './newPlan.ts'

/** So many versions stay on offer beside those that something in the plan names. */
const KEPT = 5
const BEFORE = 20

/** A model of a plan; made where it is not there. */
export function modelIn(plan: SitePlan, model: string): PlanModel {
  const found = plan.models.find(each => each.model === model)
  if (found) return found
  const made = newPlanModel(model)
  plan.models.push(made)
  return made
}

/** @throws Failure `not-found` for a model that was never published there */
export function publishedIn(plan: SitePlan, model: string): PlanModel {
  const found = plan.models.find(each => each.model === model)
  if (found) return found
  throw fail(
    'not-found',
    `${model} was never published at the site ${plan.site}.`,
    plan.models.length
      ? `Published there: ${plan.models.map(each => each.model).join(', ')}.`
      : 'Publish it first with "publishing publish".',
  )
}

/** @throws Failure `not-found` for a version that is not on offer */
export function versionIn(plan: SitePlan, model: PlanModel, version: number): PlanVersion {
  const found = model.versions.find(each => each.version === version)
  if (found) return found
  throw fail(
    'not-found',
    `${model.model} v${version} is not on offer at the site ${plan.site}.`,
    model.versions.length
      ? `On offer: ${model.versions.map(each => `v${each.version}`).join(', ')}.`
      : 'Publish it first.',
  )
}

/** The number that a version gets when it is published: its own where it is there, else the next. */
export const counterFor = (model: PlanModel | undefined, version: number): number =>
  model?.versions.find(each => each.version === version)?.counter ??
  Math.max(0, model?.floor ?? 0, ...(model?.versions ?? []).map(each => each.counter)) + 1

/** Devices that a rollout by device can be about. */
export const eligible = (devices: readonly PlanDevice[], groups: readonly string[]): string[] =>
  devices
    .filter(device => groups.length === 0 || device.groups.some(group => groups.includes(group)))
    .map(device => device.id)

/** Puts a version on offer, in the place of the same one. Versions nobody needs any more go. */
export function offer(plan: SitePlan, model: PlanModel, version: PlanVersion): void {
  model.versions = [version, ...model.versions.filter(each => each.version !== version.version)].sort(
    (a, b) => b.counter - a.counter,
  )
  tidy(plan, model)
}

function tidy(plan: SitePlan, model: PlanModel): void {
  const before = model.before ?? []
  const needed = new Set([
    model.stable,
    model.rollout?.version,
    before[0],
    ...plan.devices.map(device => device.use[model.model]),
  ])
  model.versions = model.versions.filter((each, i) => i < KEPT || needed.has(each.version))
  const offered = new Set(model.versions.map(each => each.version))
  model.before = before.filter(version => offered.has(version)).slice(0, BEFORE)
}

/** Everyone gets a version; what everyone had is what a rollback goes to. */
export function makeStable(plan: SitePlan, model: PlanModel, version: number): void {
  if (model.stable !== null && model.stable !== version)
    model.before = [model.stable, ...(model.before ?? []).filter(each => each !== version)]
  model.stable = version
  model.rollout = null
  model.decision++
  tidy(plan, model)
}

/** @throws Failure `already-there` where everyone has the version that a part is to begin with */
export function refuseStable(plan: SitePlan, model: PlanModel, version: number): void {
  if (model.stable === version)
    throw fail(
      'already-there',
      `Everyone at the site ${plan.site} has ${model.model} v${version} already, so no part can begin with it.`,
      'Begin with another version, or publish this one for everyone.',
    )
}

/**
 * Begins with a part of the devices, or of what they are asked.
 * @param heard devices that were heard of lately: they come first, since one that is silent tells nothing of a version
 * @throws Failure `already-there`, see {@link refuseStable}
 */
export function begin(
  plan: SitePlan,
  model: PlanModel,
  rollout: Omit<Rollout, 'id' | 'members'>,
  heard: ReadonlySet<string> = new Set(),
): Rollout {
  refuseStable(plan, model, rollout.version)
  model.decision++
  const id = `${plan.site}-v${rollout.version}-${model.decision}`
  const may = rollout.unit === 'device' ? eligible(plan.devices, rollout.groups) : []
  const ranked = membersOf(id, may, 1)
  const members = [
    ...ranked.filter(device => heard.has(device)),
    ...ranked.filter(device => !heard.has(device)),
  ].slice(0, Math.ceil(rollout.share * may.length))
  model.rollout = { ...rollout, id, members }
  tidy(plan, model)
  return model.rollout
}

/** @throws Failure `not-found` where nothing is being rolled out */
function running(plan: SitePlan, model: PlanModel): Rollout {
  if (model.rollout) return model.rollout
  throw fail(
    'not-found',
    `No new version of ${model.model} is being rolled out at the site ${plan.site}.`,
    `Begin with a part of it: "publishing publish --model NAME --canary 20".`,
  )
}

/** Gives the version that is being rolled out to everyone. */
export function promote(plan: SitePlan, model: PlanModel): void {
  makeStable(plan, model, running(plan, model).version)
}

/** Pauses a rollout, or lets it go on. */
export function hold(plan: SitePlan, model: PlanModel, resume: boolean): void {
  const rollout = running(plan, model)
  const state = resume ? 'running' : 'paused'
  if (rollout.state === state) return
  rollout.state = state
  model.decision++
}

/**
 * Ends a rollout; where there is none, everyone goes back to what was there before.
 * @param fails whether a version is known to be refused by devices: they would stay with what is to be left
 * @throws Failure `not-found` where there was nothing before that devices take
 */
export function rollBack(plan: SitePlan, model: PlanModel, fails: (version: number) => boolean): void {
  if (model.rollout) {
    model.rollout = null
    model.decision++
    return
  }
  const before = model.before ?? []
  const at = before.findIndex(version => !fails(version))
  const to = before[at]
  if (to === undefined)
    throw fail(
      'not-found',
      before.length === 0
        ? `There is no version of ${model.model} before v${model.stable} at the site ${plan.site}.`
        : `Devices have put ${before.map(version => `v${version}`).join(', ')} of ${model.model} in quarantine: they would stay with v${model.stable}.`,
      'Publish another version.',
    )
  model.stable = to
  model.before = before.slice(at + 1)
  model.decision++
}

/**
 * Sets the oldest version that may still run.
 * @throws Failure `bad-input` where that would stop what is wanted
 */
export function setFloor(plan: SitePlan, model: PlanModel, version: number): void {
  const { counter } = versionIn(plan, model, version)
  for (const wanted of [model.stable, model.rollout?.version])
    if (wanted != null && versionIn(plan, model, wanted).counter < counter)
      throw fail(
        'bad-input',
        `Devices of the site ${plan.site} are to run ${model.model} v${wanted}, which is older than v${version}.`,
        `Give everyone v${version} or a newer one first.`,
      )
  model.floor = Math.max(model.floor, counter)
  const below = new Set(model.versions.filter(each => each.counter < counter).map(each => each.version))
  withdraw(plan, model, below)
  model.decision++
}

/**
 * Takes a version away from every device.
 * @throws Failure `in-use` for the one that everyone runs
 */
export function revoke(plan: SitePlan, model: PlanModel, version: number): Hash[] {
  const { variants } = versionIn(plan, model, version)
  if (model.stable === version)
    throw fail(
      'in-use',
      `${model.model} v${version} is what everyone of the site ${plan.site} runs.`,
      'Publish another version or roll back first, then revoke it.',
    )
  const manifests = variants.map(each => each.manifest)
  model.revoked = [...manifests, ...model.revoked].slice(0, 1000)
  withdraw(plan, model, new Set([version]))
  model.decision++
  return manifests
}

function withdraw(plan: SitePlan, model: PlanModel, gone: ReadonlySet<number>): void {
  model.versions = model.versions.filter(each => !gone.has(each.version))
  model.before = (model.before ?? []).filter(version => !gone.has(version))
  if (model.rollout && gone.has(model.rollout.version)) model.rollout = null
  for (const device of plan.devices) {
    const chosen = device.use[model.model]
    if (chosen !== undefined && gone.has(chosen)) delete device.use[model.model]
  }
}

/**
 * Keeps the members of rollouts what they were and adds to them as the fleet grows: who has the new version already is
 * not sent back because another device came.
 */
export function regroup(plan: SitePlan): void {
  for (const { rollout } of plan.models) {
    if (rollout?.unit !== 'device') continue
    const may = eligible(plan.devices, rollout.groups)
    const wanted = Math.ceil(rollout.share * may.length)
    const stay = rollout.members.filter(id => may.includes(id))
    const more = membersOf(rollout.id, may, 1).filter(id => !stay.includes(id))
    rollout.members = [...stay, ...more].slice(0, Math.max(wanted, stay.length))
  }
}
