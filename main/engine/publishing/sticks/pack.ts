import { renameSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import type { Hash } from '#contract'
import type { Doors } from '../../jobs/index.ts'
import { ensureFolder, fail, now, syncFolder } from '../../kit/index.ts'
import { assign, modelRole, PLAN_TARGET, type SitePlan, writePack } from '../../release/index.ts'
import type { TrustedTarget } from '../../trust/index.ts'
import type { Fleet } from '../fleet/fleet.ts'
import { manifestOf } from '../release/bases.ts'
import type { Desk } from '../sites/desk.ts'
import { publishedIn } from '../sites/edit.ts'
import type { Place } from '../sites/places.ts'

/** Writes what the devices of a site need into a file for a stick, signed for months. */
export function openPacking({
  desk,
  fleet,
  own,
}: {
  desk: Desk
  fleet: Fleet
  own: string
}): Doors['publishing']['pack'] {
  /** Says on the long-lived lane what the site's other lane says. */
  async function sign(place: Place, plan: SitePlan) {
    const online = await desk.writer(place)
    const stick = await desk.writer(place, 'stick')
    const roles = ['site' as const, ...plan.models.map(({ model }) => modelRole(model))]
    const targets = new Map<string, TrustedTarget[]>()
    const states = await stick.publish(async before => {
      const changes = []
      for (const role of roles) {
        const now = await online.targets(role)
        const gone = (await before(role))
          .map(({ path }) => path)
          .filter(path => !now.some(each => each.path === path))
        targets.set(role, now)
        changes.push({ role, targets: now, remove: gone })
      }
      return changes
    })
    return { targets, states }
  }

  /** The versions that devices may want: of some of them, or of whoever comes. */
  function wantedOf(
    plan: SitePlan,
    model: SitePlan['models'][number],
    devices: string[] | null,
  ): Set<number> {
    const wanted = new Set<number>()
    const add = (version: number | null | undefined) => version != null && wanted.add(version)
    for (const device of devices ?? plan.devices.map(({ id }) => id)) {
      const { primary, candidate } = assign(plan, model, device)
      add(primary?.version)
      add(candidate?.version.version)
    }
    if (devices === null) {
      add(model.stable)
      add(model.rollout?.version)
      add(model.before?.[0])
    }
    return wanted
  }

  return async (input, job) => {
    const place = await desk.place({ site: input.site })
    await desk.check(place)
    const plan = await desk.read(place)
    const named = input.device?.map(name => deviceIn(plan, name))
    const models = (input.model ?? plan.models.map(({ model }) => model)).map(model =>
      publishedIn(plan, model),
    )
    job.progress(0, 'signing')
    const { targets, states } = await sign(place, plan)
    const manifests: { hash: Hash; bytes: number }[] = []
    const brings: { model: string; version: number; wanted: boolean }[] = []
    for (const model of models) {
      const wanted = wantedOf(plan, model, named ?? null)
      const signed = targets.get(modelRole(model.model)) ?? []
      for (const { version, variants } of model.versions) {
        if (!wanted.has(version)) continue
        brings.push({ model: model.model, version, wanted: version === model.stable })
        for (const { manifest } of variants) {
          const target = signed.find(({ hash }) => hash === manifest)
          if (target) manifests.push({ hash: manifest, bytes: target.bytes })
        }
      }
    }
    const planBlob = targets.get('site')?.find(({ path }) => path === PLAN_TARGET)
    if (!planBlob) throw fail('not-found', `The site ${place.site} has no plan.`, 'Publish a version first.')

    const at = now()
    const { folder, file } = await whereTo(input.out, own)
    // Beside the file and not in it: a stick that is pulled out keeps what it had.
    const work = join(folder, `.pack-${job.id}`)
    ensureFolder(work)
    try {
      const ids = named ?? plan.devices.map(({ id }) => id)
      const made = await writePack({
        ...{ site: place.site, at, folder: work, source: place.sink, manifests },
        metadata: place.sink.metadata(place.site, 'stick'),
        blobs: [{ hash: planBlob.hash, bytes: planBlob.bytes }],
        devices: await Promise.all(ids.map(id => filesOn(place, plan, id, job.signal))),
        ...(job.signal && { signal: job.signal }),
        progress: bytes => job.progress(null, `writing ${(bytes / 1e6).toFixed(1)} MB`),
      })
      const [first = ''] = made.files
      const out = join(folder, file ?? basename(first))
      const files = made.files.map(part => {
        const to = part === first ? out : join(folder, basename(part).replace(basename(first), basename(out)))
        renameSync(part, to)
        return to
      })
      // Done means that the stick may be pulled.
      syncFolder(folder)
      const ends = states
        .filter(({ role }) => role === 'timestamp' || role === 'snapshot')
        .map(each => each.expires)
      job.log(`${files.join(', ')}: ${brings.length} versions for the site ${place.site}.`)
      return {
        ...{ site: place.site, files, bytes: made.bytes, blobs: made.entries, models: brings, at },
        devices: plan.devices.length,
        expires: ends.sort()[0] ?? at,
      }
    } finally {
      rmSync(work, { recursive: true, force: true })
    }
  }

  /** Hashes of the files that a device has, as it said last: what patches can begin with. */
  async function filesOn(place: Place, plan: SitePlan, id: string, signal: AbortSignal | undefined) {
    const report = fleet.heard().find(({ enrolled }) => enrolled?.id === id)?.report
    const files = new Set<Hash>()
    for (const model of plan.models) {
      const said = report?.models.find(each => each.model === model.model)
      const held = report?.holds?.find(each => each.model === model.model)?.installed ?? []
      const has = new Set([said?.reports, said?.previous, ...held])
      for (const { version, variants } of model.versions)
        if (has.has(version))
          for (const { manifest } of variants)
            for (const file of (await manifestOf(place.sink, manifest, signal))?.files ?? [])
              files.add(file.hash)
    }
    return files
  }
}

function deviceIn(plan: SitePlan, name: string): string {
  const found = plan.devices.find(
    ({ id, name: called }) => id === name || called === name || (name.length >= 4 && id.startsWith(name)),
  )
  if (found) return found.id
  throw fail(
    'not-found',
    `No device "${name.slice(0, 80)}" is approved at the site ${plan.site}.`,
    'See "publishing device list".',
  )
}

/** A folder, and the name of the file in it where one was given. */
async function whereTo(
  out: string | undefined,
  own: string,
): Promise<{ folder: string; file: string | null }> {
  if (out === undefined) return { folder: dirname(own), file: null }
  const path = resolve(out)
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return { folder: path, file: null }
  if (!/\.edgepack$/i.test(path))
    throw fail(
      'bad-input',
      `${basename(path)} does not end with .edgepack, by which devices know a pack.`,
      'Write it like SITE.edgepack, or name a folder that is there.',
    )
  if (!statSync(dirname(path), { throwIfNoEntry: false })?.isDirectory())
    throw fail(
      'not-found',
      `The folder ${dirname(path)} is not there.`,
      'Plug the stick in, or make the folder.',
    )
  return { folder: dirname(path), file: basename(path) }
}
