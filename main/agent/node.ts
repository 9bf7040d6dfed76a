import type { Failure } from '#contract'

/** The oldest Node.js that does what is relied on. */
export const OLDEST_NODE = '24.15'

/** @param version of Node.js, `24.21.0` @returns why it will not do; null where it will */
export function nodeTrouble(version: string): Failure | null {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [leastMajor = 0, leastMinor = 0] = OLDEST_NODE.split('.').map(Number)
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) return null
  return {
    code: 'unsupported',
    message: `The agent needs Node.js ${OLDEST_NODE} or newer, and this is ${version}.`,
    remedy: 'Install a newer Node.js, and start the agent with it.',
  }
}
