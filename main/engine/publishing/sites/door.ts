import { resolve } from 'node:path'
import type { Site } from '#contract'
import type { Doors } from '../../jobs/index.ts'
import { fail, failureOf } from '../../kit/index.ts'
import type { SitePlan } from '../../release/index.ts'
import { manifestOf } from '../release/bases.ts'
import { isWhole } from '../release/written.ts'
import type { Desk } from './desk.ts'
import { publishedIn, revoke, setFloor } from './edit.ts'
import type { Place } from './places.ts'
import type { SiteKeys } from './siteKeys.ts'
import { siteInWords } from './words.ts'

type Door = Pick<Doors['publishing'], 'init' | 'sites' | 'site' | 'restore'>
type Settings = Parameters<Door['site']>[0]

/** Making sites and setting them up. */
export function openSites({
  desk,
  siteKeys,
  sealed,
  own,
  nudge,
}: {
  desk: Desk
  siteKeys: SiteKeys
  /** Manifests of what was published encrypted from here. */
  sealed: () => ReadonlySet<string>
  own: string
  nudge(place: Place): void
}): Door {
  /** A site as it lies in its repository now; where that cannot be read, as it was last. */
  async function shown(place: Pick<Place, 'site' | 'address'> & Partial<Place>): Promise<Site> {
    const known = desk.known().find(each => each.site === place.site && each.address === place.address)
    const base = known ?? { ...place, encrypted: false, plan: null, roles: [] }
    try {
      const here: Place = {
        site: place.site,
        address: place.address,
        sink: place.sink ?? desk.sink(place.address),
      }
      if (known) await desk.check(here)
      return siteInWords(
        { ...base, plan: await desk.read(here), roles: await desk.standing(here) },
        null,
        sealed(),
      )
    } catch (error) {
      return siteInWords(base, failureOf(error).message, sealed())
    }
  }

  return {
    async init({ site, to, encrypt }) {
      const where = to ?? own
      const sink = desk.sink(/^[a-z]+:\/\//i.test(where) ? where : resolve(where))
      const place = { site, address: sink.address, sink }
      if (encrypt) await siteKeys.open(site)
      await desk.change(place, plan => siteKeys.share(plan).then(() => []), { make: true })
      if (encrypt) desk.encrypts(place, true)
      return await shown(place)
    },
    async restore(input) {
      const place = await desk.place(input)
      const plan = await desk.restore(place)
      const missing: { model: string; version: number }[] = []
      for (const { model, versions } of plan.models)
        for (const { version, variants } of versions)
          for (const { manifest } of variants) {
            const found = await manifestOf(place.sink, manifest)
            const whole = found && (await isWhole(place.sink, found))
            if (!whole && !missing.some(each => each.model === model && each.version === version))
              missing.push({ model, version })
          }
      nudge(place)
      return { site: await shown(place), missing }
    },
    async sites() {
      return { sites: await Promise.all(desk.known().map(shown)) }
    },
    async site(input) {
      const place = await desk.place({ site: input.site })
      const { site: _, encrypt, ...settings } = input
      if (encrypt === 'on') await siteKeys.open(place.site)
      const changes = Object.values(settings).some(value => value !== undefined)
      if (changes || encrypt === 'on')
        await desk.change(place, async plan => {
          apply(plan, settings)
          await siteKeys.share(plan)
          return []
        })
      if (encrypt !== undefined) desk.encrypts(place, encrypt === 'on')
      if (changes) nudge(place)
      return await shown(place)
    },
  }
}

function apply(plan: SitePlan, settings: Omit<Settings, 'site' | 'encrypt'>): void {
  const { lowConfidence, disagreement, random, quotaBytes, window, bytesPerSecond, whole, pollSeconds } =
    settings
  const { capture, bandwidth } = plan
  if (lowConfidence !== undefined) capture.lowConfidence = lowConfidence === 0 ? null : lowConfidence
  if (disagreement !== undefined) capture.disagreement = disagreement === 'on'
  if (random !== undefined) capture.random = random
  if (quotaBytes !== undefined) capture.quotaBytes = quotaBytes
  if (window !== undefined)
    bandwidth.windows = window.includes('always')
      ? []
      : window.map(text => {
          const [from = '', to = ''] = text.split('-')
          return { from, to }
        })
  if (bytesPerSecond !== undefined) bandwidth.bytesPerSecond = bytesPerSecond === 0 ? null : bytesPerSecond
  if (whole !== undefined) bandwidth.whole = whole
  if (pollSeconds !== undefined) plan.pollSeconds = pollSeconds
  const { model, floor, revoke: revoked } = settings
  if (model === undefined && (floor !== undefined || revoked !== undefined))
    throw fail('bad-input', 'A version was named and no model that it is of.', 'Say which with --model.')
  if (model === undefined) return
  const of = publishedIn(plan, model)
  if (floor !== undefined) setFloor(plan, of, floor)
  if (revoked !== undefined) revoke(plan, of, revoked)
}
