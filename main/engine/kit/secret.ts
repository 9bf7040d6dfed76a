import { timingSafeEqual } from 'node:crypto'

/** Compares a secret in a time that tells nothing of how much of it was right. */
export function isSecret(given: string, wanted: string): boolean {
  const one = Buffer.from(given)
  const other = Buffer.from(wanted)
  return one.length === other.length && timingSafeEqual(one, other)
}
