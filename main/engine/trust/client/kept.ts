import { Metadata, type MetadataKind, type Targets } from '@tufjs/models'
import type { Hash } from '#contract'
import type { RoleName, RoleState, Trusted, TrustedTarget } from '../trust.ts'

type Files = ReadonlyMap<string, Uint8Array>

const json = (bytes: Uint8Array) => JSON.parse(Buffer.from(bytes).toString('utf8'))

interface RoleKeys {
  name?: string
  keyids: Hash[]
  threshold: number
}

/** How the roles stand in these files, root first, the delegated ones last. */
export function rolesIn(files: Files): RoleState[] {
  const root = files.get('root')
  const top: Record<string, RoleKeys> = root ? json(root).signed.roles : {}
  const targets = files.get('targets')
  const delegated: RoleKeys[] = targets ? (json(targets).signed.delegations?.roles ?? []) : []
  return ['root', 'timestamp', 'snapshot', 'targets', ...delegated.map(({ name }) => name as string)].flatMap(
    role => {
      const bytes = files.get(role)
      const by = top[role] ?? delegated.find(({ name }) => name === role)
      if (!bytes || !by) return []
      const { version, expires } = json(bytes).signed
      return [{ role: role as RoleName, version, expires, threshold: by.threshold, keys: by.keyids }]
    },
  )
}

export function targetOf(
  path: string,
  target: { length: number; hashes: Record<string, string>; custom: Record<string, unknown> },
): TrustedTarget | null {
  const hash = target.hashes.sha256
  if (!hash || !/^[0-9a-f]{64}$/.test(hash)) return null
  return { path, hash: hash as Hash, bytes: target.length, custom: target.custom }
}

const targetsFrom = (bytes: Uint8Array): Metadata<Targets> =>
  Metadata.fromJSON('targets' as MetadataKind.Targets, json(bytes))

/** What a whole refresh left, read without asking anyone and whatever the clock says (5.6.7 without fetching). */
export function keptTrust(files: Files): Trusted {
  const find = (name: string, path: string, seen: Set<string>): TrustedTarget | null => {
    const bytes = files.get(name)
    if (!bytes || seen.has(name)) return null
    const { signed } = targetsFrom(bytes)
    const target = signed.targets[path]
    if (target) return targetOf(path, target)
    for (const { role, terminating } of signed.delegations?.rolesForTarget(path) ?? []) {
      const found = find(role, path, new Set([...seen, name]))
      if (found || terminating) return found
    }
    return null
  }
  return { roles: rolesIn(files), target: async path => find('targets', path, new Set()) }
}
