import { createHash } from 'node:crypto'

/**
 * Eight digits that stand for a device where people compare: on its page and where it is approved. Made of both public
 * keys, so that a device that poses as another has another code.
 * @param key Ed25519, SPKI in DER, base64
 * @param recipient age
 * @returns `1234-5678`
 */
export function codeOf(key: string, recipient: string): string {
  const sum = createHash('sha256').update(`edgewright-code/1|${key}|${recipient}`).digest()
  const digits = String(sum.readBigUInt64BE(0) % 100_000_000n).padStart(8, '0')
  return `${digits.slice(0, 4)}-${digits.slice(4)}`
}
