import { setTimeout as wait } from 'node:timers/promises'
import type { TargetSpec } from '#contract'
import { fail } from '../../../kit/index.ts'
import { engineTrouble, isLost } from './trouble.ts'

/** How long a lost line is worth waiting for, in milliseconds. The work goes on meanwhile, and after it, too. */
export const WORTH_WAITING = 10 * 60_000
const SHORTEST = 250
const LONGEST = 10_000

export interface Patience {
  /**
   * Does what may be done again after it was cut off, as often as the line is lost, with growing pauses.
   * @throws Failure `unreachable` when it stayed lost
   */
  (what: () => Promise<void>): Promise<void>
  <T>(what: () => Promise<T>): Promise<T>
}

/** @param told is called when the line is lost, and when it is there again */
export function openPatience(
  spec: TargetSpec,
  { signal, told, worth = WORTH_WAITING }: { signal: AbortSignal; told(lost: boolean): void; worth?: number },
): Patience {
  return async <T>(what: () => Promise<T>): Promise<T> => {
    let lostAt: number | null = null
    for (let pause = SHORTEST; ; pause = Math.min(LONGEST, pause * 2))
      try {
        const result = await what()
        if (lostAt !== null) told(false)
        return result
      } catch (error) {
        signal.throwIfAborted()
        if (!isLost(error)) throw engineTrouble(error)
        if (lostAt === null) told(true)
        // Time that this computer slept does not count: it could not have come back then.
        lostAt = (lostAt ?? 0) + pause
        if (lostAt > worth)
          throw fail(
            'unreachable',
            `${spec.address ?? spec.name} has not been reached for ${Math.max(1, Math.round(worth / 60_000))} minutes; what runs there goes on.`,
            'Attach to the run when the line is there again: "training attach".',
            { cause: error },
          )
        await wait(pause, null, { signal })
      }
  }
}
