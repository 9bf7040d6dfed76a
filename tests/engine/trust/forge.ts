import { Metadata, type MetadataKind, Signature } from '@tufjs/models'
import type { Hash } from '#contract'
import { hashOf } from '../../../main/engine/kit/index.ts'
import type { Keyring, MetadataSource } from '../../../main/engine/trust/index.ts'

type Signed = Record<string, never> & { _type: string; version: number; expires: string }
// biome-ignore lint/suspicious/noExplicitAny: an attacker writes what no type allows
export type Loose = any

/** Signs a part as it is with these keys: what an attacker does who has them. */
export function signAs(signed: Loose, keys: readonly Hash[], keyring: Keyring): Uint8Array {
  const metadata = Metadata.fromJSON(signed._type as MetadataKind.Root, { signed, signatures: [] })
  for (const keyID of keys)
    metadata.sign(bytes => new Signature({ keyID, sig: keyring.sign(keyID, bytes) ?? '' }))
  return Buffer.from(JSON.stringify(metadata.toJSON()))
}

/** A file of a repository, changed, and signed anew with the keys that had signed it or with others. */
export function forge(
  files: Map<string, Uint8Array>,
  name: string,
  change: (signed: Signed & Loose) => void,
  keyring: Keyring,
  keys?: readonly Hash[],
): Uint8Array {
  const { signed, signatures } = JSON.parse(Buffer.from(files.get(name) ?? []).toString())
  change(signed)
  return signAs(signed, keys ?? signatures.map(({ keyid }: { keyid: Hash }) => keyid), keyring)
}

/**
 * An attacker with the keys of snapshot and timestamp: puts a changed role, or none, into a new snapshot and timestamp.
 * @param at version of the new snapshot and timestamp
 */
export function resign(files: Map<string, Uint8Array>, keyring: Keyring, at: number, meta: Loose = {}): void {
  const { signed } = JSON.parse(Buffer.from(files.get('timestamp.json') ?? []).toString())
  const before = `${signed.meta['snapshot.json'].version}.snapshot.json`
  const snapshot = forge(
    files,
    before,
    part => {
      part.version = at
      for (const [name, value] of Object.entries(meta))
        if (value === null) delete part.meta[name]
        else part.meta[name] = value
    },
    keyring,
  )
  files.set(`${at}.snapshot.json`, snapshot)
  files.set(
    'timestamp.json',
    forge(
      files,
      'timestamp.json',
      part => {
        part.version = at
        part.meta['snapshot.json'] = infoOf(at, snapshot)
      },
      keyring,
    ),
  )
}

export const infoOf = (version: number, bytes: Uint8Array) => ({
  version,
  length: bytes.length,
  hashes: { sha256: hashOf(bytes) },
})

/** A source whose one file never ends, drips, or never comes. */
export function troubled(
  source: MetadataSource,
  file: string,
  how: (limit: number, signal?: AbortSignal) => Promise<Uint8Array | null>,
): MetadataSource {
  return {
    read: (name, limit, signal) => (name === file ? how(limit, signal) : source.read(name, limit, signal)),
  }
}
