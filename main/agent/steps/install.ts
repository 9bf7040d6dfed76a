import type { Failure, Hash } from '#contract'
import { fail } from '../../engine/kit/index.ts'
import type { PlanVariant, PlanVersion, SitePlan, Source } from '../../engine/release/index.ts'
import type { Parts } from '../parts.ts'
import type { ReleaseFiles } from '../serving/door.ts'
import type { Installed, ModelState } from '../state/index.ts'
import {
  type Brought,
  type Fetching,
  fetchFiles,
  fetchManifest,
  missingBytes,
  type OpenSealed,
} from './fetch.ts'
import { checkFloor, checkPace, checkRoom, variantFor } from './fit.ts'
import { checkTerms } from './terms.ts'
import { within } from './within.ts'

/** Milliseconds a fetch and a rehearsal may take. */
const FETCH = 6 * 3_600_000
const REHEARSAL = 180_000

/** A release on disk as what serves wants it. */
export const releaseOf = (
  { blobs }: Pick<Parts, 'blobs'>,
  model: string,
  installed: Installed,
): ReleaseFiles => ({
  model,
  version: installed.version,
  variant: installed.variant,
  manifest: installed.manifest,
  needs: installed.needs,
  files: Object.fromEntries(installed.files.map(({ name, hash }) => [name, blobs.place(hash)])),
})

/** Why a version is not tried again here; null where nothing speaks against it. */
export function quarantineOf(state: ModelState, manifest: Hash, counter: number): Failure | null {
  return state.quarantine.find(each => each.manifest === manifest && each.counter >= counter)?.failure ?? null
}

/** The installed release that a version of the plan is, where it is there in a variant that fits. */
export const installedAs = (state: ModelState, version: PlanVersion): Installed | null =>
  state.installed.find(({ manifest }) => version.variants.some(each => each.manifest === manifest)) ?? null

/**
 * Plan, fetch, assemble, verify, stage: brings a version onto this device and asks it its golden rows in a process of
 * its own. It is `installed` after that, and answers nobody yet. Begun anew after a kill, it goes on where it was.
 * @returns null for one that did not pass and is in quarantine
 */
export async function install(
  parts: Parts,
  plan: SitePlan,
  model: string,
  version: PlanVersion,
  { source, open, signal }: { source: Source; open: OpenSealed; signal: AbortSignal },
): Promise<Installed> {
  const what = `${model} v${version.version}`
  const live = parts.lives.of(model)
  const variant = variantFor(model, version, parts.profile)
  checkFloor(what, { manifest: variant.manifest, counter: version.counter }, parts.modelOf(model))
  const target = await checkTerms(parts, plan.site, model, version, variant)
  const again = reused(parts, model, version, variant)
  if (again && isThere(parts, again)) return again
  live.step = 'fetching'
  live.version = version.version
  const files = await within(FETCH, `Fetching ${what}`, signal, async inTime => {
    const fetching: Fetching = {
      disk: parts.disk,
      blobs: parts.blobs,
      source,
      bandwidth: source.lane === 'online' ? plan.bandwidth : null,
      open,
      at: () => new Date(parts.clock.wall()),
      underWay: live.underWay,
      signal: inTime,
    }
    const manifest = await fetchManifest(fetching, target)
    checkRoom(what, variant, missingBytes(parts.blobs, manifest), parts.profile, {
      held: heldBytes(parts, model, new Set(manifest.files.map(({ hash }) => hash))),
      free: parts.disk.free(parts.folder),
    })
    const brought = await fetchFiles(fetching, manifest)
    parts.traffic.fetched += brought.received
    parts.traffic.patched += brought.patched
    if (brought.received > 0)
      parts.note('installed', 'Fetched', told(what, brought), {
        model,
        version: version.version,
        variant: variant.variant,
        manifest: variant.manifest,
        ...brought,
        from: source.kind,
      })
    return manifest.files.map(({ name, hash, bytes }) => ({ name, hash, bytes }))
  })
  const installed: Installed = {
    version: version.version,
    variant: variant.variant,
    counter: version.counter,
    manifest: variant.manifest,
    needs: variant.needs,
    // What it proved was in memory, and not on the disk.
    proved: again?.proved ?? false,
    median: null,
    files,
  }
  live.step = 'rehearsing'
  const { median } = await within(
    REHEARSAL,
    `The trial of ${what} beside the one that answers`,
    signal,
    inTime =>
      parts.serving.rehearse(
        releaseOf(parts, model, installed),
        {
          milliseconds: REHEARSAL - 5000,
          memoryBytes: parts.profile.memoryBytes,
          threads: parts.profile.threads,
        },
        inTime,
      ),
  )
  signal.throwIfAborted()
  const state = parts.modelOf(model)
  const runs = state.installed.find(each => each.manifest === state.current)
  // What may not run any more is no measure for what takes its place.
  if (runs && !state.revoked.includes(runs.manifest) && runs.counter >= state.floor)
    checkPace(what, median, runs)
  const rehearsed = { ...installed, median }
  parts.keep(model, {
    installed: [...state.installed.filter(each => each.manifest !== installed.manifest), rehearsed],
  })
  return rehearsed
}

/** One that is here already: with a new counter where it was published anew. */
function reused(parts: Parts, model: string, version: PlanVersion, variant: PlanVariant): Installed | null {
  const state = parts.modelOf(model)
  const here = state.installed.find(({ manifest }) => manifest === variant.manifest)
  if (!here || here.counter === version.counter) return here ?? null
  const renewed = { ...here, counter: version.counter, version: version.version }
  parts.keep(model, { installed: state.installed.map(each => (each === here ? renewed : each)) })
  return renewed
}

/** Whether its files are on the disk. Their content is looked at before one is loaded, and once a week. */
export const isThere = ({ blobs }: Pick<Parts, 'blobs'>, { manifest, files }: Installed): boolean =>
  blobs.has(manifest) && files.every(({ hash, bytes }) => blobs.has(hash, bytes))

/** Bytes of all that is installed, each file once, but for those of the release that comes. */
function heldBytes({ keeper }: Parts, model: string, coming: ReadonlySet<string>): number {
  const files = new Map<string, number>()
  for (const state of keeper.state.models)
    for (const installed of state.installed)
      for (const { hash, bytes } of installed.files)
        if (!coming.has(hash) && !isSpare(state, model, installed)) files.set(hash, bytes)
  return [...files.values()].reduce((sum, bytes) => sum + bytes, 0)
}

/** What gives way to what is wanted. */
const isSpare = (state: ModelState, model: string, { manifest }: Installed): boolean =>
  state.model === model && ![state.current, state.previous, state.candidate?.manifest].includes(manifest)

function told(what: string, { received, patched, whole }: Brought): string {
  const size = (bytes: number) =>
    bytes < 1e6 ? `${(bytes / 1e3).toFixed(0)} kB` : `${(bytes / 1e6).toFixed(1)} MB`
  if (patched > 0) return `${what}: ${size(received)} instead of ${size(whole)}`
  return received < whole
    ? `${what}: ${size(received)}, the rest of ${size(whole)} was here`
    : `${what}: ${size(received)}`
}

/**
 * The installed releases whose files are all what their names say. Others are forgotten, so that they are fetched anew.
 */
export async function checkInstalled(parts: Parts, model: string, installed: Installed): Promise<void> {
  for (const { name, hash, bytes } of installed.files) {
    if (await parts.blobs.isWhole(hash, bytes)) continue
    parts.blobs.drop(hash)
    parts.keep(model, {
      installed: parts.modelOf(model).installed.filter(each => each.manifest !== installed.manifest),
    })
    throw fail(
      'tampered',
      `The file ${name} of ${model} v${installed.version} on this device is damaged.`,
      'It is fetched again as soon as that is possible.',
    )
  }
}
