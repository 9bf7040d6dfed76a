import { existsSync } from 'node:fs'
import { isAbsolute, resolve } from 'node:path'
import { fail, failureOf } from '../../kit/index.ts'
import { OPEN_SITE, openSink, SITE_NAME, type Sink, type SitePlan } from '../../release/index.ts'
import type { KnownSite, KnownSites } from './known.ts'

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

/** Finds the sites that people name. */
export interface Places {
  /**
   * The site that is meant.
   * @param options.make it need not be there yet
   * @param options.rolling of several that have the model, the one where something is on its way
   * @throws Failure `not-found`, `bad-input` where several could be meant
   */
  place(which: Which, options?: { make?: boolean; rolling?: boolean }): Promise<Place>
  /** A site in a repository that is named by its folder or address. */
  at(site: string, where: string): Place
  sink(address: string): Sink
}

const hasModel = (plan: SitePlan, model: string, rolling = false): boolean =>
  plan.models.some(each => each.model === model && (!rolling || each.rollout !== null))

/** @param own the workspace's own repository, for who names none */
export function openPlaces({ known, own }: { known: KnownSites; own: string }): Places {
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

  return { place, at, sink }
}
