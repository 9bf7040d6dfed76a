import { join } from 'node:path'
import { fail } from '../engine/kit/index.ts'
import type { Source } from '../engine/release/index.ts'
import {
  type Lane,
  openGenerations,
  openTrustClient,
  type RootTrust,
  type TrustClient,
  type Trusted,
  type TrustedTarget,
} from '../engine/trust/index.ts'
import type { DeviceTime } from './clock.ts'
import type { Disk } from './ports.ts'

/** What a device trusts of its site, by the network and by sticks: two repositories under the same root keys. */
export interface Lanes {
  /**
   * Fetches and verifies what a source says of a site.
   * @throws Failure `expired`, `tampered`, `unsigned`, `unreachable`, `not-found`
   */
  refresh(source: Source, site: string, known: boolean, signal: AbortSignal): Promise<Trusted>
  /** What is trusted of a site without asking anyone, also when it has ended. */
  current(site: string): { lane: Lane; trusted: Trusted }[]
  /**
   * The target of a path, by whichever lane vouches for it; a lane that was refreshed in this process may still fetch a
   * role for it.
   */
  target(site: string, path: string): Promise<TrustedTarget | null>
}

const LANES: Lane[] = ['online', 'stick']

/** Owns the folder `trust`. @param named whom a person said to trust; null: the first that is seen */
export function openLanes(disk: Disk, folder: string, time: DeviceTime, named: RootTrust | null): Lanes {
  const home = join(folder, 'trust')
  const nothing = {
    read: () => Promise.reject(fail('unreachable', 'Nobody is asked.', '')),
  }
  const storeOf = (site: string, lane: Lane) =>
    openGenerations(disk, join(home, lane === 'stick' ? `${site}.stick` : site))

  function clientOf(
    site: string,
    lane: Lane,
    source: Parameters<typeof openTrustClient>[0]['source'],
    known: boolean,
  ): TrustClient {
    return openTrustClient({
      store: storeOf(site, lane),
      source,
      roots: named ?? rootOf(site, lane),
      place: { site, lane },
      now: time.now,
      known,
    })
  }

  /** A lane that is seen for the first time is believed by what is trusted of another, else at first sight. */
  function rootOf(site: string, lane: Lane): RootTrust {
    for (const name of disk.list(home)) {
      const other = /^(.+?)(\.stick)?$/.exec(name)
      const place = { site: other?.[1] ?? '', lane: (other?.[2] ? 'stick' : 'online') as Lane }
      if (place.site === site && place.lane === lane) continue
      try {
        const root = openTrustClient({
          store: storeOf(place.site, place.lane),
          source: nothing,
          roots: { kind: 'first-use' },
          place,
          now: time.now,
        }).root()
        if (root) return { kind: 'signed-by', root }
      } catch {
        // Damaged; another lane may know better.
      }
    }
    return { kind: 'first-use' }
  }

  const current = (site: string) =>
    LANES.flatMap(lane => {
      try {
        const trusted = clientOf(site, lane, nothing, false).current()
        return trusted ? [{ lane, trusted }] : []
      } catch {
        return []
      }
    })

  const refreshed = new Map<string, Trusted>()
  return {
    async refresh(source, site, known, signal) {
      const trusted = await clientOf(site, source.lane, source.metadata(site), known).refresh(signal)
      refreshed.set(`${site} ${source.lane}`, trusted)
      return trusted
    },
    current,
    async target(site, path) {
      let trouble: unknown = null
      for (const trusted of [
        ...LANES.flatMap(lane => refreshed.get(`${site} ${lane}`) ?? []),
        ...current(site).map(each => each.trusted),
      ]) {
        try {
          const found = await trusted.target(path)
          if (found) return found
        } catch (error) {
          // A stick that was pulled, a line that is gone: another lane may vouch for it.
          trouble = error
        }
      }
      if (trouble) throw trouble
      return null
    },
  }
}
