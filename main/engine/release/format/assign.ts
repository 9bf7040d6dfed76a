import { createHash } from 'node:crypto'
import type { PlanModel, PlanVersion, SitePlan } from './plan.ts'

/** What a plan wants of one model on one device. */
export interface Assignment {
  model: string
  /** Answers. Null: nothing is wanted yet. */
  primary: PlanVersion | null
  /** Answers a share of items, or computes beside the primary. */
  candidate: { version: PlanVersion; share: number; shadow: boolean; rollout: string } | null
  /** Why: a person's choice for this device, a rollout, or what everyone runs. */
  by: 'choice' | 'rollout' | 'stable'
}

/** What a device has of a model now. */
export interface RunsNow {
  /** The version that answers; null for none. */
  version: number | null
  /** Of the candidate that stands beside it, its rollout. */
  rollout: string | null
}

/**
 * What a device is to run of a model: a person's choice for it first, then a rollout it takes part in, then what
 * everyone runs. A rollout that is paused begins nowhere, and goes on where it has begun. Pure, the same for the
 * publisher's preview and on the device.
 * @param device its id; one that is not enrolled takes part in no rollout by device
 */
export function assign(plan: SitePlan, model: PlanModel, device: string, runs?: RunsNow): Assignment {
  const enrolled = plan.devices.find(each => each.id === device)
  const find = (version: number | null | undefined) =>
    model.versions.find(each => each.version === version) ?? null
  const chosen = find(enrolled?.use[model.model])
  if (chosen) return { model: model.model, primary: chosen, candidate: null, by: 'choice' }
  const stable = find(model.stable)
  const { rollout } = model
  const goesOn =
    rollout !== null &&
    (rollout.state === 'running' || runs?.version === rollout.version || runs?.rollout === rollout.id)
  const next = goesOn ? find(rollout.version) : null
  if (!rollout || !next) return { model: model.model, primary: stable, candidate: null, by: 'stable' }
  if (rollout.groups.length > 0 && !enrolled?.groups.some(group => rollout.groups.includes(group)))
    return { model: model.model, primary: stable, candidate: null, by: 'stable' }
  const member = rollout.unit === 'inference' || rollout.members.includes(device)
  if (!member) return { model: model.model, primary: stable, candidate: null, by: 'stable' }
  if (rollout.unit === 'inference' || rollout.shadow)
    return {
      model: model.model,
      // The first version of a model has none that it could stand beside.
      primary: stable ?? next,
      candidate: stable && {
        version: next,
        share: rollout.share,
        shadow: rollout.shadow,
        rollout: rollout.id,
      },
      by: 'rollout',
    }
  return { model: model.model, primary: next, candidate: null, by: 'rollout' }
}

/** Counts up whenever a person decided anew about a model for everyone, or for this device alone. */
export function decisionOf(plan: SitePlan, model: PlanModel, device: string): number {
  const own = plan.devices.find(({ id }) => id === device)?.decisions?.[model.model] ?? 0
  return model.decision + own
}

/**
 * The first `ceil(share * n)` devices by the hash of rollout and id. By rank and not by a threshold on the hash: with 5
 * devices a threshold of 20 % hits none or three of them as often as one.
 */
export function membersOf(rollout: string, devices: readonly string[], share: number): string[] {
  const rank = (id: string) => createHash('sha256').update(`${rollout}|${id}`).digest('hex')
  return devices
    .map(id => ({ id, rank: rank(id) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .slice(0, Math.ceil(share * devices.length))
    .map(({ id }) => id)
}

/** Whether an item is answered by the candidate: the same item always is, or never is, in one rollout. */
export function isForCandidate(rollout: string, item: string, share: number): boolean {
  const bucket = createHash('sha256').update(`${rollout}|${item}`).digest().readUInt32BE(0) / 2 ** 32
  return bucket < share
}
