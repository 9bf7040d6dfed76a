import type { Failure } from '#contract'
import { FailureError, fail, failureOf } from '../../engine/kit/index.ts'
import { OPEN_SITE, type SitePlan, type Source, versionTarget } from '../../engine/release/index.ts'
import type { Trusted } from '../../engine/trust/index.ts'
import type { Parts } from '../parts.ts'
import type { OpenSealed } from './fetch.ts'
import { follow } from './follow.ts'
import { dropModels, enforce, type TakenPlan, takePlan } from './takePlan.ts'
import { within } from './within.ts'

/** Milliseconds for metadata and plan. */
const REFRESH = 300_000

export interface Lookout {
  /** What keeps the device from following its source at all; null where nothing does. */
  readonly trouble: Failure | null
  /**
   * One look at a source: check, verify the metadata, take the plan, and begin what it wants. One at a time.
   * @returns the plan of the source, or null where it could not be taken (see `trouble`)
   */
  look(source: Source): Promise<TakenPlan | null>
  /** The same, told by what is thrown: for a stick, whose trouble is none of the network's. */
  lookOrThrow(source: Source): Promise<TakenPlan>
  /** Takes what is missing of the plan that is known from a source whose own word counts for nothing. */
  useBlobs(source: Source): Promise<void>
  /** Ends when nothing is under way any more. */
  settled(): Promise<void>
}

/**
 * @param named the site that a person named; null: the only one there is
 * @param open opens what is encrypted for the site
 */
export function openLookout(
  parts: Parts,
  { named, open, taken }: { named: string | null; open: OpenSealed; taken(plan: SitePlan): void },
): Lookout {
  let trouble: Failure | null = null
  let turn: Promise<unknown> = Promise.resolve()

  async function siteOf(source: Source): Promise<string> {
    const own = named ?? parts.keeper.state.site ?? parts.plan()?.site
    const there = source.kind === 'pack' || !own ? await source.sites(parts.signal) : []
    if (own) {
      if (source.kind === 'pack' && !there.includes(own))
        throw fail(
          'bad-input',
          `This stick is for the site ${there.join(', ') || 'of nobody'}, and this device belongs to ${own}.`,
          `Bring the stick that was made for ${own}.`,
        )
      return own
    }
    const [only] = there
    if (only && there.length === 1) return only
    if (there.includes(OPEN_SITE)) return OPEN_SITE
    if (there.length === 0 && source.kind === 'http')
      throw fail(
        'bad-input',
        `${source.address} lists no site.`,
        'Publish a version there. A plain web server does not list what it has: name the site with --site.',
      )
    if (there.length === 0)
      throw fail(
        'not-found',
        `Nothing is published at ${source.address} yet.`,
        'Publish a version there; a device looks again by itself.',
      )
    throw fail(
      'bad-input',
      `The repository has several sites (${there.slice(0, 8).join(', ')}).`,
      'Say which one this device belongs to, with --site.',
    )
  }

  async function once(source: Source): Promise<TakenPlan> {
    const site = await siteOf(source)
    const known = parts.keeper.state.lanes.includes(source.lane)
    const before = parts.plan()
    const found = await within(REFRESH, 'The look for news', parts.signal, async signal => {
      const trusted = await refreshed(source, site, known, signal)
      const taken = await takePlan(parts, site, source, trusted, signal)
      await knowRoles(taken.plan, trusted)
      return taken
    })
    const plan = parts.plan() ?? found.plan
    if (plan.issued !== before?.issued) {
      dropModels(parts, plan)
      taken(plan)
    }
    await followAll(source)
    return found
  }

  /** @throws Failure as the lanes do; a site that is not there is told with those that are */
  async function refreshed(
    source: Source,
    site: string,
    known: boolean,
    signal: AbortSignal,
  ): Promise<Trusted> {
    try {
      return await parts.lanes.refresh(source, site, known, signal)
    } catch (error) {
      if (failureOf(error).code !== 'not-found' || parts.keeper.state.plan) throw error
      const there = (await source.sites(signal)).filter(name => name !== site)
      if (there.length === 0) throw error
      throw fail(
        'bad-input',
        `There is no site ${site} at ${source.address}.`,
        `Name one that is there with --site: ${there.slice(0, 8).join(', ')}.`,
      )
    }
  }

  async function followAll(source: Source): Promise<void> {
    const plan = parts.plan()
    for (const wanted of plan?.models ?? []) {
      try {
        await enforce(parts, wanted.model)
      } catch (error) {
        parts.lives.of(wanted.model).failure = failureOf(error)
      }
      if (plan) await follow(parts, wanted, { plan, source, open })
    }
  }

  /** Asks for each model once, so that its role is kept for when nobody can be asked. */
  async function knowRoles({ models }: SitePlan, trusted: Trusted): Promise<void> {
    for (const { model, versions } of models) {
      const [version] = versions
      const [variant] = version?.variants ?? []
      if (!version || !variant) continue
      try {
        await trusted.target(versionTarget(model, version.version, variant.variant))
      } catch {
        // Told when the model is taken.
      }
    }
  }

  function lookOrThrow(source: Source): Promise<TakenPlan> {
    const next = turn.then(() => once(source))
    turn = next.catch(() => {})
    return next
  }

  function blame(error: unknown): void {
    if (parts.signal.aborted) return
    const failure = failureOf(error)
    if (!(error instanceof FailureError) && failure.code === 'internal') console.error(error)
    // An empty repository is no trouble.
    if (failure.code === 'not-found' && !parts.keeper.state.plan) {
      trouble = null
      return
    }
    if (trouble?.message !== failure.message)
      parts.note(
        failure.code === 'tampered' || failure.code === 'unsigned' ? 'security' : 'error',
        failure.code === 'unreachable' ? 'Out of reach' : 'Refused',
        failure.message,
        { failure },
      )
    trouble = failure
  }

  return {
    get trouble() {
      return trouble
    },
    async look(source) {
      try {
        const found = await lookOrThrow(source)
        trouble = null
        return found
      } catch (error) {
        blame(error)
        return null
      }
    },
    lookOrThrow,
    useBlobs(source) {
      const next = turn.then(() => followAll(source))
      turn = next.catch(() => {})
      return next
    },
    async settled() {
      await turn
      for (const model of parts.lives.names()) await parts.lives.of(model).busy?.done
    },
  }
}
