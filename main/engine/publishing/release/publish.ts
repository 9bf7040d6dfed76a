import type { Hash, Release, Variant } from '#contract'
import type { DatasetRoom } from '../../dataset/index.ts'
import type { EvaluationRoom } from '../../evaluation/index.ts'
import type { Doors } from '../../jobs/index.ts'
import { now } from '../../kit/index.ts'
import type { OptimizationRoom } from '../../optimization/index.ts'
import type { RegistryRoom } from '../../registry/index.ts'
import { modelRole } from '../../release/index.ts'
import type { Store } from '../../store/index.ts'
import type { TrainingRoom } from '../../training/index.ts'
import type { ValidationRoom } from '../../validation/index.ts'
import type { Desk } from '../sites/desk.ts'
import { begin, counterFor, makeStable, modelIn, offer, refuseStable } from '../sites/edit.ts'
import type { Place } from '../sites/places.ts'
import type { SiteKeys } from '../sites/siteKeys.ts'
import { type LocalFile, releaseFiles } from './files.ts'
import { passGate, passTolerance } from './gate.ts'
import { goldenOf } from './golden.ts'
import { refuseLater, refuseWithdrawn, target, versionOf } from './offered.ts'
import type { Releases } from './releases.ts'
import { kindsAsked, rolloutAsked, runOf, sum, versionAsked } from './wanted.ts'
import { openWriting, type Written } from './written.ts'

export interface PublishParts {
  store: Store
  dataset: Pick<DatasetRoom, 'resolve' | 'read' | 'pictures'>
  validation: Pick<ValidationRoom, 'gate'>
  training: TrainingRoom
  evaluation: EvaluationRoom
  optimization: OptimizationRoom
  registry: RegistryRoom
  releases: Releases
  desk: Desk
  siteKeys: SiteKeys
  /** Versions of a model that devices of a site say they run. */
  reported(place: Place, model: string): ReadonlySet<number>
  /** Ids of the devices that were heard of within a day. */
  heard(): Promise<ReadonlySet<string>>
  /** Key that signs releases. */
  releaseKey(): Promise<Hash>
  /** Tells devices that can be reached that there is news. */
  nudge(place: Place): void
}

/**
 * Takes a version through its gate, writes its files into a repository, and last signs that devices may have it and who
 * is to run it. Interrupted anywhere, the repository is as it was for every reader, and the next try uses what was
 * copied.
 */
export function openPublishing(parts: PublishParts): Doors['publishing']['publish'] {
  const { store, validation, training, evaluation, optimization, registry, releases, desk, siteKeys } = parts
  const write = openWriting(parts)

  return async (input, job) => {
    const version = versionAsked(registry, input)
    const place = await desk.place(input, { make: true })
    await desk.check(place)
    const run = runOf(training, version)
    const warning = validation.gate(run.version, 'publishing')
    if (warning !== null) job.log(warning, 'warning')
    job.uses(version.id)
    job.progress(null, 'looking at the repository')
    const plan = await desk.readIf(place)
    const before = plan?.models.find(each => each.model === version.model)
    if (plan && rolloutAsked(plan, version.version, input, now()) && before)
      refuseStable(plan, before, version.version)
    const variants: { variant: Variant; files: LocalFile[] }[] = []
    for (const kind of kindsAsked(optimization, run, input.variant)) {
      const variant = await optimization.variantOf(run, kind, job)
      job.uses(variant.id)
      const metrics = passGate(evaluation, version, variant)
      passTolerance(optimization, version, variant)
      const model = await training.model(run)
      const golden = await goldenOf(parts, run, model, kind, store.blobs.path(variant.id), job)
      const evaluated = evaluation.newest(run.id, variant.kind)?.id ?? null
      const measured = { metrics, evaluation: evaluated }
      variants.push({ variant, files: releaseFiles(store, model, version, run, variant, measured, golden) })
    }

    const signed = before ? await (await desk.writer(place)).targets(modelRole(version.model)) : []
    if (before) refuseWithdrawn(place.site, before, version, signed)
    const encrypt = input.encrypt || desk.encrypts(place)
    const recipient = encrypt ? (await siteKeys.open(place.site)).recipient : null
    const written: Written[] = []
    for (const each of variants)
      written.push(await write(place, { version, run, ...each, before, recipient }, job))

    job.progress(null, 'signing')
    const at = now()
    const heard = await parts.heard()
    const after = await desk.change(
      place,
      async plan => {
        const model = modelIn(plan, version.model)
        refuseWithdrawn(place.site, model, version, signed)
        refuseLater(place, before, model, version.version, written)
        const counter = counterFor(model, version.version)
        const offered = versionOf(version, counter, written, model)
        offer(plan, model, offered)
        const rollout = rolloutAsked(plan, version.version, input, at)
        if (rollout) begin(plan, model, rollout, heard)
        else makeStable(plan, model, version.version)
        await siteKeys.share(plan)
        return [
          {
            role: modelRole(version.model),
            targets: written.map(each => target(version.model, each, offered, at)),
          },
        ]
      },
      { make: true },
    )
    parts.nudge(place)
    const model = modelIn(after, version.model)
    const [first] = written as [Written]
    const release: Release = {
      id: first.manifest.hash,
      model: version.model,
      version: version.version,
      variant: first.variant.kind,
      sequence: model.decision,
      to: place.address,
      files: first.files,
      bytes: sum(first.files),
      key: await parts.releaseKey(),
      at,
      madeBy: job.id,
      site: place.site,
      counter: counterFor(model, version.version),
      variants: written.map(({ variant, manifest, files, patches, encrypted }) => ({
        variant: variant.kind,
        manifest: manifest.hash,
        bytes: sum(files),
        encrypted,
        patches,
      })),
      rollout: model.rollout,
    }
    releases.put(release)
    job.makes({ id: release.id, kind: 'release', title: `${release.model} v${release.version}, signed` })
    job.log(`${release.model} v${release.version} is in ${release.to}, for the site ${place.site}.`)
    if (encrypt && after.devices.length === 0)
      job.log('It is encrypted, and no device of the site is approved yet: none can read it.', 'warning')
    return release
  }
}
