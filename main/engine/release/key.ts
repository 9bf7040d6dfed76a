import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import type { Hash } from '#contract'
import { ensureFolder, fail, hashOf, syncFolder } from '../kit/index.ts'

/** A key that signatures are checked with. */
export interface PublicKey {
  /** SHA-256 of the SPKI in DER. */
  fingerprint: Hash
  /** SPKI in DER, base64. */
  spki: string
  key: KeyObject
}

/** A key that signs. */
export interface SigningKey extends PublicKey {
  secret: KeyObject
}

const publicKeyOf = (key: KeyObject): PublicKey => {
  if (key.asymmetricKeyType !== 'ed25519') throw new Error('not an Ed25519 key')
  const der = key.export({ type: 'spki', format: 'der' })
  return { fingerprint: hashOf(der), spki: der.toString('base64'), key }
}

/** Reads a public key: SPKI in base64, or PEM. Throws where it is none. */
export function publicKeyFrom(text: string): PublicKey {
  const key = text.includes('-----BEGIN')
    ? createPublicKey(text)
    : createPublicKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' })
  return publicKeyOf(key)
}

/** Reads a signing key from PKCS #8 in PEM. Throws where it is none. */
export function signingKeyFrom(pem: string): SigningKey {
  const secret = createPrivateKey(pem)
  return { ...publicKeyOf(createPublicKey(secret)), secret }
}

/** A fresh key and its PKCS #8 in PEM. */
export function generateKey(): { key: SigningKey; pem: string } {
  const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
  return { key: signingKeyFrom(pem), pem }
}

/** A fingerprint as people compare it: the first 16 digits in groups. */
export const fingerprintOf = (fingerprint: string): string =>
  (fingerprint.slice(0, 16).match(/.{4}/g) ?? []).join(' ')

/** The id of a device, from its public key. */
export const deviceIdOf = (key: PublicKey): string => key.fingerprint.slice(0, 24)

/**
 * The key in a folder, made at first use: PKCS #8 in PEM, readable by its owner only. Two processes that come first at
 * the same time get the same key.
 * @throws Failure `unreadable-file` for a damaged key, which is never replaced: every device trusts the old one
 */
export function openSigningKey(folder: string, name = 'signing-key.pem'): SigningKey {
  ensureFolder(folder)
  const file = join(folder, name)
  if (!existsSync(file)) create(file, folder)
  try {
    const key = signingKeyFrom(readFileSync(file, 'utf8'))
    if (process.platform !== 'win32') chmodSync(file, 0o600)
    return key
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code?.startsWith('E') && (cause as NodeJS.ErrnoException).syscall)
      throw cause
    throw fail(
      'unreadable-file',
      `The key in ${file} cannot be read; it was left as it is.`,
      'Copy it back from where you keep copies. With a new key, every device has to be told to trust it.',
      { cause },
    )
  }
}

function create(file: string, folder: string): void {
  const part = `${file}.${process.pid}.part`
  const handle = openSync(part, 'w', 0o600)
  try {
    writeSync(handle, generateKey().pem)
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
  try {
    // A link is made by one of two processes only, where a rename would silently take the last.
    linkSync(part, file)
    syncFolder(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(part, { force: true })
  }
}
