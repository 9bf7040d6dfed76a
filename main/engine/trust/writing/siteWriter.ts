import { setTimeout as pause } from 'node:timers/promises'
import { FailureError, fail } from '../../kit/index.ts'
import type { RoleChange, RootKeyName, SiteWriter, SiteWriterOptions } from '../door.ts'
import type { RoleName, RoleState } from '../trust.ts'
import { advance, type Bench, timestampOf, unsettled } from './advance.ts'
import { readRepository } from './repository.ts'
import { isRootDue, requireRootKeys, rootOf } from './root.ts'
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
}: SiteWriterOptions): SiteWriter {
  const place = { site, lane }
  const bench = (): Bench => ({ sink, keyring, place, lives: livesOf(lane, days), now: now() })
  const read = () => readRepository(sink, keyring, place)

  /** Does it again on top of what another publisher made first. */
  async function retrying(run: () => Promise<void>): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await run()
      } catch (error) {
        const isTaken = error instanceof FailureError && error.failure.code === 'already-there'
        if (!isTaken || attempt === ATTEMPTS) throw error
        await pause(Math.random() * 20 * attempt)
      }
    }
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

  async function bring(changes: readonly RoleChange[], strict: boolean): Promise<RoleState[]> {
    checkNumbers(changes)
    await retrying(async () => {
      const at = bench()
      let repo = await read()
      if (!repo) {
        const { name, bytes } = rootOf(at, null)
        await sink.write(name, bytes, { exclusive: true })
        repo = await read()
      }
      if (!repo) throw fail('unreachable', 'What was written could not be read again.', 'Check the place.')
      const snapshot = await advance(at, repo, changes)
      if (snapshot) await sink.write('timestamp.json', timestampOf(at, repo, snapshot))
      else await settle()
      // Last: what it names instead has signed beside the old keys already.
      if (isRootDue(at, repo) && (strict || canSignRoot(at, repo.root.signed))) {
        const { name, bytes } = rootOf(at, repo.root.signed)
        await sink.write(name, bytes, { exclusive: true })
      }
      await settle()
    })
    return state()
  }

  async function state(): Promise<RoleState[]> {
    const repo = await read()
    return repo ? statesOf(repo) : []
  }

  return {
    ensure: () => bring([], false),
    refreshOnline: () => bring([], false),
    publish: changes => bring(changes, false),
    state,
    async targets(role) {
      const found = await (await read())?.role(role)
      return found ? targetsOf(found.signed) : []
    },
    async rotate(role, lost) {
      const repo = await read()
      const name = renewedBy(role, lost, lane)
      const before = keyring.key(name)
      if (role === 'root' || role === 'targets' || role === 'snapshot' || role === 'timestamp')
        requireRootKeys(bench(), repo?.root.signed ?? null, role === 'root' ? before.id : undefined)
      keyring.renew(name)
      return bring([], true)
    },
  }
}

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
