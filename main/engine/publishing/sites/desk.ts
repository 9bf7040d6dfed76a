import { existsSync } from 'node:fs'
import { isAbsolute, resolve } from 'node:path'
import type { RoleStanding } from '#contract'
import { canonicalJson, fail, failureOf, hashOf, openTurns } from '../../kit/index.ts'
import {
  listReleases,
  OPEN_SITE,
  openSink,
  PLAN_TARGET,
  SITE_NAME,
  type Sink,
  SitePlan,
} from '../../release/index.ts'
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
import { readWhole } from './readWhole.ts'

/** A site in a repository. */
export interface Place {
  site: string
  /** Folder, or address without anything secret in it. */
  address: string
  sink: Sink
}

/** How a person names one: a folder, an address or a site, and the site in a repository. */
export interface Which {
  to?: string | undefined
  site?: string | undefined
  /** Of the sites that are known, one that has it is meant. */
  model?: string | undefined
}

/** Where plans are read and signed. The plan in the repository is the true one. */
export interface Desk {
  known(): KnownSite[]
  /**
   * The site that is meant.
   * @param options.make it need not be there yet
   * @throws Failure `not-found`, `bad-input` where several could be meant
   */
  place(which: Which, options?: { make?: boolean; rolling?: boolean }): Promise<Place>
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
  sink(address: string): Sink
  /** Whether models are encrypted at a site unless a person says otherwise. */
  encrypts(place: Place, set?: boolean): boolean
  /** Takes down how the roles of a site stand now. */
  standing(place: Place): Promise<RoleStanding[]>
  /** Signs what is online anew where it is older than a day. Where a repository is not there now, it is tried again later. */
  refresh(): Promise<void>
}

const PLAN_LIMIT = 64 << 20

const hasModel = (plan: SitePlan, model: string, rolling = false): boolean =>
  plan.models.some(each => each.model === model && (!rolling || each.rollout !== null))

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
  const sinks = new Map<string, Sink>()

  /** Opens a repository; the token in its address is remembered as long as the engine runs, and written nowhere. */
  function sink(where: string): Sink {
    const opened = openSink(where, process.env.EDGEWRIGHT_TOKEN)
    const kept = sinks.get(opened.address)
    const named = /^[a-z]+:\/\/[^/]*@/i.test(where)
    if (kept && !named) return kept
    sinks.set(opened.address, opened)
    return opened
  }
  const at = (site: string, where: string): Place => {
    const opened = sink(where)
    return { site, address: opened.address, sink: opened }
  }
  const listed = (names: string[]) => [...new Set(names)].sort().join(', ')

  /** Sites of a repository: what lies there, else what was published from here. */
  async function sitesOf(opened: Sink): Promise<string[]> {
    try {
      return await opened.sites()
    } catch (error) {
      const { code } = failureOf(error)
      if (code !== 'unreachable' || opened.kind === 'http') throw error
      return []
    }
  }

  async function place({ to, site, model }: Which, { make = false, rolling = false } = {}): Promise<Place> {
    const all = known.list()
    if (to !== undefined && SITE_NAME.test(to) && !existsSync(to)) {
      const named = all.filter(each => each.site === to)
      if (named[0]) return at(to, oneOf(named, to))
      if (all.some(each => each.site !== OPEN_SITE) || !make)
        throw fail(
          'not-found',
          `There is no site "${to}" here.`,
          `Make it with "publishing init --site ${to}", or write ./${to} for a folder.`,
        )
    }
    if (to !== undefined) {
      const opened = sink(/^[a-z]+:\/\//i.test(to) || isAbsolute(to) ? to : resolve(to))
      return { site: site ?? (await onlySite(opened, make)), address: opened.address, sink: opened }
    }
    if (site !== undefined) {
      const named = all.filter(each => each.site === site)
      if (named[0]) return at(site, oneOf(named, site))
      if (site === OPEN_SITE && make) return at(site, own)
      throw fail(
        'not-found',
        `There is no site "${site}" here.`,
        all.length
          ? `Sites are: ${listed(all.map(each => each.site))}. Make one with "publishing init --site ${site}".`
          : `Make it with "publishing init --site ${site}".`,
      )
    }
    if (model !== undefined) {
      const having = all.filter(({ plan }) => plan && hasModel(plan, model))
      // Who promotes or holds means the site where something is on its way.
      const going = having.filter(({ plan }) => rolling && plan && hasModel(plan, model, true))
      if (going.length === 1 && going[0]) return at(going[0].site, going[0].address)
      if (having.length === 1 && having[0]) return at(having[0].site, having[0].address)
      if (having.length > 1 && !having.some(each => each.site === OPEN_SITE && each.address === own))
        throw fail(
          'bad-input',
          `${model} is published at several sites: ${listed(having.map(each => each.site))}.`,
          'Say which with --site.',
        )
    }
    if (
      model !== undefined &&
      !make &&
      all.length > 1 &&
      all.every(({ plan }) => plan && !hasModel(plan, model))
    )
      throw fail(
        'not-found',
        `${model} is published at none of the sites ${listed(all.map(each => each.site))}.`,
        'Publish it first with "publishing publish".',
      )
    const opened = sink(own)
    return { site: await onlySite(opened, make), address: opened.address, sink: opened }
  }

  const oneOf = (named: KnownSite[], site: string): string => {
    const here = named.find(each => each.address === own) ?? named[0]
    if (named.length > 1 && here?.address !== own)
      throw fail(
        'bad-input',
        `There are several sites "${site}": in ${listed(named.map(each => each.address))}.`,
        'Say which with --to FOLDER --site NAME.',
      )
    return (here as KnownSite).address
  }

  async function onlySite(opened: Sink, make: boolean): Promise<string> {
    const names = await sitesOf(opened)
    if (names.length === 0) {
      if (make) return OPEN_SITE
      throw fail(
        'not-found',
        `Nothing was published to ${opened.address} yet.`,
        'Publish a version first with "publishing publish".',
      )
    }
    if (names.length === 1 && names[0]) return names[0]
    if (names.includes(OPEN_SITE)) return OPEN_SITE
    throw fail(
      'bad-input',
      `${opened.address} holds several sites: ${listed(names)}.`,
      'Say which with --site.',
    )
  }

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
