import {
  assign,
  decisionOf,
  type PlanModel,
  type PlanVersion,
  type RunsNow,
  type SitePlan,
} from '../../engine/release/index.ts'
import type { ModelState } from '../state/index.ts'

/** Versions beside the ones that a plan gives a part that are kept, so that a person can switch to them at once. */
const KEPT = 4

/** What is to become of a model on this device. */
export interface Wish {
  /** Null: it goes on as it is. */
  primary: PlanVersion | null
  candidate: { version: PlanVersion; share: number; shadow: boolean; rollout: string } | null
  /** To be had as well where there is room, the newest first. */
  kept: PlanVersion[]
}

/**
 * Whether a person's choice at the box still goes before the plan.
 * @param decision of the plan for this device: see `decisionOf`
 */
export const isHeld = (state: ModelState, decision: number): boolean =>
  state.held !== null && decision <= state.held

/** What the plan is asked with. */
export const runsNow = (state: ModelState): RunsNow => ({
  version: state.installed.find(({ manifest }) => manifest === state.current)?.version ?? null,
  rollout: state.candidate?.rollout ?? null,
})

/** Pure: plan and state say it all. */
export function wishOf(plan: SitePlan, wanted: PlanModel, device: string, state: ModelState): Wish {
  const assigned = assign(plan, wanted, device, runsNow(state))
  const taken = new Set([assigned.primary?.version, assigned.candidate?.version.version])
  const others = wanted.versions.filter(({ version }) => !taken.has(version)).slice(0, KEPT)
  if (isHeld(state, decisionOf(plan, wanted, device)))
    return { primary: null, candidate: null, kept: wanted.versions.slice(0, KEPT + 1) }
  return { primary: assigned.primary, candidate: assigned.candidate, kept: others }
}

/** Changes whenever something else is wanted: work for an older wish is given up then. */
export const targetOf = (wish: Wish): string =>
  [wish.primary, wish.candidate?.version]
    .map(version =>
      version ? `${version.counter}:${version.variants.map(each => each.manifest).join()}` : '-',
    )
    .join('|')
