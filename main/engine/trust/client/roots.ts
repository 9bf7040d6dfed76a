import { Metadata, type MetadataKind, type Root } from '@tufjs/models'
import { canonicalJson, FailureError, fail, hashOf } from '../../kit/index.ts'
import type { RootTrust } from '../door.ts'
import { LONGEST, MOST_ROOTS } from '../limits.ts'
import { isOf, type Place } from '../place.ts'

/**
 * What tells the root keys of a publisher from all others, the same for every site and lane: SHA-256 over the keys
 * themselves, as the identifiers beside them are whatever the file says.
 */
export function fingerprintOfKeys(keys: readonly string[], threshold: number): string {
  return hashOf(canonicalJson({ keys: [...keys].sort(), threshold }))
}

/** The fingerprint of a root file. @throws Error for what is none */
export function fingerprintOf(root: Uint8Array): string {
  const { signed } = parseRoot(root)
  const { keyIDs, threshold } = signed.roles.root as Root['roles'][string]
  return fingerprintOfKeys(
    keyIDs.map(id => signed.keys[id]?.keyVal.public ?? ''),
    threshold,
  )
}

/**
 * The first root that a client believes (5.2). A publisher may have replaced root keys since the first one, so that the
 * one which a device knows by its fingerprint, or whose keys it trusts already, may come later in the chain.
 * @param read a root by its version, null where the chain ends
 * @throws Failure `unsigned`, `not-found`, `tampered`
 */
export async function firstRoot(
  trust: RootTrust,
  place: Place | undefined,
  read: (version: number) => Promise<Uint8Array | null>,
): Promise<Uint8Array> {
  if (trust.kind === 'file') {
    if (isWhole(trust.content, place)) return trust.content
    if (isWhole(trust.content, undefined))
      return firstRoot({ kind: 'signed-by', root: trust.content }, place, read)
    throw fail(
      'bad-input',
      'The root file that was given is damaged or is none.',
      "Take 1.root.json from the publisher's repository, or the fingerprint of its root keys.",
    )
  }
  for (let version = 1; version <= MOST_ROOTS; version++) {
    const bytes = await read(version)
    if (!bytes && version === 1)
      throw fail(
        'not-found',
        `Nothing is published for ${placeText(place)} here.`,
        'Check the address of the repository and the name of the site.',
      )
    if (!bytes) break
    if (version === 1 && isPage(bytes))
      throw fail(
        'bad-input',
        `There is no repository of ${placeText(place)} here: a web page answers in its place.`,
        'Check the address of the repository.',
      )
    if (bytes.length <= LONGEST.root && isWhole(bytes, place) && isBelieved(trust, bytes)) return bytes
  }
  throw fail(
    'unsigned',
    `The repository of ${placeText(place)} is not signed by the publisher that this device believes.`,
    'Check the address; a device that is to change its publisher is set up anew with the root file of the new one.',
  )
}

/** Many servers answer with their page whatever they are asked. */
const isPage = (bytes: Uint8Array): boolean =>
  Buffer.from(bytes.subarray(0, 200)).toString('utf8').trimStart().startsWith('<')

function isBelieved(trust: Exclude<RootTrust, { kind: 'file' }>, root: Uint8Array): boolean {
  switch (trust.kind) {
    case 'first-use':
      return true
    case 'fingerprint':
      return fingerprintOf(root) === trust.fingerprint.toLowerCase().replaceAll(/[^0-9a-f]/g, '')
    case 'signed-by':
      try {
        parseRoot(trust.root).verifyDelegate('root', parseRoot(root))
        return true
      } catch {
        return false
      }
  }
}

/** Whether it is a root of this place that its own keys signed. */
function isWhole(bytes: Uint8Array, place: Place | undefined): boolean {
  try {
    const root = parseRoot(bytes)
    root.verifyDelegate('root', root)
    return !place || isOf(root.signed.toJSON(), place)
  } catch (error) {
    if (error instanceof FailureError) throw error
    return false
  }
}

const parseRoot = (bytes: Uint8Array): Metadata<Root> =>
  Metadata.fromJSON('root' as MetadataKind.Root, JSON.parse(Buffer.from(bytes).toString('utf8')))

const placeText = (place: Place | undefined) =>
  place ? `the site ${place.site}${place.lane === 'stick' ? ' (stick)' : ''}` : 'this repository'
