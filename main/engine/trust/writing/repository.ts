import type { Metadata, Root } from '@tufjs/models'
import { FailureError, fail, hashOf } from '../../kit/index.ts'
import type { Keyring } from '../door.ts'
import { ROOT_KEYS } from '../keys/keyFiles.ts'
import { HIGHEST, LONGEST } from '../limits.ts'
import { isOf, type Place } from '../place.ts'
import type { MetadataSource } from '../trust.ts'
import {
  type FileInfo,
  type RootSigned,
  readSigned,
  type Signed,
  type Signing,
  type SnapshotSigned,
  type TargetsSigned,
  type TimestampSigned,
} from './signed.ts'

/** What a publisher finds where it publishes, verified: it signs on top of nothing that others changed. */
export interface Repository {
  root: Signing<RootSigned>
  /** All root files, by name. */
  roots: ReadonlyMap<string, Uint8Array>
  /** Null where a publisher ended before the first one was written, or where it was driven up or lost. */
  timestamp: Signing<TimestampSigned> | null
  snapshot: Signing<SnapshotSigned> | null
  /** The next free number of a snapshot. */
  nextSnapshot: number
  /** Somebody who had the key drove its versions up: clients follow again once the key is replaced (5.3.11). */
  driven: 'snapshot' | 'timestamp' | null
  targets: Signing<TargetsSigned> | null
  /** A delegated role; null where there is none. @throws Failure `tampered` */
  role(name: string): Promise<Signing<TargetsSigned> | null>
}

const tampered = (file: string, cause?: unknown) =>
  fail(
    'tampered',
    `${file} in the repository is not what this computer wrote.`,
    'Look who may write there; put the folder back from a copy, or publish to a new one.',
    { cause },
  )

/**
 * Reads a repository for the one who publishes there. The newest snapshot counts, also one whose timestamp was not
 * written any more: making a snapshot is what decides between two publishers, so its timestamp is made up for.
 * @returns null where there is no repository yet
 * @throws Failure `tampered`, `bad-input` for a repository of other keys
 */
export async function readRepository(
  source: MetadataSource,
  keyring: Keyring,
  place: Place,
): Promise<Repository | null> {
  const roots = new Map<string, Uint8Array>()
  const root = await readRoot(source, keyring, place, roots)
  if (!root) return null
  const timestamp = await readTimestamp(source, root, place)
  const from = timestamp?.signed.meta['snapshot.json'].version ?? 1
  const found =
    (await readSnapshots(source, root, place, from)) ??
    // What the timestamp names is not there: somebody who had keys wrote it. What was counted up to still is.
    (await readSnapshots(source, root, place, 1))
  const snapshot = found?.snapshot ?? null
  const version = snapshot?.signed.version ?? 0
  const driven =
    version > HIGHEST ? 'snapshot' : timestamp && timestamp.signed.version > version ? 'timestamp' : null
  const delegated = async (name: string, targets: Signing<TargetsSigned>) => {
    const info = snapshot?.signed.meta[`${name}.json`]
    return info ? readTargets(source, name, info, targets.metadata, place) : null
  }
  const targets = found?.targets ?? null
  return {
    root,
    roots,
    timestamp,
    snapshot,
    nextSnapshot:
      driven === 'snapshot' ? ((await readSnapshots(source, root, place, 1))?.next ?? 1) : (found?.next ?? 1),
    driven,
    targets,
    role: async name => (targets ? delegated(name, targets) : null),
  }
}

/** Follows the roots from the first one (5.3), which must be of this publisher's root keys. */
async function readRoot(
  source: MetadataSource,
  keyring: Keyring,
  place: Place,
  roots: Map<string, Uint8Array>,
): Promise<Signing<RootSigned> | null> {
  let newest: Signing<RootSigned> | null = null
  for (let version = 1; ; version++) {
    const file = `${version}.root.json`
    const bytes = await source.read(file, LONGEST.root)
    if (!bytes) return newest
    const next = trying(file, () => {
      const root = readSigned<RootSigned>('root', bytes)
      const before: Signing<RootSigned> = newest ?? root
      verify(before.metadata, 'root', root)
      verify(root.metadata, 'root', root)
      if (root.signed.version !== version) throw new Error(`version ${root.signed.version}`)
      return root
    })
    const isOurs = next.signed.roles.root.keyids.every(id => {
      const key = keyring.known(id)
      return key && (ROOT_KEYS as readonly string[]).includes(key.name)
    })
    if (!newest && !isOurs)
      throw fail(
        'bad-input',
        'This repository was made with root keys that are not of this computer.',
        'Publish to another place, or bring the folder of keys over from the computer that made it.',
      )
    if (!isOurs || !isOf(next.signed, place)) throw tampered(file)
    newest = next
    roots.set(file, bytes)
  }
}

/** A timestamp of a key that root names no longer is none: the client drops it as well (5.3.11). */
async function readTimestamp(source: MetadataSource, root: Signing<RootSigned>, place: Place) {
  const bytes = await source.read('timestamp.json', LONGEST.timestamp)
  if (!bytes) return null
  try {
    const timestamp = readSigned<TimestampSigned>('timestamp', bytes)
    verify(root.metadata, 'timestamp', timestamp)
    return isOf(timestamp.signed, place) ? timestamp : null
  } catch {
    return null
  }
}

/** The newest good one of the snapshots that follow one another from here. */
async function readSnapshots(
  source: MetadataSource,
  root: Signing<RootSigned>,
  place: Place,
  from: number,
): Promise<{
  snapshot: Signing<SnapshotSigned> | null
  targets: Signing<TargetsSigned> | null
  next: number
} | null> {
  const run: Uint8Array[] = []
  for (let version = from; ; version++) {
    const bytes = await source.read(`${version}.snapshot.json`, LONGEST.snapshot)
    if (!bytes) break
    run.push(bytes)
  }
  const next = from + run.length
  for (let i = run.length - 1; i >= 0; i--) {
    try {
      const snapshot = readSigned<SnapshotSigned>('snapshot', run[i] as Uint8Array)
      verify(root.metadata, 'snapshot', snapshot)
      if (!isOf(snapshot.signed, place) || snapshot.signed.version !== from + i) continue
      const info = snapshot.signed.meta['targets.json']
      const targets = info && (await readTargets(source, 'targets', info, root.metadata, place))
      if (targets) return { snapshot, targets, next }
    } catch (error) {
      if (error instanceof FailureError && error.failure.code !== 'tampered') throw error
      // Not of our keys, or names what is not there: the one before it counts.
    }
  }
  return from === 1 ? { snapshot: null, targets: null, next } : null
}

async function readTargets(
  source: MetadataSource,
  name: string,
  info: FileInfo,
  delegator: Metadata<never>,
  place: Place,
): Promise<Signing<TargetsSigned>> {
  const file = `${info.version}.${name}.json`
  const bytes = await source.read(file, LONGEST.targets)
  if (!bytes || bytes.length !== info.length || hashOf(bytes) !== info.hashes.sha256) throw tampered(file)
  return trying(file, () => {
    const targets = readSigned<TargetsSigned>('targets', bytes)
    verify(delegator, name, targets)
    if (!isOf(targets.signed, place) || targets.signed.version !== info.version) throw tampered(file)
    return targets
  })
}

const verify = (delegator: Metadata<never>, role: string, signing: Signing<Signed>) =>
  (delegator as Metadata<Root & never>).verifyDelegate(role, signing.metadata)

function trying<T>(file: string, run: () => T): T {
  try {
    return run()
  } catch (error) {
    throw tampered(file, error)
  }
}
