import { hashOf } from '../../kit/index.ts'
import type { RoleChange, Said } from '../door.ts'
import type { MetadataSink } from '../trust.ts'
import type { Repository } from './repository.ts'
import { targetsOf } from './signed.ts'
import { statesOf } from './states.ts'

/** What a repository says, to be remembered outside of it. */
export async function saidIn(repo: Repository): Promise<Said> {
  const states = await statesOf(repo)
  const targets: Said['targets'] = {}
  for (const { name } of repo.targets?.signed.delegations?.roles ?? []) {
    const role = await repo.role(name)
    if (role) targets[name as RoleChange['role']] = targetsOf(role.signed)
  }
  return {
    versions: Object.fromEntries(states.map(({ role, version }) => [role, version])),
    snapshot: repo.snapshot && hashOf(repo.snapshot.bytes),
    roots: Object.fromEntries(
      [...repo.roots].map(([name, bytes]) => [name, Buffer.from(bytes).toString('utf8')]),
    ),
    targets,
  }
}

/** Writes root files that are gone: devices follow them one by one. */
export async function putRootsBack(sink: MetadataSink, { roots }: Said, longest: number): Promise<void> {
  const numbered = Object.entries(roots).sort(([a], [b]) => Number.parseInt(a, 10) - Number.parseInt(b, 10))
  for (const [name, text] of numbered)
    if (!(await sink.read(name, longest))) await sink.write(name, Buffer.from(text), { exclusive: true })
}
