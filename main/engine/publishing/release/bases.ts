import { existsSync } from 'node:fs'
import type { VariantKind } from '#contract'
import {
  type ManifestFile,
  openContent,
  openManifest,
  PATCHED,
  type PlanModel,
  type ReleaseManifest,
  type Sink,
} from '../../release/index.ts'
import type { Store } from '../../store/index.ts'
import { readWhole } from '../sites/readWhole.ts'
import { weightsName } from './files.ts'

/** A patch is made from so many versions before: devices that are further behind fetch the whole file. */
const VERSIONS = 3
/** A document that is shorter travels whole. */
const SMALL = 64 << 10
const MANIFEST = 4 << 20

/** The manifest of a variant on offer; null where it cannot be read. */
export async function manifestOf(
  sink: Sink,
  hash: ReleaseManifest['hash'],
  signal?: AbortSignal,
): Promise<ReleaseManifest | null> {
  const content = await readWhole(sink, hash, MANIFEST, signal)
  try {
    return content && openManifest(content, hash)
  } catch {
    return null
  }
}

/** A file of a release as it is used: out of this workspace where it is here, else out of the repository. */
export async function plainFile(
  store: Store,
  sink: Sink,
  file: ManifestFile,
  identity: string | null,
  signal?: AbortSignal,
): Promise<Uint8Array | { path: string } | null> {
  const path = store.blobs.path(file.hash)
  if (existsSync(path)) return { path }
  const content = await readWhole(sink, file.blob.hash, file.blob.bytes, signal)
  if (!content || file.key === null) return content
  return identity === null ? null : await openContent(content, file.key, identity).catch(() => null)
}

/** A file that devices may have, and the version that brought it. */
export interface Base {
  version: number
  name: string
  file: ManifestFile
  content: Uint8Array | { path: string }
}

/**
 * Files of earlier versions that devices may have in the same form: what a patch can begin with.
 * @param reported versions that devices say they run
 */
export async function basesFor(
  { store, sink, identity }: { store: Store; sink: Sink; identity: string | null },
  model: PlanModel | undefined,
  version: number,
  variant: VariantKind,
  reported: ReadonlySet<number>,
  signal?: AbortSignal,
): Promise<Base[]> {
  const earlier = (model?.versions ?? []).filter(each => each.version !== version)
  const wanted = earlier.filter(
    (each, i) => i < VERSIONS || each.version === model?.stable || reported.has(each.version),
  )
  const bases: Base[] = []
  for (const { version: base, variants } of wanted) {
    const same = variants.find(each => each.variant === variant)
    const manifest = same && (await manifestOf(sink, same.manifest, signal))
    for (const file of manifest?.files ?? []) {
      if (file.bytes > PATCHED || (file.bytes < SMALL && file.name !== weightsName(variant))) continue
      const content = await plainFile(store, sink, file, identity, signal)
      if (content) bases.push({ version: base, name: file.name, file, content })
    }
  }
  return bases
}
