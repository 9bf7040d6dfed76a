import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption'
import { fail } from '../../kit/index.ts'

/** A key pair of a site (age, X25519): who holds its identity opens the models that were encrypted for it. */
export interface SiteIdentity {
  identity: string
  recipient: string
}

export async function newSiteIdentity(): Promise<SiteIdentity> {
  return siteIdentityFrom(await generateX25519Identity())
}

/** @throws Error where it is no age identity */
export async function siteIdentityFrom(identity: string): Promise<SiteIdentity> {
  return { identity, recipient: await identityToRecipient(identity) }
}

const NONCE = 12
const TAG = 16

async function seal(plain: Uint8Array | string, recipient: string): Promise<string> {
  const age = new Encrypter()
  age.addRecipient(recipient)
  return Buffer.from(await age.encrypt(plain)).toString('base64')
}

async function open(sealed: string, identity: string): Promise<Uint8Array> {
  const age = new Decrypter()
  age.addIdentity(identity)
  return await age.decrypt(Buffer.from(sealed, 'base64'))
}

/**
 * Encrypts the content of a file for a site: AES-256-GCM under a key drawn for it (nonce of 12 bytes, ciphertext, tag of
 * 16), the key wrapped by age for the site. age alone would do, but is pure JavaScript and ten times slower.
 * @returns the key as the manifest carries it: base64
 */
export async function encryptContent(
  plain: Uint8Array,
  recipient: string,
): Promise<{ content: Uint8Array; key: string }> {
  const secret = randomBytes(32)
  const nonce = randomBytes(NONCE)
  const cipher = createCipheriv('aes-256-gcm', secret, nonce)
  const content = Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
  return { content, key: await seal(secret, recipient) }
}

/**
 * The content of a file that was encrypted for a site.
 * @param key as the manifest carries it
 * @param identity of the site
 * @throws Failure `no-permission` where the identity is of another site, `tampered` where the content was changed
 */
export async function openContent(content: Uint8Array, key: string, identity: string): Promise<Uint8Array> {
  let secret: Uint8Array
  try {
    secret = await open(key, identity)
  } catch (cause) {
    throw fail(
      'no-permission',
      'This model is encrypted for a site whose key is not here.',
      'Have the device approved for that site, or publish the model without encryption.',
      { cause },
    )
  }
  try {
    const decipher = createDecipheriv('aes-256-gcm', secret, content.subarray(0, NONCE))
    decipher.setAuthTag(content.subarray(content.length - TAG))
    return Buffer.concat([
      decipher.update(content.subarray(NONCE, content.length - TAG)),
      decipher.final(),
    ])
  } catch (cause) {
    throw fail('tampered', 'An encrypted file was changed after it was published.', 'Publish it again.', {
      cause,
    })
  }
}

/** The identity of a site, sealed for one device: what `PlanDevice.siteKey` holds. */
export const sealSiteKey = (identity: string, recipient: string): Promise<string> => seal(identity, recipient)

/**
 * The other way, on the device.
 * @throws Failure `no-permission` where it was sealed for another device
 */
export async function openSiteKey(siteKey: string, identity: string): Promise<string> {
  try {
    return Buffer.from(await open(siteKey, identity)).toString('utf8')
  } catch (cause) {
    throw fail(
      'no-permission',
      'The key of the site was sealed for another device.',
      'Approve this device anew.',
      { cause },
    )
  }
}
