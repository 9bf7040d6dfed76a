import type { VersionHere } from '../../door.ts'

/**
 * What a technician calls versions that can answer: "Junior" is the newest of several, "Senior" the one before it.
 * @param versions the newest first
 */
export function namesOf(versions: readonly VersionHere[]): Map<number, string> {
  const ready = versions.filter(({ state }) => state === 'AVAILABLE')
  const [junior, senior] = ready
  return junior && senior
    ? new Map([
        [junior.version, 'Junior'],
        [senior.version, 'Senior'],
      ])
    : new Map()
}
