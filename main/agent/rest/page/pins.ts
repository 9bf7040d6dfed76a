import { randomBytes } from 'node:crypto'
import { fail, isSecret } from '../../../engine/kit/index.ts'

/** Wrong tries in a minute, by whomever. */
const TRIES = 5
const MINUTE = 60_000
/** How long a right one holds, in milliseconds. */
export const SESSION = 12 * 3_600_000
const MOST_SESSIONS = 100

/** Lets in who knows the PIN. What it gives is forgotten when the agent stops. */
export interface Pins {
  /**
   * @returns a secret that stands for the PIN for twelve hours
   * @throws Failure `no-permission` for a wrong one, `in-use` after too many of them
   */
  admit(given: unknown): string
  isIn(session: string | undefined): boolean
  leave(session: string | undefined): void
}

/** @param now milliseconds that only count up: a clock that is set changes nothing */
export function openPins(pin: string, now: () => number = () => performance.now()): Pins {
  const sessions = new Map<string, number>()
  let wrong: number[] = []
  return {
    admit(given) {
      const at = now()
      wrong = wrong.filter(time => at - time < MINUTE)
      if (wrong.length >= TRIES) {
        const wait = Math.ceil((MINUTE - (at - (wrong[0] as number))) / 1000)
        throw fail('in-use', 'Too many wrong PINs.', `Wait ${wait} s, and look at the box for the right one.`)
      }
      if (typeof given !== 'string' || !isSecret(given.replace(/[\s-]/g, ''), pin)) {
        wrong.push(at)
        throw fail(
          'no-permission',
          'That is not the PIN of this device.',
          'On the box, "agent status" shows it.',
        )
      }
      for (const [session, until] of sessions) if (until <= at) sessions.delete(session)
      if (sessions.size >= MOST_SESSIONS) sessions.delete(sessions.keys().next().value as string)
      const session = randomBytes(32).toString('base64url')
      sessions.set(session, at + SESSION)
      return session
    },
    isIn: session => session !== undefined && (sessions.get(session) ?? 0) > now(),
    leave: session => void (session !== undefined && sessions.delete(session)),
  }
}
