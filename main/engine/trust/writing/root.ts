import type { Hash } from '#contract'
import { fail } from '../../kit/index.ts'
import { type Bench, headOf } from './advance.ts'
import type { Repository } from './repository.ts'
import { canSign, type RootSigned, signWith } from './signed.ts'
import { isDue, namesSame, rolesOf } from './terms.ts'

/** Whether root names other keys than the ring has, or ends soon. */
export const isRootDue = (bench: Bench, repo: Repository): boolean =>
  !namesSame(repo.root.signed, rolesOf(bench.keyring, bench.place.lane)) ||
  isDue(repo.root.signed, bench.lives.root, bench.now)

/** The next root, of the ring's keys, signed by enough keys of the one before and by enough of its own (5.3.4). */
export function rootOf(bench: Bench, before: RootSigned | null): { name: string; bytes: Uint8Array } {
  const { keyring, place } = bench
  const signed: RootSigned = {
    ...headOf(bench, 'root', (before?.version ?? 0) + 1),
    consistent_snapshot: true,
    ...rolesOf(keyring, place.lane),
  }
  requireRootKeys(bench, before)
  const signers = [...(before?.roles.root.keyids ?? []), ...signed.roles.root.keyids]
  const { bytes } = signWith(
    signed,
    signers.filter(id => canSign(keyring, id)),
    keyring,
  )
  return { name: `${signed.version}.root.json`, bytes }
}

/**
 * Two of the root keys that are trusted now have to be here, and two of those that will be.
 * @param replaced a key in whose place a new one comes, which will be here
 * @throws Failure `no-permission`
 */
export function requireRootKeys({ keyring, place }: Bench, before: RootSigned | null, replaced?: Hash): void {
  const after = rolesOf(keyring, place.lane).roles.root
  const staying = after.keyids.filter(id => id !== replaced)
  const coming = after.keyids.length - staying.length
  for (const { keyids, threshold } of [
    ...(before ? [before.roles.root] : []),
    { keyids: staying, threshold: after.threshold - coming },
  ]) {
    const here = keyids.filter(id => canSign(keyring, id))
    if (here.length >= threshold) continue
    const names = here.map(id => `"${keyring.known(id)?.name}"`).join(' and ')
    throw fail(
      'no-permission',
      `Two root keys have to sign, and ${names ? `only ${names} is` : 'none of them is'} on this computer.`,
      'Bring another one back with `publishing keys import FILE` and do it again.',
    )
  }
}
