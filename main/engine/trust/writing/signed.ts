import { type Metadata, type MetadataKind, Metadata as Of, Signature } from '@tufjs/models'
import type { Hash } from '#contract'
import { hashOf } from '../../kit/index.ts'
import type { Keyring, PublicKey } from '../door.ts'
import type { TrustedTarget } from '../trust.ts'

/** Fields that every signed part has (TUF 1.0.31, 4.3), as they stand in the file. */
interface Common {
  spec_version: '1.0.31'
  version: number
  /** ISO 8601 in UTC without fractions of a second, as the specification has it. */
  expires: string
  [place: `x-${string}`]: unknown
}

interface KeyObject {
  keytype: 'ed25519'
  scheme: 'ed25519'
  keyval: { public: string }
}

interface RoleKeys {
  keyids: Hash[]
  threshold: number
}

/** 4.3 */
export interface RootSigned extends Common {
  _type: 'root'
  consistent_snapshot: true
  keys: Record<Hash, KeyObject>
  roles: Record<'root' | 'targets' | 'snapshot' | 'timestamp', RoleKeys>
}

export interface FileInfo {
  version: number
  length: number
  hashes: { sha256: Hash }
}

/** 4.4 */
export interface SnapshotSigned extends Common {
  _type: 'snapshot'
  meta: Record<`${string}.json`, FileInfo>
}

/** 4.6 */
export interface TimestampSigned extends Common {
  _type: 'timestamp'
  meta: { 'snapshot.json': FileInfo }
}

export interface Delegation extends RoleKeys {
  name: string
  paths: string[]
  terminating: true
}

/** 4.5 */
export interface TargetsSigned extends Common {
  _type: 'targets'
  targets: Record<
    string,
    { length: number; hashes: { sha256: Hash }; custom?: Record<string, unknown> | undefined }
  >
  delegations?: { keys: Record<Hash, KeyObject>; roles: Delegation[] }
}

export type Signed = RootSigned | SnapshotSigned | TimestampSigned | TargetsSigned

/** A metadata file: what it says, and as the library holds it for verification. */
export interface Signing<S extends Signed> {
  signed: S
  metadata: Metadata<never>
  bytes: Uint8Array
}

export const keyObject = (key: PublicKey): KeyObject => ({
  keytype: 'ed25519',
  scheme: 'ed25519',
  keyval: { public: key.public },
})

/** @throws Error for what is no metadata of this kind */
export function readSigned<S extends Signed>(kind: S['_type'], bytes: Uint8Array): Signing<S> {
  const data = JSON.parse(Buffer.from(bytes).toString('utf8'))
  return { signed: data.signed, metadata: Of.fromJSON(kind as MetadataKind.Root, data) as never, bytes }
}

/**
 * Signs canonical JSON of the signed part with every one of these keys that is here (4.2).
 * @returns the file and the keys that signed it
 */
export function signWith<S extends Signed>(signed: S, keys: Iterable<Hash>, keyring: Keyring) {
  const metadata = Of.fromJSON(signed._type as MetadataKind.Root, {
    signed: JSON.parse(JSON.stringify(signed)),
    signatures: [],
  })
  const by: Hash[] = []
  for (const keyID of new Set(keys)) {
    let sig: string | null = null
    metadata.sign(bytes => {
      sig = keyring.sign(keyID, bytes)
      return new Signature({ keyID, sig: sig ?? '' })
    })
    if (sig) by.push(keyID)
    else delete metadata.signatures[keyID]
  }
  return { bytes: Buffer.from(JSON.stringify(metadata.toJSON())), by }
}

/** Whether a key is here and whole: one that is replaced because its file is damaged need not sign any more. */
export function canSign(keyring: Keyring, id: Hash): boolean {
  try {
    return keyring.sign(id, new Uint8Array(0)) !== null
  } catch {
    return false
  }
}

export const infoOf = (version: number, bytes: Uint8Array): FileInfo => ({
  version,
  length: bytes.length,
  hashes: { sha256: hashOf(bytes) },
})

export const targetsOf = (signed: TargetsSigned): TrustedTarget[] =>
  Object.entries(signed.targets).map(([path, target]) => ({
    path,
    hash: target.hashes.sha256,
    bytes: target.length,
    custom: target.custom ?? {},
  }))

export const dateOf = (milliseconds: number): string =>
  new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z')
