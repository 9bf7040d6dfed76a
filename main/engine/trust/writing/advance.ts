import type { Hash } from '#contract'
import { canonicalJson, FailureError, fail } from '../../kit/index.ts'
import type { Keyring, RoleChange, Said } from '../door.ts'
import { HIGHEST, LONGEST } from '../limits.ts'
import { PLACE, type Place } from '../place.ts'
import type { MetadataSink, RoleName } from '../trust.ts'
import type { Repository } from './repository.ts'
import {
  canSign,
  dateOf,
  type FileInfo,
  infoOf,
  keyObject,
  type Signed,
  type Signing,
  type SnapshotSigned,
  signWith,
  type TargetsSigned,
  type TimestampSigned,
} from './signed.ts'
import { delegationOf, isDue, type Kind, keyNameOf } from './terms.ts'

export interface Bench {
  sink: MetadataSink
  keyring: Keyring
  place: Place
  lives: Record<Kind, number>
  now: number
  /** Versions that devices may have seen already, also where the repository does not hold them any more. */
  floor?: Said['versions']
}

/** Fields that each signed part begins with. */
export function headOf<K extends Kind>({ place, lives, now }: Bench, kind: K, version: number) {
  return {
    _type: kind,
    spec_version: '1.0.31' as const,
    version,
    expires: dateOf(now + lives[kind]),
    [PLACE]: { site: place.site, lane: place.lane },
  }
}

/**
 * Brings targets, the delegated roles and the snapshot to what is wanted: with these changes, by the ring's keys, none
 * of them close to its end. Where a key was renewed and root does not name it yet, both sign, so that devices can read
 * it before root changes and after.
 * @returns the snapshot where one was written; its timestamp is still to be
 * @throws Failure `already-there`: another publisher made this snapshot first, and everything is to be done again on top
 */
export async function advance(
  bench: Bench,
  repo: Repository,
  changes: readonly RoleChange[],
): Promise<FileInfo | null> {
  const { lives, now } = bench
  const meta: SnapshotSigned['meta'] = { ...repo.snapshot?.signed.meta }
  const keys = await delegatedRoles(bench, repo, changes, meta)
  await topTargets(bench, repo, keys, meta)
  const { snapshot } = repo
  const isSame =
    snapshot &&
    snapshot.signed.version >= floorOf(bench, 'snapshot') &&
    canonicalJson(snapshot.signed.meta) === canonicalJson(meta)
  const isFresh =
    repo.timestamp &&
    snapshot &&
    !repo.driven &&
    !isDue(snapshot.signed, lives.snapshot, now) &&
    !isDue(repo.timestamp.signed, lives.timestamp, now) &&
    isSignedByNewest(bench, 'snapshot', snapshot) &&
    isSignedByNewest(bench, 'timestamp', repo.timestamp)
  if (isSame && isFresh) return null
  if (repo.driven && isNamed(bench, repo, repo.driven))
    throw fail(
      'tampered',
      `Somebody who has the key of the ${repo.driven} wrote to this repository and counted its version far up.`,
      // Devices forget how far a role had come once they no longer know the key that said so.
      repo.driven === 'snapshot' && (repo.timestamp?.signed.version ?? 0) > HIGHEST
        ? 'Whoever it was has the key of the timestamp, too: replace all of them with `publishing keys rotate`; devices follow again after that.'
        : `Replace that key with \`publishing keys rotate --role ${repo.driven}\`; devices follow again after that.`,
    )
  const next: SnapshotSigned = {
    ...headOf(bench, 'snapshot', Math.max(repo.nextSnapshot, floorOf(bench, 'snapshot') + 1)),
    meta,
  }
  const bytes = signTop(bench, repo, next)
  await bench.sink.write(`${next.version}.snapshot.json`, bytes, { exclusive: true })
  return infoOf(next.version, bytes)
}

/** The timestamp of a snapshot: both have the same version, so that two publishers write the same one. */
export function timestampOf(bench: Bench, repo: Repository, snapshot: FileInfo): Uint8Array {
  const next: TimestampSigned = {
    ...headOf(bench, 'timestamp', snapshot.version),
    meta: { 'snapshot.json': snapshot },
  }
  return signTop(bench, repo, next)
}

/** The newest snapshot where the timestamp names another one; null where all is well. */
export function unsettled({ snapshot, timestamp }: Repository): FileInfo | null {
  if (!snapshot) return null
  const info = infoOf(snapshot.signed.version, snapshot.bytes)
  const isNamed = timestamp && canonicalJson(timestamp.signed.meta['snapshot.json']) === canonicalJson(info)
  return isNamed && timestamp.signed.version === info.version ? null : info
}

/** Every delegated role that changes, is signed with an older key or ends soon. Puts what it wrote into `meta`. */
async function delegatedRoles(
  bench: Bench,
  repo: Repository,
  changes: readonly RoleChange[],
  meta: SnapshotSigned['meta'],
): Promise<Map<RoleChange['role'], Hash>> {
  const { keyring, place, lives, now } = bench
  const known = repo.targets?.signed.delegations?.roles ?? []
  const names = new Set([...known.map(({ name }) => name), ...changes.map(({ role }) => role), 'site'])
  const keys = new Map<RoleChange['role'], Hash>()
  for (const name of names as Set<RoleChange['role']>) {
    const key = keyring.key(keyNameOf(name, place.lane)).id
    keys.set(name, key)
    const ofRole = changes.filter(({ role }) => role === name)
    const isNewKey = !known.some(each => each.name === name && each.keyids.join() === key)
    const end = meta[`${name}.json`] ? await repo.role(name) : null
    const targets = changed(end?.signed.targets ?? {}, ofRole)
    const isSame = end && canonicalJson(end.signed.targets) === canonicalJson(targets)
    const isHigh = end && end.signed.version >= floorOf(bench, name)
    if (isSame && isHigh && !isNewKey && !isDue(end.signed, lives.targets, now)) continue
    const signed: TargetsSigned = { ...headOf(bench, 'targets', 0), targets }
    meta[`${name}.json`] = await writeNext(bench, name, end?.signed.version ?? 0, version => {
      const { bytes, by } = signWith({ ...signed, version }, [key], keyring)
      if (by.length === 0) throw keyAway(keyNameOf(name, place.lane))
      return bytes
    })
  }
  return keys
}

function changed(targets: TargetsSigned['targets'], changes: readonly RoleChange[]) {
  const next = { ...targets }
  for (const { targets: added = [], remove = [] } of changes) {
    for (const path of remove) delete next[path]
    for (const { path, hash, bytes, custom } of added)
      next[path] = {
        length: bytes,
        hashes: { sha256: hash },
        ...(Object.keys(custom).length > 0 && { custom }),
      }
  }
  return JSON.parse(JSON.stringify(next)) as TargetsSigned['targets']
}

/** The top targets say who signs what and vouch for nothing themselves. */
async function topTargets(
  bench: Bench,
  repo: Repository,
  keys: Map<RoleChange['role'], Hash>,
  meta: SnapshotSigned['meta'],
): Promise<void> {
  const { keyring, place, lives, now } = bench
  const delegations: TargetsSigned['delegations'] = {
    keys: Object.fromEntries(
      [...keys.keys()].map(role => {
        const key = keyring.key(keyNameOf(role, place.lane))
        return [key.id, keyObject(key)]
      }),
    ) as NonNullable<TargetsSigned['delegations']>['keys'],
    roles: [...keys].map(([role, key]) => delegationOf(role, key)),
  }
  const { targets } = repo
  const isSame = targets && canonicalJson(targets.signed.delegations) === canonicalJson(delegations)
  const isHigh = targets && targets.signed.version >= floorOf(bench, 'targets')
  const isFresh = isSame && !isDue(targets.signed, lives.targets, now)
  if (isFresh && isHigh && isSignedByNewest(bench, 'targets', targets)) return
  const signed: TargetsSigned = { ...headOf(bench, 'targets', 0), targets: {}, delegations }
  meta['targets.json'] = await writeNext(bench, 'targets', targets?.signed.version ?? 0, version =>
    signTop(bench, repo, { ...signed, version }),
  )
}

/** Makes the next file of a role. A number that is taken was left by a publisher who ended before its snapshot. */
async function writeNext(
  bench: Bench,
  name: RoleName,
  there: number,
  bytesOf: (version: number) => Uint8Array,
): Promise<FileInfo> {
  const before = there >= HIGHEST ? 0 : Math.max(there, floorOf(bench, name))
  for (let version = before + 1; ; version++) {
    const bytes = bytesOf(version)
    if (bytes.length > LONGEST.targets)
      throw fail(
        'does-not-fit',
        `The list of what ${name} vouches for would have ${bytes.length} bytes, and devices read ${LONGEST.targets}.`,
        'Take old versions out of it first.',
      )
    try {
      await bench.sink.write(`${version}.${name}.json`, bytes, { exclusive: true })
      return infoOf(version, bytes)
    } catch (error) {
      if (!(error instanceof FailureError) || error.failure.code !== 'already-there') throw error
    }
  }
}

/** A version that was driven up is none to stay above. */
const floorOf = ({ floor }: Bench, role: RoleName): number => {
  const version = floor?.[role] ?? 0
  return version >= HIGHEST ? 0 : version
}

/** Signs for a role that root names: with the keys it names, and with the newest of the ring beside them. */
function signTop(bench: Bench, repo: Repository, signed: Exclude<Signed, { _type: 'root' }>): Uint8Array {
  const { keyring, place } = bench
  const role = repo.root.signed.roles[signed._type]
  const newest = keyring.key(keyNameOf(signed._type, place.lane)).id
  const isNamed = role.keyids.includes(newest)
  const signers = isNamed ? role.keyids : [...role.keyids.filter(id => canSign(keyring, id)), newest]
  const { bytes, by } = signWith(signed, signers, keyring)
  const enough = isNamed ? by.length >= role.threshold : by.includes(newest)
  if (!enough) throw keyAway(keyNameOf(signed._type, place.lane))
  return bytes
}

const isNamed = ({ keyring, place }: Bench, repo: Repository, role: 'targets' | 'snapshot' | 'timestamp') =>
  repo.root.signed.roles[role].keyids.includes(keyring.key(keyNameOf(role, place.lane)).id)

const isSignedByNewest = (
  { keyring, place }: Bench,
  role: 'targets' | 'snapshot' | 'timestamp',
  signing: Signing<Signed>,
) => keyring.key(keyNameOf(role, place.lane)).id in signing.metadata.signatures

const keyAway = (name: string) =>
  fail(
    'no-permission',
    `The key ${name} is not on this computer.`,
    `Make a new one with \`publishing keys rotate --role ${name}\`.`,
  )
