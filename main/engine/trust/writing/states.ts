import type { RoleName, RoleState } from '../trust.ts'
import type { Repository } from './repository.ts'
import type { Signed } from './signed.ts'

/** How every role of a repository stands, root first, the delegated ones last. */
export async function statesOf(repo: Repository): Promise<RoleState[]> {
  const { root, targets } = repo
  const states: RoleState[] = []
  const add = (role: RoleName, signed: Signed | undefined, by: Pick<RoleState, 'keys' | 'threshold'>) => {
    if (signed) states.push({ role, version: signed.version, expires: signed.expires, ...by })
  }
  const top = (role: 'root' | 'targets' | 'snapshot' | 'timestamp') => {
    const { keyids, threshold } = root.signed.roles[role]
    return { keys: keyids, threshold }
  }
  add('root', root.signed, top('root'))
  add('timestamp', repo.timestamp?.signed, top('timestamp'))
  add('snapshot', repo.snapshot?.signed, top('snapshot'))
  add('targets', targets?.signed, top('targets'))
  for (const { name, keyids, threshold } of targets?.signed.delegations?.roles ?? [])
    add(name as RoleName, (await repo.role(name))?.signed, { keys: keyids, threshold })
  return states
}
