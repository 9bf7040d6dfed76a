import { createCipheriv, createDecipheriv, type DecipherGCM, randomBytes } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { ensureFolder, FailureError, fail } from '../../kit/index.ts'
import { openSealed, sealFor } from '../sealed/index.ts'
import type { Content } from '../tree/source.ts'

const NONCE = 12
const TAG = 16
/** Bytes of a file that are in memory at once. */
const PART = 1 << 20

const wrap = async (plain: Uint8Array, recipient: string): Promise<string> =>
  Buffer.from(await sealFor(recipient, plain)).toString('base64')

const unwrap = (wrapped: string, identity: string): Promise<Uint8Array> =>
  openSealed([identity], Buffer.from(wrapped, 'base64'))

/**
 * Encrypts the content of a file for a site: AES-256-GCM under a key drawn for it (nonce of 12 bytes, ciphertext, tag of
 * 16), the key wrapped by age for the site. age alone would do, but is pure JavaScript and ten times slower.
 * @param scratch folder for what comes of a file, which is never whole in memory
 * @returns the key as the manifest carries it: base64
 */
export async function encryptContent(
  plain: Content,
  recipient: string,
  scratch?: string,
): Promise<{ content: Content; key: string }> {
  const secret = randomBytes(32)
  const nonce = randomBytes(NONCE)
  const cipher = createCipheriv('aes-256-gcm', secret, nonce)
  const key = await wrap(secret, recipient)
  if (plain instanceof Uint8Array)
    return { content: Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]), key }
  if (scratch === undefined) throw new TypeError('A file is encrypted into a folder')
  const path = join(ensureFolder(scratch), randomBytes(12).toString('hex'))
  await pipeline(
    createReadStream(plain.path, { highWaterMark: PART }),
    async function* (chunks: AsyncIterable<Buffer>) {
      yield nonce
      for await (const chunk of chunks) yield cipher.update(chunk)
      yield cipher.final()
      yield cipher.getAuthTag()
    },
    createWriteStream(path, { mode: 0o600 }),
  )
  return { content: { path }, key }
}

/**
 * The content of a file that was encrypted for a site, as it comes. Nothing of it is to be believed before the end, which
 * proves all of it.
 * @param key as the manifest carries it
 * @param identity of the site
 * @throws Failure `no-permission` where the identity is of another site, `tampered` where the content was changed
 */
export async function* openParts(
  parts: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  key: string,
  identity: string,
): AsyncGenerator<Uint8Array> {
  const secret = await secretOf(key, identity)
  let decipher: DecipherGCM | null = null
  // Its last bytes may be the tag.
  let held = Buffer.alloc(0)
  try {
    for await (const part of parts) {
      held = Buffer.concat([held, part])
      if (!decipher) {
        if (held.length < NONCE) continue
        decipher = createDecipheriv('aes-256-gcm', secret, held.subarray(0, NONCE))
        held = held.subarray(NONCE)
      }
      const end = held.length - TAG
      if (end <= 0) continue
      yield decipher.update(held.subarray(0, end))
      held = held.subarray(end)
    }
    if (!decipher || held.length !== TAG) throw new RangeError('too short')
    decipher.setAuthTag(held)
    decipher.final()
  } catch (cause) {
    if (cause instanceof FailureError) throw cause
    throw fail('tampered', 'An encrypted file was changed after it was published.', 'Publish it again.', {
      cause,
    })
  }
}

/** The same of content that is small enough to be in memory. */
export async function openContent(content: Uint8Array, key: string, identity: string): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const part of openParts([content], key, identity)) parts.push(part)
  return Buffer.concat(parts)
}

async function secretOf(key: string, identity: string): Promise<Uint8Array> {
  try {
    return await unwrap(key, identity)
  } catch (cause) {
    throw fail(
      'no-permission',
      'This model is encrypted for a site whose key is not here.',
      'Have the device approved for that site, or publish the model without encryption.',
      { cause },
    )
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
