import { fail } from '../../kit/index.ts'
import type { Generation, TrustClient, TrustClientOptions } from '../door.ts'
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

  async function begin(fetcher: BoundedFetcher, known: Generation | null): Promise<Map<string, Uint8Array>> {
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
    const now = new Date(options.now())
    const fetcher = new BoundedFetcher(source, limits)
    fetcher.begin(signal)
    let updater: ReturnType<typeof openUpdater> | null = null
    const explain = (error: unknown) => told(error, { updater, fetcher, now })
    let last = store.load()
    const files = await begin(fetcher, last).catch(error => Promise.reject(explain(error)))
    // Never over what another refresh left meanwhile, which may be newer.
    const keep = (whole: boolean) => {
      if (!isSame(store.load(), last)) return
      store.save(files, whole)
      last = { files: new Map(files) }
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

const isSame = (a: Generation | null, b: Generation | null): boolean =>
  a === null || b === null
    ? a === b
    : a.files.size === b.files.size &&
      [...a.files].every(([role, bytes]) => Buffer.compare(bytes, b.files.get(role) ?? Buffer.alloc(0)) === 0)
