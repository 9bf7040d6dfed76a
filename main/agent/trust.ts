import { existsSync, readFileSync } from 'node:fs'
import type { Failure } from '#contract'
import { fail } from '../engine/kit/index.ts'
import {
  fingerprintOf,
  Index,
  KeyFile,
  LIMITS,
  openEnvelope,
  Pointer,
  type PublicKey,
  publicKeyFrom,
  type Repository,
} from '../engine/release/index.ts'
import type { Current, ModelState } from './current.ts'

const AGAIN = 'Publish again; if it stays, find out who can write into the repository.'

/** Trouble with the release itself, not with getting it. */
export const isRefusal = (failure: Failure): boolean =>
  failure.code === 'tampered' || failure.code === 'unsigned' || failure.code === 'unsupported'

/**
 * The key a person named for this device: a public key (SPKI in base64), its fingerprint, or a file with the key or
 * with a repository's `keys.json`.
 * @throws Failure `bad-input`
 */
export function namedKey(text: string): PublicKey | { fingerprint: string } {
  const content = existsSync(text) ? readFileSync(text, 'utf8').trim() : text.trim()
  if (/^[0-9a-f]{64}$/i.test(content)) return { fingerprint: content.toLowerCase() }
  try {
    if (!content.startsWith('{')) return publicKeyFrom(content)
    return onlyKeyOf(content)
  } catch (cause) {
    throw fail(
      'bad-input',
      `"${text.slice(0, 80)}" is neither a public key, nor a fingerprint, nor a file that holds one.`,
      'Copy it from "Show the signing key", or give the keys.json of the repository.',
      { cause },
    )
  }
}

function onlyKeyOf(content: string): PublicKey {
  const keys = Object.values(KeyFile.parse(JSON.parse(content)).keys)
  const [only] = keys
  if (!only || keys.length > 1) throw new Error(`${keys.length} keys`)
  return publicKeyFrom(only.public)
}

/**
 * Whom this device trusts: the key a person named, else the one it has pinned, else the only one the repository shows
 * (trust on first use). Null while the repository is still empty.
 * @throws Failure `unsigned` where the named key is not there, `tampered` for a damaged `keys.json`
 */
export async function trustedKey(
  repository: Repository,
  current: Current,
  named: ReturnType<typeof namedKey> | null,
  signal: AbortSignal,
): Promise<PublicKey | null> {
  if (named && 'spki' in named) return named
  if (current.trusted) {
    const pinned = publicKeyFrom(current.trusted)
    if (!named || named.fingerprint === pinned.fingerprint) return pinned
  }
  const content = await repository.read({ kind: 'keys' }, LIMITS.document, signal)
  if (!content) return null
  let key: PublicKey
  try {
    key = onlyKeyOf(Buffer.from(content).toString('utf8'))
  } catch (cause) {
    throw fail(
      'tampered',
      'The keys.json of the repository is damaged or holds more than one key.',
      'Publish again, or tell this device its key with --key.',
      { cause },
    )
  }
  if (named && key.fingerprint !== named.fingerprint)
    throw fail(
      'unsigned',
      `The repository is signed with the key ${fingerprintOf(key.fingerprint)}, not with ${fingerprintOf(named.fingerprint)} as this device was told.`,
      'Check the address of the repository and the key.',
    )
  return key
}

/**
 * Checks `models.json`: signature, the repository it speaks for, and that it is not older than one seen before.
 * @throws Failure `unsigned`, `tampered`, `unsupported`
 */
export function checkIndex(content: Uint8Array, key: PublicKey, current: Current, address: string): Index {
  const index = openEnvelope(content, Index, key, 'The list of models of the repository')
  const known = current.repository
  if (!known?.id) return index
  if (index.repository === known.id) {
    if (index.sequence < known.index)
      throw fail(
        'tampered',
        `The repository shows an older state (${index.sequence}) than was seen before (${known.index}).`,
        AGAIN,
      )
  } else if (known.address === address)
    throw fail(
      'tampered',
      'Another repository stands where the one of this device was.',
      'If that is intended, start the device with the new address and a new state folder.',
    )
  return index
}

/**
 * Checks `current.json` of a model: signature, what it speaks for, and that it is not behind what was seen.
 * @throws Failure `unsigned`, `tampered`, `unsupported`
 */
export function checkPointer(
  content: Uint8Array,
  key: PublicKey,
  repository: string,
  model: string,
  seen: ModelState['seen'],
): Pointer {
  const what = `The release of ${model}`
  const pointer = openEnvelope(content, Pointer, key, what)
  if (pointer.model !== model || pointer.repository !== repository)
    throw fail('tampered', `${what} was made for another place: it was moved here.`, AGAIN)
  if (seen && pointer.sequence < seen.sequence)
    throw fail(
      'tampered',
      `The repository offers release ${pointer.sequence} of ${model}, which is older than release ${seen.sequence} that was seen here.`,
      'Publish the wanted version again: that makes a new release.',
    )
  if (seen && pointer.sequence === seen.sequence && pointer.description.hash !== seen.description)
    throw fail('tampered', `There are two different releases ${pointer.sequence} of ${model}.`, AGAIN)
  return pointer
}
