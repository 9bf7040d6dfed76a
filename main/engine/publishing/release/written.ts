import type { ModelVersion, Release, ReleasePatch, TrainedRun, Variant } from '#contract'
import type { JobContext } from '../../jobs/index.ts'
import { fail } from '../../kit/index.ts'
import {
  bytesOf,
  encryptContent,
  hashOfContent,
  lengthOf,
  ModelFile,
  type PlanModel,
  type ReleaseManifest,
  writeRelease,
} from '../../release/index.ts'
import type { Store } from '../../store/index.ts'
import type { Place } from '../sites/places.ts'
import type { SiteKeys } from '../sites/siteKeys.ts'
import { type Base, basesFor, manifestOf, plainFile } from './bases.ts'
import { type LocalFile, weightsName } from './files.ts'

/** One form of a version in the repository. */
export interface Written {
  variant: Variant
  manifest: ReleaseManifest
  files: Release['files']
  patches: ReleasePatch[]
  encrypted: boolean
}

/** A form of a version that is to be written. */
export interface NewForm {
  version: ModelVersion
  run: TrainedRun
  variant: Variant
  files: LocalFile[]
  /** What the site says of the model so far. */
  before: PlanModel | undefined
  /** Whom it is encrypted for; null: it is not. */
  recipient: string | null
}

/** Writes a form of a version into a repository with the patches that devices there can use, or finds it there. */
export function openWriting({
  store,
  siteKeys,
  reported,
}: {
  store: Store
  siteKeys: Pick<SiteKeys, 'get'>
  /** Versions of a model that devices of a site say they run. */
  reported(place: Place, model: string): ReadonlySet<number>
}) {
  return async function write(
    place: Place,
    { version, run, variant, files, before, recipient }: NewForm,
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
        (await sameModel(known, files)) &&
        known.files.every(({ key }) => (key !== null) === (recipient !== null))
      if (same && (await isWhole(sink, known, job.signal)))
        return {
          variant,
          manifest: known,
          files: plain(known),
          patches: patchesOf(known, []),
          encrypted: recipient !== null,
        }
    }
    const inUse = reported(place, version.model)
    const access = { store, sink, identity }
    const bases = await basesFor(access, before, version.version, variant.kind, inUse, job.signal)
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
        ...(recipient !== null && { seal: plain => encryptContent(plain, recipient, store.place('tmp')) }),
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

/** Equal in what computes; figures that were measured anew make no new release. */
async function sameModel(known: ReleaseManifest, files: readonly LocalFile[]): Promise<boolean> {
  for (const { name, content } of files) {
    if (name === 'model.json' || name === 'golden.json') continue
    const there = known.files.find(file => file.name === name)
    if (there?.hash !== (await hashOfContent(content))) return false
  }
  return true
}

/** Whether all that a manifest names is there: files, patches and the lists of their pieces. */
export async function isWhole(
  sink: Place['sink'],
  { files }: ReleaseManifest,
  signal?: AbortSignal,
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
const patchesOf = ({ files }: ReleaseManifest, bases: readonly Pick<Base, 'version' | 'file'>[]) =>
  files.flatMap(({ name, bytes, patches }) =>
    patches.flatMap(({ base, codec, blob }): ReleasePatch[] => {
      const from = bases.find(({ file }) => file.hash === base)
      return from ? [{ name, base: from.version, codec, bytes: blob.bytes, of: bytes }] : []
    }),
  )
