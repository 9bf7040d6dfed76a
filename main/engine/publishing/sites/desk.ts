import { existsSync } from 'node:fs'
import type { RoleStanding } from '#contract'
import { canonicalJson, fail, failureOf, hashOf, openTurns } from '../../kit/index.ts'
import { listReleases, PLAN_TARGET, SitePlan } from '../../release/index.ts'
import {
  type Keyring,
  openSiteWriter,
  type RoleChange,
  type RoleState,
  type SiteWriter,
  type TrustedTarget,
} from '../../trust/index.ts'
import type { KnownSite, KnownSites } from './known.ts'
import { openMemory } from './memory.ts'
import { newPlan } from './newPlan.ts'
import { openPlaces, type Place, type Places } from './places.ts'
import { readWhole } from './readWhole.ts'

/** Where plans are read and signed. The plan in the repository is the true one. */
export interface Desk extends Pick<Places, 'place' | 'sink'> {
  known(): KnownSite[]
  /** @throws Failure `not-found` where the site was never published, `tampered`, `unsigned`, `unreachable` */
  read(place: Place): Promise<SitePlan>
  /** The same, null where there is none. */
  readIf(place: Place): Promise<SitePlan | null>
  /**
   * Changes a plan and signs it, one change of a site after the other. Where another computer was first, the edit is made
   * again, on what that one left.
   * @param edit changes the plan it is given and nothing else; returns what changes in other roles, all of it takes effect
   * at once
   * @param options.make makes the site where there is none
   */
  change(
    place: Place,
    edit: (plan: SitePlan) => Promise<RoleChange[]> | RoleChange[] | undefined,
    options?: { make?: boolean },
  ): Promise<SitePlan>
  writer(place: Place, lane?: 'online' | 'stick'): Promise<SiteWriter>
  /** @throws Failure `tampered` where the repository was put back to what is older than what was signed there last */
  check(place: Place): Promise<void>
  /**
   * Signs again what was signed last, over an older copy that was put in its place, or where nothing is left.
   * @throws Failure `not-found` where nothing is known here, `already-there` where nothing is older than what is known
   */
  restore(place: Place): Promise<SitePlan>
  /** Whether models are encrypted at a site unless a person says otherwise. */
  encrypts(place: Place, set?: boolean): boolean
  /** Takes down how the roles of a site stand now. */
  standing(place: Place): Promise<RoleStanding[]>
  /** Signs what is online anew where it is older than a day. Where a repository is not there now, it is tried again later. */
  refresh(): Promise<void>
}

const PLAN_LIMIT = 64 << 20

/** @param own the workspace's own repository, for who names none */
export function openDesk({
  known,
  keyring,
  own,
}: {
  known: KnownSites
  keyring: () => Promise<Keyring>
  own: string
}): Desk {
  const inTurn = openTurns()
  const { place, sink, at } = openPlaces({ known, own })

  const writer = async (one: Place, lane: 'online' | 'stick' = 'online') => {
    const { site, sink: opened } = one
    const memory = openMemory({ known, place: one, lane, planIn: targets => planIn(one, targets) })
    return openSiteWriter({ sink: opened.metadata(site, lane), keyring: await keyring(), site, lane, memory })
  }

  async function readIf(one: Place): Promise<SitePlan | null> {
    try {
      return await planIn(one, await (await writer(one)).targets('site'))
    } catch (error) {
      // A folder that is not there yet holds no site; an address that does not answer stays a failure.
      if (failureOf(error).code === 'unreachable' && one.sink.kind === 'folder' && !existsSync(one.address))
        return null
      throw error
    }
  }

  /** @param targets what the role of the site vouches for */
  async function planIn(one: Place, targets: readonly TrustedTarget[]): Promise<SitePlan | null> {
    const target = targets.find(({ path }) => path === PLAN_TARGET)
    if (!target) return null
    const content = await readWhole(one.sink, target.hash, Math.min(target.bytes, PLAN_LIMIT))
    const plan = content && SitePlan.safeParse(JSON.parse(Buffer.from(content).toString('utf8')))
    if (!plan?.success || plan.data.site !== one.site)
      throw fail(
        'tampered',
        `The plan of the site ${one.site} in ${one.address} is missing or damaged; nothing was changed.`,
        'Copy the repository back from where you keep copies, or publish to another folder.',
      )
    return plan.data
  }

  const take = (one: Place, plan: SitePlan | null, roles: readonly RoleState[] | null) => {
    const before = known.get(one.site, one.address)
    known.put({
      site: one.site,
      address: one.address,
      encrypted: before?.encrypted ?? false,
      plan: plan ?? before?.plan ?? null,
      roles: roles
        ? [...(before?.roles ?? []).filter(({ lane }) => lane !== 'online'), ...roles.map(standingOf(one))]
        : (before?.roles ?? []),
    })
  }

  /** For other tools. What was signed counts all the same where this cannot be written; the next look tries again. */
  const list = ({ sink: opened, address }: Place) =>
    listReleases(opened).catch(error =>
      console.error(`index.json in ${address}: ${failureOf(error).message}`),
    )

  return {
    known: known.list,
    place,
    sink,
    writer,
    check: async one => (await writer(one)).check(),
    restore: one =>
      inTurn(`${one.site}@${one.address}`, async () => {
        const kept = known.get(one.site, one.address)
        const last = kept?.signed?.online
        if (!kept?.plan || !last) throw neverPublished(one)
        const at = await writer(one)
        if ((await at.state()).length > 0 && (await isWell(at)))
          throw fail(
            'already-there',
            `Nothing in ${one.address} is older than what was signed there last.`,
            'There is nothing to bring back: go on as usual.',
          )
        const plan = { ...kept.plan, recipient: (await keyring()).reports().recipient }
        plan.issued = new Date(Math.max(Date.now(), Date.parse(plan.issued) + 1)).toISOString()
        const target = await putPlan(one, plan)
        const roles = await at.restore(async before => {
          const changes: RoleChange[] = []
          for (const [name, targets] of Object.entries({ ...last.targets, site: [target] })) {
            const role = name as RoleChange['role']
            const gone = (await before(role)).map(({ path }) => path)
            const remove = gone.filter(path => !targets.some(each => each.path === path))
            changes.push({ role, targets, remove })
          }
          return changes
        })
        take(one, plan, roles)
        await list(one)
        return plan
      }),
    readIf,
    async read(one) {
      const plan = await readIf(one)
      if (plan) return plan
      throw neverPublished(one)
    },
    change: (one, edit, { make = false } = {}) =>
      inTurn(`${one.site}@${one.address}`, async () => {
        const ring = await keyring()
        let signed: SitePlan | undefined
        let releases = false
        const roles = await (await writer(one)).publish(async targets => {
          const there = await planIn(one, await targets('site'))
          if (!there && !make) throw neverPublished(one)
          const plan = there ?? newPlan(one.site, '')
          plan.recipient = ring.reports().recipient
          const changes = (await edit(plan)) ?? []
          // Devices without a clock take it for the time, and an older plan for a replay.
          plan.issued = new Date(Math.max(Date.now(), there ? Date.parse(there.issued) + 1 : 0)).toISOString()
          const target = await putPlan(one, plan)
          signed = plan
          releases = changes.length > 0
          return [...changes, { role: 'site' as const, targets: [target] }]
        })
        if (!signed) throw new Error('a plan that nobody signed')
        take(one, signed, roles)
        if (releases) await list(one)
        return signed
      }),
    encrypts(one, set) {
      const before = known.get(one.site, one.address)
      if (set === undefined) return before?.encrypted ?? false
      known.put({
        ...{ site: one.site, address: one.address, plan: null, roles: [] },
        ...before,
        encrypted: set,
      })
      return set
    },
    async standing(one) {
      const online = (await (await writer(one)).state()).map(standingOf(one))
      const stick = (await (await writer(one, 'stick')).state()).map(standingOf(one, 'stick'))
      const before = known.get(one.site, one.address)
      if (before) known.put({ ...before, roles: [...online, ...stick] })
      return [...online, ...stick]
    },
    async refresh() {
      for (const { site, address } of known.list())
        await inTurn(`${site}@${address}`, async () => {
          const one = at(site, address)
          if (one.sink.kind === 'folder' && !existsSync(address)) return
          const plan = await readIf(one)
          if (!plan) return
          take(one, plan, await (await writer(one)).refreshOnline())
          await list(one)
        }).catch(error => {
          const { code, message } = failureOf(error)
          // A stick or a server that is not there now comes back.
          if (code !== 'unreachable') console.error(`${site} in ${address}: ${message}`)
        })
    },
  }
}

/** Puts a plan where it is to be signed. @returns what vouches for it */
async function putPlan({ sink }: Place, plan: SitePlan): Promise<TrustedTarget> {
  const content = Buffer.from(canonicalJson(SitePlan.parse(plan)))
  const hash = hashOf(content)
  await sink.putBlob(hash, content)
  return { path: PLAN_TARGET, hash, bytes: content.length, custom: { issued: plan.issued } }
}

/** Whether what lies there may be signed on. @throws Failure other than `tampered` */
async function isWell(writer: SiteWriter): Promise<boolean> {
  try {
    await writer.check()
    return true
  } catch (error) {
    if (failureOf(error).code === 'tampered') return false
    throw error
  }
}

const neverPublished = ({ site, address }: Place) =>
  fail(
    'not-found',
    `The site ${site} was never published to ${address}.`,
    `Make it with "publishing init --site ${site}".`,
  )

export const standingOf =
  ({ site, address }: Pick<Place, 'site' | 'address'>, lane: 'online' | 'stick' = 'online') =>
  ({ role, version, expires, threshold, keys }: RoleState): RoleStanding => ({
    ...{ site, repository: address, lane, role, version, expires, threshold, keys },
  })
