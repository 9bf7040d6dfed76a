import { readFileSync, statSync } from 'node:fs'
import type { Hash, ModelVersion, Release, ReleasePatch, TrainedRun, Variant } from '#contract'
import type { DatasetRoom } from '../../dataset/index.ts'
import type { EvaluationRoom } from '../../evaluation/index.ts'
import type { Doors, JobContext } from '../../jobs/index.ts'
import { fail, hashOf, now } from '../../kit/index.ts'
import type { OptimizationRoom } from '../../optimization/index.ts'
import type { RegistryRoom } from '../../registry/index.ts'
import {
  encryptContent,
  ModelFile,
  modelRole,
  type PlanModel,
  type PlanVersion,
  type ReleaseManifest,
  type VersionTerms,
  versionTarget,
  writeRelease,
} from '../../release/index.ts'
import type { Store } from '../../store/index.ts'
import type { TrainingRoom } from '../../training/index.ts'
import type { TrustedTarget } from '../../trust/index.ts'
import type { ValidationRoom } from '../../validation/index.ts'
import type { Desk, Place } from '../sites/desk.ts'
import { begin, counterFor, makeStable, modelIn, offer, refuseStable } from '../sites/edit.ts'
import type { SiteKeys } from '../sites/siteKeys.ts'
import { type Base, basesFor, manifestOf, plainFile } from './bases.ts'
import { type LocalFile, releaseFiles, weightsName } from './files.ts'
import { passGate, passTolerance } from './gate.ts'
import { goldenOf } from './golden.ts'
import { needsOf } from './needs.ts'
import type { Releases } from './releases.ts'
import { kindsAsked, rolloutAsked, runOf, sum, versionAsked } from './wanted.ts'

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

/** One form of a version in the repository. */
interface Written {
  variant: Variant
  manifest: ReleaseManifest
  files: Release['files']
  patches: ReleasePatch[]
  encrypted: boolean
}

/**
 * Takes a version through its gate, writes its files into a repository, and last signs that devices may have it and who
 * is to run it. Interrupted anywhere, the repository is as it was for every reader, and the next try uses what was
 * copied.
 */
export function openPublishing(parts: PublishParts): Doors['publishing']['publish'] {
  const { store, validation, training, evaluation, optimization, registry, releases, desk, siteKeys } = parts

  return async (input, job) => {
    const version = versionAsked(registry, input)
    const place = await desk.place(input, { make: true })
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

  /** Writes one form of a version, or finds it there. */
  async function write(
    place: Place,
    {
      version,
      run,
      variant,
      files,
      before,
      recipient,
    }: {
      version: ModelVersion
      run: TrainedRun
      variant: Variant
      files: LocalFile[]
      before: PlanModel | undefined
      recipient: string | null
    },
    job: JobContext,
  ): Promise<Written> {
    const { sink } = place
    const identity = siteKeys.get(place.site)
    const there = before?.versions
      .find(each => each.version === version.version)
      ?.variants.find(each => each.variant === variant.kind)
    const known = there && (await manifestOf(sink, there.manifest, job.signal))
    if (known) {
      await refuseOther(place, version, run, known, identity)
      const same =
        sameModel(known, files) && known.files.every(({ key }) => (key !== null) === (recipient !== null))
      if (same && (await isWhole(sink, known, job.signal)))
        return {
          variant,
          manifest: known,
          files: plain(known),
          patches: patchesOf(known, []),
          encrypted: recipient !== null,
        }
    }
    const reported = parts.reported(place, version.model)
    const access = { store, sink, identity }
    const bases = await basesFor(access, before, version.version, variant.kind, reported, job.signal)
    const bytes = files.reduce((total, { content }) => total + lengthOf(content), 0)
    const manifest = await writeRelease(
      sink,
      {
        model: version.model,
        version: version.version,
        variant: variant.kind,
        // The same version gives the same manifest wherever and whenever it is published.
        createdAt: version.at,
        format: weightsName(variant.kind) === 'graph.pb' ? 'tensorflow' : 'tflite',
        precision: variant.kind.replace('tflite-', ''),
        files,
        bases: bases.map(({ name, content }) => ({ name, content })),
        ...(recipient !== null && { seal: plain => encryptContent(plain, recipient) }),
      },
      {
        signal: job.signal,
        progress: (done, step) => job.progress(bytes ? Math.min(1, done / bytes) : null, step),
      },
    )
    return {
      variant,
      manifest,
      files: plain(manifest),
      patches: patchesOf(manifest, bases),
      encrypted: recipient !== null,
    }
  }

  /** A version of another workspace is not written over: devices would take the one for the other. */
  async function refuseOther(
    { sink, address }: Place,
    version: ModelVersion,
    run: TrainedRun,
    known: ReleaseManifest,
    identity: string | null,
  ): Promise<void> {
    const file = known.files.find(({ name }) => name === 'model.json')
    const content = file && (await plainFile(store, sink, file, identity))
    if (!content) return
    const read = ModelFile.safeParse(JSON.parse(Buffer.from(bytesOf(content)).toString('utf8')))
    if (!read.success || read.data.lineage.trained === run.artifact) return
    throw fail(
      'already-there',
      `The repository ${address} already has another ${version.model} v${version.version}, from another workspace.`,
      'Publish to another folder, or train a version with a higher number.',
    )
  }
}

const bytesOf = (content: Uint8Array | { path: string }): Uint8Array =>
  content instanceof Uint8Array ? content : readFileSync(content.path)

const lengthOf = (content: Uint8Array | { path: string }): number =>
  content instanceof Uint8Array ? content.length : statSync(content.path).size

/** Equal in what computes; figures that were measured anew make no new release. */
function sameModel(known: ReleaseManifest, files: readonly LocalFile[]): boolean {
  return files
    .filter(({ name }) => name !== 'model.json' && name !== 'golden.json')
    .every(({ name, content }) => {
      const there = known.files.find(file => file.name === name)
      return there !== undefined && there.hash === hashOf(bytesOf(content))
    })
}

async function isWhole(
  sink: Place['sink'],
  { files }: ReleaseManifest,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  for (const { blob, patches } of files)
    for (const each of [blob, ...patches.map(patch => patch.blob)])
      for (const { hash, bytes } of [each, ...(each.pieces ? [each.pieces] : [])])
        if (!(await sink.hasBlob(hash, bytes, signal))) return false
  return true
}

const plain = ({ files }: ReleaseManifest): Release['files'] =>
  files.map(({ name, hash, bytes }) => ({ name, hash, bytes }))

/** Patches of a manifest, by the version that they begin with. */
export const patchesOf = ({ files }: ReleaseManifest, bases: readonly Pick<Base, 'version' | 'file'>[]) =>
  files.flatMap(({ name, bytes, patches }) =>
    patches.flatMap(({ base, codec, blob }): ReleasePatch[] => {
      const from = bases.find(({ file }) => file.hash === base)
      return from ? [{ name, base: from.version, codec, bytes: blob.bytes, of: bytes }] : []
    }),
  )

/** What the plan says of a version: forms that were published before stay on offer behind the new ones. */
function versionOf(
  { version }: ModelVersion,
  counter: number,
  written: readonly Written[],
  model: PlanModel,
): PlanVersion {
  const fresh = written.map(({ variant, manifest, files }) => ({
    variant: variant.kind,
    manifest: manifest.hash,
    needs: needsOf(variant, sum(files)),
  }))
  const before = model.versions.find(each => each.version === version)?.variants ?? []
  const others = before.filter(each => !fresh.some(({ variant }) => variant === each.variant))
  return { version, counter, variants: [...fresh, ...others] }
}

/** What the model's role signs of one form of a version. */
function target(
  model: string,
  { variant: { kind: variant }, manifest: { hash, bytes } }: Written,
  { version, counter, variants }: PlanVersion,
  issued: string,
) {
  const needs = variants.find(each => each.manifest === hash)?.needs
  if (!needs) throw new Error('a form that is not on offer')
  const custom: VersionTerms = { model, version, variant, counter, needs, issued }
  return { path: versionTarget(model, version, variant), hash, bytes, custom }
}

/** While this computer wrote its files, another one published the same version with others. */
function refuseLater(
  { address }: Place,
  before: PlanModel | undefined,
  now: PlanModel,
  version: number,
  written: readonly Written[],
): void {
  const manifestIn = (model: PlanModel | undefined, kind: string) =>
    model?.versions.find(each => each.version === version)?.variants.find(({ variant }) => variant === kind)
      ?.manifest
  for (const { variant, manifest } of written) {
    const there = manifestIn(now, variant.kind)
    if (there && there !== manifest.hash && there !== manifestIn(before, variant.kind))
      throw fail(
        'already-there',
        `Another computer published ${now.model} v${version} to ${address} in the meantime.`,
        'Publish again: it is compared with that one then.',
      )
  }
}

/**
 * A version that was taken away stays away.
 * @param signed targets of the model's role: what was published under this number before
 */
function refuseWithdrawn(
  site: string,
  { floor, revoked, versions }: PlanModel,
  { model, version }: ModelVersion,
  signed: readonly TrustedTarget[],
): void {
  const before = new Set(signed.filter(({ custom }) => custom.version === version).map(({ hash }) => hash))
  if (revoked.some(hash => before.has(hash)))
    throw fail(
      'bad-input',
      `${model} v${version} was revoked at the site ${site}: devices refuse it.`,
      'Publish another version.',
    )
  const counter = signed.find(({ custom }) => custom.version === version)?.custom.counter
  const offered = versions.some(each => each.version === version)
  if (typeof counter === 'number' && counter < floor && !offered)
    throw fail(
      'bad-input',
      `${model} v${version} is older than the oldest version that may run at the site ${site}.`,
      'Publish a newer version.',
    )
}
