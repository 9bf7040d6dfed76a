import type { Hash } from '#contract'
import type { Keyring, RoleChange, RoleKeyName, SiteWriterOptions } from '../door.ts'
import { ROOT_KEYS } from '../keys/keyFiles.ts'
import type { Lane } from '../trust.ts'
import { type Delegation, keyObject, type RootSigned, type Signed } from './signed.ts'

const DAY = 86_400_000

export type Kind = Signed['_type']

/** How long a signature of each kind holds, in milliseconds. */
export function livesOf(lane: Lane, days: SiteWriterOptions['days'] = {}): Record<Kind, number> {
  const short = lane === 'stick' ? 90 : 7
  return {
    root: (days.root ?? 365) * DAY,
    targets: (days.targets ?? 365) * DAY,
    snapshot: (days.snapshot ?? short) * DAY,
    timestamp: (days.timestamp ?? short) * DAY,
  }
}

/** Whether it is time to sign anew: after a day for what is short-lived, in the last quarter for the others. */
export function isDue(signed: Signed, life: number, now: number): boolean {
  const left = Date.parse(signed.expires) - now
  const isShort = signed._type === 'snapshot' || signed._type === 'timestamp'
  return left < (isShort ? life - Math.min(DAY, life / 4) : life / 4)
}

/** The key that signs a role. A stick's snapshot and timestamp have their own: they hold for longer. */
export function keyNameOf(role: Exclude<RoleChange['role'] | Kind, 'root'>, lane: Lane): RoleKeyName {
  if (role === 'targets' || role === 'site') return role
  if (role === 'snapshot' || role === 'timestamp') return lane === 'stick' ? `stick-${role}` : role
  return 'release'
}

/** Paths that a delegated role may vouch for; `*` stands for one part of a path (4.5). */
export const pathsOf = (role: RoleChange['role']): string[] =>
  role === 'site' ? ['site/*'] : [`models/${role.slice('model-'.length)}/*/*`]

export function delegationOf(role: RoleChange['role'], key: Hash): Delegation {
  return { name: role, keyids: [key], threshold: 1, paths: pathsOf(role), terminating: true }
}

/** Who signs what by the ring as it is now: two of three root keys, one key for each other role. */
export function rolesOf(keyring: Keyring, lane: Lane): Pick<RootSigned, 'keys' | 'roles'> {
  const roots = ROOT_KEYS.map(name => keyring.key(name))
  const others = (['targets', 'snapshot', 'timestamp'] as const).map(
    role => [role, keyring.key(keyNameOf(role, lane))] as const,
  )
  return {
    keys: Object.fromEntries(
      [...roots, ...others.map(([, key]) => key)].map(key => [key.id, keyObject(key)]),
    ) as RootSigned['keys'],
    roles: {
      root: { keyids: roots.map(({ id }) => id), threshold: 2 },
      ...(Object.fromEntries(others.map(([role, { id }]) => [role, { keyids: [id], threshold: 1 }])) as Omit<
        RootSigned['roles'],
        'root'
      >),
    },
  }
}

/** Whether two roots name the same keys for the same roles. */
export const namesSame = (a: Pick<RootSigned, 'roles'>, b: Pick<RootSigned, 'roles'>): boolean =>
  (['root', 'targets', 'snapshot', 'timestamp'] as const).every(
    role =>
      a.roles[role].threshold === b.roles[role].threshold &&
      [...a.roles[role].keyids].sort().join() === [...b.roles[role].keyids].sort().join(),
  )
