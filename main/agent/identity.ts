import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { fail } from '../engine/kit/index.ts'
import {
  codeOf,
  deviceIdOf,
  generateKey,
  newIdentity,
  recipientOf,
  type SigningKey,
  signingKeyFrom,
  TOKEN_FILE,
} from '../engine/release/index.ts'
import { writeDurably } from './disk/index.ts'
import type { Disk } from './ports.ts'

/** Who a device is. */
export interface Identity {
  /** Begins the fingerprint of its key. */
  id: string
  /** Signs its reports. */
  key: SigningKey
  /** Opens what is sealed for it (age); stays here. */
  identity: string
  /** Who seals for it uses this. */
  recipient: string
  /** What a person compares before the device is let in: `1234-5678`. */
  code: string
  /** Lets in who may read the state folder, and nobody else. */
  token: string
}

/**
 * The keys of a device, made at its first start. A key that is there is never replaced: the publisher knows the device
 * by it.
 * @throws Failure `unreadable-file` for a damaged key
 */
export async function openIdentity(disk: Disk, folder: string): Promise<Identity> {
  const home = join(folder, 'id')
  disk.ensureFolder(home)
  const text = async (path: string, make: () => string | Promise<string>): Promise<string> => {
    const found = disk.read(path)
    if (found) return Buffer.from(found).toString('utf8').trim()
    const made = await make()
    writeDurably(disk, path, made)
    return made.trim()
  }
  const at = (name: string) => join(home, name)
  const damaged = (name: string, cause: unknown) =>
    fail(
      'unreadable-file',
      `The key of this device in ${at(name)} cannot be read; it was left as it is.`,
      'Copy it back, or give the device a new state folder: it then has to be approved again.',
      { cause },
    )
  const pem = await text(at('device.ed25519'), () => generateKey().pem)
  const identity = await text(at('device.age'), newIdentity)
  const token = await text(join(folder, TOKEN_FILE), () => randomBytes(24).toString('base64url'))
  let key: SigningKey
  let recipient: string
  try {
    key = signingKeyFrom(pem)
  } catch (cause) {
    throw damaged('device.ed25519', cause)
  }
  try {
    recipient = await recipientOf(identity)
  } catch (cause) {
    throw damaged('device.age', cause)
  }
  return { id: deviceIdOf(key), key, identity, recipient, code: codeOf(key.spki, recipient), token }
}
