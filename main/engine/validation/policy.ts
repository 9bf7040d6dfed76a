import type { AnomalyKind, ValidationPolicy } from '#contract'
import { collection, type Store } from '../store/index.ts'

/** Training is warned and publishing stopped by a bad verdict, and all our checks run, until a person says otherwise. */
const FIRST: Required<ValidationPolicy> = {
  training: 'warn',
  publishing: 'block',
  without: [] as AnomalyKind[],
  slices: [],
}
const ONLY = 'policy'

/** What a verdict does, as the user set it for this workspace. */
export interface Policy {
  get(): Required<ValidationPolicy>
  set(change: Partial<ValidationPolicy>): ValidationPolicy
}

export function openPolicy(store: Store): Policy {
  const kept = collection<{ id: string; at: string; policy: ValidationPolicy }>(store.db, 'validation_policy')
  const get = () => ({ ...FIRST, ...kept.get(ONLY)?.policy })
  return {
    get,
    set(change) {
      const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined))
      const policy = { ...get(), ...given }
      kept.put({ id: ONLY, at: new Date().toISOString(), policy }, ONLY)
      return policy
    },
  }
}
