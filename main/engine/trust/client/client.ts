import { fail } from '../../kit/index.ts'
import type { TrustClient, TrustClientOptions } from '../door.ts'
import { LONGEST, MOST_ROOTS } from '../limits.ts'
import type { Trusted } from '../trust.ts'
import { BASE_URL, BoundedFetcher } from './fetcher.ts'
import { keptTrust, rolesIn, targetOf } from './kept.ts'
import { firstRoot } from './roots.ts'
import { checkPlace, told } from './told.ts'
import { openUpdater } from './updater.ts'

const CONFIG = {
  maxRootRotations: MOST_ROOTS,
  rootMaxLength: LONGEST.root,
  timestampMaxLength: LONGEST.timestamp,
  snapshotMaxLength: LONGEST.snapshot,
  targetsMaxLength: LONGEST.targets,
}

/** Opens a client of one site and lane; fetches nothing yet. */
export function openTrustClient(options: TrustClientOptions): TrustClient {
  const { store, source, place } = options
  const limits = { file: 30_000, all: 300_000, ...options.limits }
  /** Counts refreshes: only what the last one brought may still be added to. */
  let turn = 0

  async function begin(fetcher: BoundedFetcher): Promise<Map<string, Uint8Array>> {
    const known = store.load()
    if (known) return new Map(known.files)
    if (options.known)
      throw fail(
        'tampered',
        'What this device knew of its publisher is gone, though it ran something of it; what runs goes on.',
        'Set the device up anew with the root file of the publisher.',
      )
    const read = async (version: number) => {
      try {
        return await fetcher.downloadBytes(`${BASE_URL}${version}.root.json`, LONGEST.root)
      } catch (error) {
        if (fetcher.trouble?.failure.code !== 'not-found') throw error
        fetcher.trouble = null
        return null
      }
    }
    return new Map([['root', await firstRoot(options.roots, place, read)]])
  }

  async function refresh(signal?: AbortSignal): Promise<Trusted> {
    const mine = ++turn
    const now = new Date(options.now())
    const fetcher = new BoundedFetcher(source, limits)
    fetcher.begin(signal)
    let updater: ReturnType<typeof openUpdater> | null = null
    const explain = (error: unknown) => told(error, { updater, fetcher, now })
    const files = await begin(fetcher).catch(error => Promise.reject(explain(error)))
    const keep = (whole: boolean) => {
      if (mine === turn && files.has('root')) store.save(files, whole)
    }
    try {
      updater = openUpdater(files, {
        baseUrl: BASE_URL,
        now,
        fetcher,
        config: CONFIG,
        check: checkPlace(place),
      })
      await updater.refresh()
    } catch (error) {
      // What was verified before counts: a new root may have withdrawn a key that was stolen.
      if (updater) keep(false)
      throw explain(error)
    }
    await loadKnown(files, updater)
    keep(true)
    const open = updater
    return {
      get roles() {
        return rolesIn(files)
      },
      async target(path) {
        fetcher.begin()
        const before = files.size
        try {
          const target = await open.target(path)
          return target ? targetOf(path, target) : null
        } catch (error) {
          throw told(error, { updater: open, fetcher, now })
        } finally {
          if (files.size > before) keep(true)
        }
      },
    }
  }

  return {
    refresh,
    current() {
      const whole = store.whole()
      return whole && keptTrust(whole.files)
    },
    root: () => store.load()?.files.get('root') ?? null,
  }
}

/**
 * Fetches the plan and what this device asked for before in the same go, so that one refresh leaves everything it
 * needs. One that cannot be had is told to who asks for a target of it.
 */
async function loadKnown(
  files: Map<string, Uint8Array>,
  updater: ReturnType<typeof openUpdater>,
): Promise<void> {
  const targets = JSON.parse(Buffer.from(files.get('targets') as Uint8Array).toString('utf8')).signed
  const delegated: string[] = (targets.delegations?.roles ?? []).map(({ name }: { name: string }) => name)
  for (const role of delegated)
    if (role === 'site' || files.has(role))
      try {
        await updater.load(role)
      } catch {
        files.delete(role)
      }
}
