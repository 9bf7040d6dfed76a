import { sign, verify } from 'node:crypto'
import { z } from 'zod'
import { Hash } from '#contract'
import { canonicalJson, FailureError, fail } from '../kit/index.ts'
import { FORMAT } from './format.ts'
import { fingerprintOf, type PublicKey, type SigningKey } from './key.ts'

const Sealed = z.object({
  signed: z.record(z.string(), z.unknown()),
  signatures: z.array(z.object({ keyid: Hash, sig: z.string().regex(/^[0-9a-f]{128}$/) })).max(16),
})

/** A signed document: Ed25519 over the canonical JSON of `signed`, `keyid` the fingerprint of the key (RFC 8032, RFC 8785). */
export interface Envelope<T> {
  signed: T
  signatures: { keyid: Hash; sig: string }[]
}

/** Signs a document. The same document and key give the same bytes. */
export function seal<T extends object>(signed: T, key: SigningKey): string {
  const sig = sign(null, Buffer.from(canonicalJson(signed)), key.secret).toString('hex')
  return `${JSON.stringify({ signed, signatures: [{ keyid: key.fingerprint, sig }] } satisfies Envelope<T>, null, 1)}\n`
}

const UNSIGNED = 'Publish it again from the computer that holds the key, or give this device the right key.'
const DAMAGED = 'Publish it again; if it stays, find out who can write into the repository.'

/**
 * Reads a signed document without trusting it: shape only.
 * @param what the document in a person's words: `The release 3 of Bird strikes`
 * @throws Failure `tampered` for what has not this shape, `unsupported` for a newer format
 */
export function readEnvelope<S extends z.ZodType>(
  content: Uint8Array | string,
  schema: S,
  what: string,
): Envelope<z.output<S>> & { raw: unknown } {
  let raw: unknown
  try {
    raw = JSON.parse(typeof content === 'string' ? content : Buffer.from(content).toString('utf8'))
  } catch (cause) {
    throw fail('tampered', `${what} cannot be read: it is damaged or was changed.`, DAMAGED, { cause })
  }
  if (!raw || typeof raw !== 'object' || !('signatures' in raw))
    throw fail('unsigned', `${what} is not signed.`, UNSIGNED)
  const sealed = Sealed.safeParse(raw)
  if (!sealed.success)
    throw fail('tampered', `${what} has no valid form: it is damaged or was changed.`, DAMAGED)
  const { format } = sealed.data.signed
  if (typeof format === 'string' && format !== FORMAT)
    throw fail(
      'unsupported',
      `${what} has the format ${format.slice(0, 40)}; this Edgewright reads ${FORMAT}.`,
      'Update Edgewright here.',
    )
  const signed = schema.safeParse(sealed.data.signed)
  if (!signed.success)
    throw fail('tampered', `${what} has no valid form: it is damaged or was changed.`, DAMAGED)
  return { signed: signed.data, signatures: sealed.data.signatures, raw: sealed.data.signed }
}

/**
 * Reads a signed document and checks its signature.
 * @throws Failure `unsigned` for no signature by this key, `tampered` where signature and content differ, and those of
 * {@link readEnvelope}
 */
export function openEnvelope<S extends z.ZodType>(
  content: Uint8Array | string,
  schema: S,
  key: PublicKey,
  what: string,
): z.output<S> {
  const { signed, signatures, raw } = readEnvelope(content, schema, what)
  if (signatures.length === 0) throw fail('unsigned', `${what} is not signed.`, UNSIGNED)
  const own = signatures.find(signature => signature.keyid === key.fingerprint)
  if (!own)
    throw fail(
      'unsigned',
      `${what} is signed with another key (${fingerprintOf(signatures[0]?.keyid ?? '')}) than the one trusted here (${fingerprintOf(key.fingerprint)}).`,
      UNSIGNED,
    )
  let valid = false
  try {
    valid = verify(null, Buffer.from(canonicalJson(raw)), key.key, Buffer.from(own.sig, 'hex'))
  } catch (error) {
    if (error instanceof FailureError) throw error
  }
  if (!valid)
    throw fail('tampered', `${what} was changed after it was signed: its signature does not fit.`, DAMAGED)
  return signed
}
