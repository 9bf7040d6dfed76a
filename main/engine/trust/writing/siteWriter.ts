import { setTimeout as pause } from 'node:timers/promises'
import { FailureError, fail } from '../../kit/index.ts'
import type { NextChanges, RootKeyName, Said, SiteWriter, SiteWriterOptions } from '../door.ts'
import { LONGEST } from '../limits.ts'
import type { RoleName, RoleState } from '../trust.ts'
import { advance, type Bench, timestampOf, unsettled } from './advance.ts'
import { type Repository, readRepository } from './repository.ts'
import { isRootDue, requireRootKeys, rootOf } from './root.ts'
import { putRootsBack, saidIn } from './said.ts'
import { targetsOf } from './signed.ts'
import { statesOf } from './states.ts'
import { keyNameOf, livesOf } from './terms.ts'

/** Publishers at one place at one time; each of them loses a race only to one who came through. */
const ATTEMPTS = 50

/** Opens the metadata of a site and lane for writing; touches nothing yet. */
export function openSiteWriter({
  sink,
  keyring,
  site,
  lane,
  now = Date.now,
  days,
  memory,
}: SiteWriterOptions): SiteWriter {
  const place = { site, lane }
  const bench = (): Bench => ({ sink, keyring, place, lives: livesOf(lane, days), now: now() })
  const read = () => readRepository(sink, keyring, place)

  /** Nobody was here before; another publisher may be at the same. */
  async function begin(at: Bench): Promise<Repository> {
    const { name, bytes } = rootOf(at, null)
    await sink.write(name, bytes, { exclusive: true })
    const repo = await read()
    if (!repo) throw fail('unreachable', 'What was written could not be read again.', 'Check the place.')
    if (repo.snapshot)
      throw fail('already-there', 'Somebody else published in the meantime.', 'Publish again.')
    return repo
  }

  /** A timestamp for the newest snapshot, whoever made it: another publisher's, or one who ended before it. */
  async function settle(): Promise<void> {
    for (let done = 0; ; ) {
      const repo = await read()
      const snapshot = repo && unsettled(repo)
      if (!snapshot || snapshot.version === done) return
      await sink.write('timestamp.json', timestampOf(bench(), repo, snapshot))
      done = snapshot.version
    }
  }

  /** Whoever makes the next snapshot was first; the others begin again on top of it. */
  async function bring(next: NextChanges, strict: boolean, restoring = false): Promise<RoleState[]> {
    let owed = next
    // What sticks carry says again what is online, so that an older copy of it has nothing that could be lost.
    const above = restoring || lane === 'stick'
    for (let attempt = 1; ; attempt++) {
      const last = memory?.last() ?? null
      const at: Bench = { ...bench(), ...(above && last && { floor: floorAt(last, attempt) }) }
      if (above && last) await putRootsBack(sink, last, LONGEST.root)
      const there = await read()
      if (!above) await compare(there)
      const changes = await owed(async role => {
        const found = await there?.role(role)
        return found ? targetsOf(found.signed) : []
      })
      checkNumbers(changes)
      try {
        const repo = there ?? (await begin(at))
        const snapshot = await advance(at, repo, changes)
        // It is in now: what goes wrong from here on may not bring it in once more.
        owed = nothing
        if (snapshot) await sink.write('timestamp.json', timestampOf(at, repo, snapshot))
        else await settle()
        // Last: what it names instead has signed beside the old keys already.
        if (isRootDue(at, repo) && (strict || canSignRoot(at, repo.root.signed))) {
          const { name, bytes } = rootOf(at, repo.root.signed)
          await sink.write(name, bytes, { exclusive: true })
        }
        await settle()
        return await remember()
      } catch (error) {
        if (!isTaken(error) || attempt === ATTEMPTS) throw error
      }
      await pause(Math.random() * 20 * attempt)
    }
  }

  /** A repository that is not there is begun anew, and one that was driven up shows versions that nobody signed here. */
  async function compare(repo: Repository | null): Promise<void> {
    if (memory && repo && !repo.driven) await memory.check(await saidIn(repo))
  }

  async function remember(): Promise<RoleState[]> {
    const repo = await read()
    if (repo && !repo.driven) await memory?.save(await saidIn(repo))
    return repo ? await statesOf(repo) : []
  }

  async function state(): Promise<RoleState[]> {
    const repo = await read()
    return repo ? statesOf(repo) : []
  }

  return {
    ensure: () => bring(nothing, false),
    refreshOnline: () => bring(nothing, false),
    publish: changes => bring(typeof changes === 'function' ? changes : async () => changes, false),
    check: async () => compare(await read()),
    restore: changes => bring(changes, false, true),
    state,
    async targets(role) {
      const found = await (await read())?.role(role)
      return found ? targetsOf(found.signed) : []
    },
    async rotate(role, lost) {
      const repo = await read()
      if (lane === 'online') await compare(repo)
      const name = renewedBy(role, lost, lane)
      const before = keyring.key(name)
      if (role === 'root' || role === 'targets' || role === 'snapshot' || role === 'timestamp')
        requireRootKeys(bench(), repo?.root.signed ?? null, role === 'root' ? before.id : undefined)
      keyring.renew(name)
      return bring(nothing, true)
    },
  }
}

/** A number that a try left behind is not seen behind the gap: the next one goes on after it. */
const floorAt = ({ versions }: Said, attempt: number): Said['versions'] => ({
  ...versions,
  snapshot: (versions.snapshot ?? 0) + attempt - 1,
})

const nothing: NextChanges = async () => []

const isTaken = (error: unknown): boolean =>
  error instanceof FailureError && error.failure.code === 'already-there'

const renewedBy = (role: RoleName, lost: RootKeyName | undefined, lane: SiteWriterOptions['lane']) => {
  if (role !== 'root') return keyNameOf(role, lane)
  if (lost) return lost
  throw fail(
    'bad-input',
    'Root has three keys, and one of them is replaced at a time.',
    'Name it: "this computer", "backup" or "second person".',
  )
}

function canSignRoot(at: Bench, root: Parameters<typeof requireRootKeys>[1]): boolean {
  try {
    requireRootKeys(at, root)
    return true
  } catch {
    return false
  }
}

/** Other programs read canonical JSON that has whole numbers only (4.2). */
function checkNumbers(value: unknown): void {
  if (typeof value === 'number' && !Number.isSafeInteger(value))
    throw new TypeError(`${value} cannot be signed: only whole numbers can`)
  if (value && typeof value === 'object') for (const each of Object.values(value)) checkNumbers(each)
}
