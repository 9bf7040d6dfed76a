import { UnsignedMetadataError } from '@tufjs/models/dist/error.js'
import { BadVersionError, ExpiredMetadataError } from 'tuf-js/dist/error.js'
import { FailureError, fail } from '../../kit/index.ts'
import { isOf, type Place } from '../place.ts'
import type { BoundedFetcher } from './fetcher.ts'
import type { DurableUpdater } from './updater.ts'

/** A file that is for another site or lane: all sites of a publisher share its keys. */
export class WrongPlace extends Error {}

/** Refuses what was signed for another place. */
export const checkPlace = (place: Place | undefined) => (signed: unknown) => {
  if (place && !isOf(signed, place)) throw new WrongPlace()
}

const GOES_ON = 'nothing new is installed, and what runs goes on'

const nameOf = (role: string) =>
  ({
    root: 'The list of keys (root)',
    timestamp: 'The notice of what is newest (timestamp)',
    snapshot: 'The table of contents (snapshot)',
    targets: 'The list of who signs what (targets)',
    site: 'The plan of the site (site)',
  })[role] ?? `The list of versions (${role})`

const dayOf = (iso: string | Date) => new Date(iso).toISOString().slice(0, 16).replace('T', ' ')

/** Why a refresh did not come to its end, in the user's words. */
export function told(
  thrown: unknown,
  { updater, fetcher, now }: { updater: DurableUpdater | null; fetcher: BoundedFetcher; now: Date },
): Error {
  if (fetcher.trouble) return fetcher.trouble
  if (thrown instanceof FailureError) return thrown
  const refused = updater?.refused
  if (!refused) return systemError(thrown) ?? damaged('root', thrown)
  const { role, error } = refused
  if (error instanceof ExpiredMetadataError) return expired(updater, now, refused)
  if (error instanceof WrongPlace)
    return fail(
      'tampered',
      `${nameOf(role)} was signed for another site or another way of delivery; ${GOES_ON}.`,
      'Check the address of the repository and the name of the site.',
      { cause: error },
    )
  if (error instanceof BadVersionError)
    return fail(
      'tampered',
      `${nameOf(role)} is not the one that has to follow what this device knows (${plain(error)}); ${GOES_ON}.`,
      'An old copy or an old stick was offered. Take a newer one; if it comes from the publisher itself, look who may write there.',
      { cause: error },
    )
  if (error instanceof UnsignedMetadataError)
    return fail(
      'unsigned',
      `${nameOf(role)} is not signed by those who may sign it; ${GOES_ON}.`,
      'Look where it comes from. If the publisher replaced keys, its repository has to hold every root file from the first.',
      { cause: error },
    )
  return damaged(role, error)
}

const damaged = (role: string, cause: unknown) =>
  fail(
    'tampered',
    `${nameOf(role)} is damaged or was changed; ${GOES_ON}.`,
    'It is fetched again next time; if it stays, publish anew or take another stick.',
    { cause },
  )

const plain = (error: Error) => error.message.replace(/\.$/, '').toLowerCase()

/** Errors of the disk while something is kept are told as what they are. */
const systemError = (thrown: unknown) =>
  thrown instanceof Error && typeof (thrown as NodeJS.ErrnoException).code === 'string' ? thrown : null

/** Names the role that ended first in the order of trust; the library's text does not always. */
function expired(
  updater: DurableUpdater,
  now: Date,
  refused: { role: string; bytes: Uint8Array; error: unknown },
) {
  const known = ['root', 'timestamp', 'snapshot'].flatMap(role => {
    const expires = (updater.role(role)?.signed as { expires?: string } | undefined)?.expires
    return expires && new Date(expires) <= now ? [{ role, expires }] : []
  })[0]
  const { role, expires } = known ?? {
    role: refused.role,
    expires: String(JSON.parse(Buffer.from(refused.bytes).toString('utf8')).signed.expires),
  }
  return fail(
    'expired',
    `${nameOf(role)} ended on ${dayOf(expires)} UTC; ${GOES_ON}.`,
    `Open Edgewright on the publisher's computer so that it signs anew, or bring a newer stick. It is ${dayOf(now)} UTC here: if that is wrong, set the clock.`,
    { cause: refused.error },
  )
}
