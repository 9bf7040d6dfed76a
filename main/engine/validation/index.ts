import type { Hash, Validation } from '#contract'
import type { DatasetRoom } from '../dataset/index.ts'
import type { Doors } from '../jobs/index.ts'
import { fail } from '../kit/index.ts'
import type { StatisticsRoom } from '../statistics/index.ts'
import type { Store } from '../store/index.ts'
import { createDoor } from './door.ts'
import { openValidations, shownOf } from './kept.ts'
import { openPolicy } from './policy.ts'

/** Says what may be expected of data, and where data is otherwise. */
export interface ValidationRoom {
  door: Doors['validation']
  /** The newest check of a version, or null where it was not checked. */
  verdictOf(version: Hash): Validation | null
  /**
   * What the newest check of some data means for training or publishing, as the user set it.
   * @returns a sentence of warning, or null where nothing speaks against it
   * @throws Failure gate-blocked, where the user wants it stopped
   */
  gate(version: Hash, step: 'training' | 'publishing'): string | null
}

export function createValidation(rooms: {
  store: Store
  dataset: DatasetRoom
  statistics: StatisticsRoom
}): ValidationRoom {
  const validations = openValidations(rooms.store)
  const policy = openPolicy(rooms.store)
  const verdictOf = (version: Hash) => {
    const newest = validations.newest(version)
    return newest && shownOf(newest)
  }
  return {
    door: createDoor({ ...rooms, validations, policy }),
    verdictOf,
    gate(version, step) {
      const set = policy.get()[step]
      const newest = verdictOf(version)
      if (set === 'off' || newest?.verdict !== 'blocked') return null
      const { length } = newest.anomalies.filter(
        ({ severity, accepted }) => severity === 'error' && !accepted,
      )
      const found = `${newest.title} found ${length === 1 ? 'an error that nobody' : `${length} errors that nobody`} accepted`
      if (set === 'warn') return `${found}.`
      throw fail(
        'gate-blocked',
        `${found}, so ${step} is stopped.`,
        `Mend the data, accept each error with a reason on the Validation page, or let a verdict only warn in Settings (edgewright validation set-policy --${step} warn).`,
      )
    },
  }
}
