import type { Tolerance, Variant } from '#contract'
import { now } from '../kit/index.ts'
import { collection, type Store } from '../store/index.ts'
import { lossesOf, verdictOf } from './proof/index.ts'

/** How much accuracy the variants of each model may lose. */
export interface Tolerances {
  of(model: string): Tolerance | null
  /** Null: as much as may be. */
  set(model: string, tolerance: Tolerance | null): void
  /** Whether a variant is within what its model's tolerance allows; null where there is none, or no proof. */
  judge(model: string, variant: Variant): { passed: boolean; reason: string } | null
}

export function openTolerances(store: Store): Tolerances {
  const kept = collection<{ id: string; at: string; tolerance: Tolerance }>(store.db, 'tolerances')
  const of = (model: string) => kept.get(model)?.tolerance ?? null
  return {
    of,
    set(model, tolerance) {
      if (tolerance) kept.put({ id: model, at: now(), tolerance }, model)
      else kept.remove(model)
    },
    judge(model, { proof }) {
      const wanted = of(model)
      if (!wanted || !proof) return null
      const { passed, reason } = verdictOf(lossesOf(proof), wanted)
      return { passed, reason }
    },
  }
}
