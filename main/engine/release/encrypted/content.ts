import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { fail } from '../../kit/index.ts'
import { openSealed, sealFor } from '../sealed/index.ts'

const NONCE = 12
const TAG = 16

const wrap = async (plain: Uint8Array, recipient: string): Promise<string> =>
  Buffer.from(await sealFor(recipient, plain)).toString('base64')

const unwrap = (wrapped: string, identity: string): Promise<Uint8Array> =>
  openSealed([identity], Buffer.from(wrapped, 'base64'))

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
  return { content, key: await wrap(secret, recipient) }
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
    secret = await unwrap(key, identity)
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
    return Buffer.concat([decipher.update(content.subarray(NONCE, content.length - TAG)), decipher.final()])
  } catch (cause) {
    throw fail('tampered', 'An encrypted file was changed after it was published.', 'Publish it again.', {
      cause,
    })
  }
}

/** The identity of a site, sealed for one device: what `PlanDevice.siteKey` holds. */
export const sealSiteKey = (identity: string, recipient: string): Promise<string> =>
  wrap(Buffer.from(identity), recipient)

/**
 * The other way, on the device.
 * @throws Failure `no-permission` where it was sealed for another device
 */
export async function openSiteKey(siteKey: string, identity: string): Promise<string> {
  try {
    return Buffer.from(await unwrap(siteKey, identity)).toString('utf8')
  } catch (cause) {
    throw fail(
      'no-permission',
      'The key of the site was sealed for another device.',
      'Approve this device anew.',
      { cause },
    )
  }
}
