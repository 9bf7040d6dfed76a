import type Docker from 'dockerode'
import { dataVolume, drop, placeOf, ROLE } from './deliver.ts'
import { readAnswers, runHelper } from './helper.ts'
import type { Patience } from './patience.ts'

/** Data that no run has used for so many days goes, and of the rest what is beyond so many bytes, the oldest first. */
export const KEPT_DAYS = 30
export const KEPT_BYTES = 50 * 2 ** 30

const DAY = 24 * 3600 * 1000
/** A container is given no more volumes than this at once. */
const AT_ONCE = 64

/** Data that is kept on a target, by its content. */
export interface Age {
  hash: string
  bytes: number
  /** When a run last used it, milliseconds since 1970. */
  used: number
}

/** What one run uses is brought within this time: the newest is never too large. In milliseconds. */
const TOGETHER = 10 * 60_000

/** Which data has been kept for long enough. @returns hashes */
export function outdated(ages: Age[], now: number, { days = KEPT_DAYS, bytes = KEPT_BYTES } = {}): string[] {
  let sum = 0
  const newest = Math.max(...ages.map(({ used }) => used))
  return ages
    .toSorted((a, b) => b.used - a.used)
    .filter(age => {
      sum += age.bytes
      return now - age.used > days * DAY || (sum > bytes && newest - age.used > TOGETHER)
    })
    .map(({ hash }) => hash)
}

/**
 * Removes data that runs left for the next ones and that nothing has used for long. What a container uses stays, whatever
 * its age.
 * @param image ours
 */
export async function removeOld(
  docker: Docker,
  { image, patience, signal }: { image: string; patience: Patience; signal: AbortSignal },
): Promise<void> {
  const { Volumes } = await patience(() => docker.listVolumes({ filters: { label: [`${ROLE}=data`] } }))
  const hashes = (Volumes ?? []).map(({ Name }) => Name.slice(dataVolume('').length))
  const ages: Age[] = []
  for (let at = 0; at < hashes.length; at += AT_ONCE) {
    const some = hashes.slice(at, at + AT_ONCE)
    const mounts = some.map(hash => ({
      ...{ Type: 'volume' as const, Source: dataVolume(hash), Target: placeOf(hash), ReadOnly: true },
    }))
    const said = await runHelper(docker, {
      ...{ image, args: ['ages', ...some.map(placeOf)], mounts, patience, signal },
    })
    ages.push(...readAnswers<Age>(said))
  }
  for (const hash of outdated(ages, Date.now()))
    await patience(() => drop(docker.getVolume(dataVolume(hash)).remove()))
}
