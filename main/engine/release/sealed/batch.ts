import { createHash } from 'node:crypto'
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { z } from 'zod'
import { fail } from '../../kit/index.ts'
import { openEnvelope, readEnvelope, seal } from '../envelope.ts'
import { Batch } from '../format/record.ts'
import { FORMAT } from '../format.ts'
import { deviceIdOf, type PublicKey, publicKeyFrom, type SigningKey } from '../key.ts'
import { openSealed, sealFor } from './age.ts'

/**
 * An `.edgeback`: this line, the batch (signed by the device, compressed with zstd, sealed by age), and the SHA-256 of
 * all that. FAT has no journal, so a file that lacks its end shows by the hash before anything is opened.
 */
const MAGIC = Buffer.from('EDGEBACK1\n')
const HASH = 32
/** Bytes of a batch once it is open: what is longer is not opened. */
const LONGEST = 256 << 20

const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest()

/** Seals a batch for the publisher; the device signs it inside, so that nobody else can have written it. */
export async function sealBatch(batch: Batch, key: SigningKey, recipient: string): Promise<Uint8Array> {
  const signed = seal({ type: 'batch', format: FORMAT, key: key.spki, batch }, key)
  const compressed = zstdCompressSync(Buffer.from(signed), {
    params: { [constants.ZSTD_c_checksumFlag]: 1 },
  })
  const body = Buffer.concat([MAGIC, await sealFor(recipient, compressed)])
  return Buffer.concat([body, sha256(body)])
}

/** Whether the bytes are an `.edgeback` from its first to its last; says nothing of who wrote it. */
export function isWholeBatch(bytes: Uint8Array): boolean {
  if (bytes.length <= MAGIC.length + HASH || !MAGIC.equals(bytes.subarray(0, MAGIC.length))) return false
  return sha256(bytes.subarray(0, -HASH)).equals(bytes.subarray(-HASH))
}

const SignedBatch = z.object({
  type: z.literal('batch'),
  format: z.literal(FORMAT),
  /** SPKI in DER, base64. */
  key: z.string().max(200),
  batch: Batch,
})

/**
 * Opens what a device sent back and checks that it is by the device it names.
 * @param what in a person's words: `The file box-3-000012.edgeback`
 * @returns the batch and the key that signed it; whether that key may report is for the caller to know
 * @throws Failure `unreadable-file` for a file that is not whole, `no-permission` where it was sealed for another
 * publisher, `tampered`, `unsigned`
 */
export async function openBatch(
  bytes: Uint8Array,
  identities: readonly string[],
  what: string,
): Promise<{ batch: Batch; key: PublicKey }> {
  if (!MAGIC.equals(bytes.subarray(0, MAGIC.length)))
    throw fail(
      'unreadable-file',
      `${what} is not what a device sends back.`,
      'Choose a file that ends with .edgeback.',
    )
  if (!isWholeBatch(bytes))
    throw fail(
      'unreadable-file',
      `${what} is not whole: it was cut off or damaged on its way, and nothing of it was taken.`,
      'Plug the stick into the device again; it writes the file anew.',
    )
  let compressed: Uint8Array
  try {
    compressed = await openSealed(identities, bytes.subarray(MAGIC.length, -HASH))
  } catch (cause) {
    throw fail(
      'no-permission',
      `${what} is sealed for another publisher, so it cannot be opened here.`,
      'Open it on the computer that publishes to this site.',
      { cause },
    )
  }
  let text: string
  try {
    text = zstdDecompressSync(compressed, { maxOutputLength: LONGEST }).toString('utf8')
  } catch (cause) {
    throw fail('tampered', `${what} does not hold what a device writes.`, 'Look at who had it in hand.', {
      cause,
    })
  }
  const { signed } = readEnvelope(text, SignedBatch, what)
  const key = keyOf(signed.key, what)
  openEnvelope(text, SignedBatch, key, what)
  const { batch } = signed
  if (deviceIdOf(key) !== batch.device || batch.records.some(record => record.device !== batch.device))
    throw fail('tampered', `${what} is of another device than it says.`, 'Look at who had it in hand.')
  return { batch, key }
}

function keyOf(text: string, what: string): PublicKey {
  try {
    return publicKeyFrom(text)
  } catch (cause) {
    throw fail('tampered', `${what} names no key that signed it.`, 'Look at who had it in hand.', { cause })
  }
}
