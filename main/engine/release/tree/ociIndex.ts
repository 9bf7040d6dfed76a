import { z } from 'zod'
import { canonicalJson, failureOf } from '../../kit/index.ts'
import { ANNOTATION, Descriptor, MEDIA } from '../format/manifest.ts'
import { OPEN_SITE } from '../format/names.ts'
import { type MetadataFile, signedFiles } from './signedFiles.ts'
import type { Sink } from './source.ts'

/** `index.json` of an OCI image layout (image-spec 1.1, `image-index.md`), as much of it as we write. */
export const OciIndex = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.literal(MEDIA.index).optional(),
  manifests: z.array(Descriptor.extend({ artifactType: z.string().max(200).optional() })).max(100_000),
})
export type OciIndex = z.infer<typeof OciIndex>
type Entry = OciIndex['manifests'][number]

export const indexBytes = (manifests: Entry[]): Uint8Array =>
  Buffer.from(canonicalJson({ schemaVersion: 2, mediaType: MEDIA.index, manifests } satisfies OciIndex))

/** Writers at one place at one time. Beyond it the other side does not give back what it was given. */
const ATTEMPTS = 50

/**
 * Brings `index.json` to what the sites of a repository vouch for, so that `oras` and `crane` find it. Is called when
 * something was signed, and looks again after it has written: whoever writes last has seen what everyone signed before,
 * so that nothing is lost where several publish at once. What other programs put there stays. No device depends on it.
 */
export async function listReleases(sink: Sink, signal?: AbortSignal): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const ours = await signedIn(sink, signal)
    const there = await sink.readIndex(signal)
    const wanted = indexBytes([...ours, ...foreignIn(there)])
    if (there && Buffer.compare(there, wanted) === 0) return
    await sink.writeIndex(wanted, signal)
  }
}

/** Entries of all releases of all sites. Where sites have different ones of a version, the name says of which site. */
async function signedIn(sink: Sink, signal?: AbortSignal): Promise<Entry[]> {
  const entries = new Map<string, Entry>()
  const sites = await sink.sites(signal)
  // What is for everyone keeps the plain name.
  for (const site of sites.sort((a, b) => Number(b === OPEN_SITE) - Number(a === OPEN_SITE)))
    for (const entry of releasesIn(await siteFiles(sink, site, signal))) {
      const ref = refOf(entry)
      const other = entries.get(ref)
      if (!other) entries.set(ref, entry)
      else if (other.digest !== entry.digest) entries.set(`${ref}.${site}`, named(entry, `${ref}.${site}`))
    }
  return [...entries.keys()].sort().map(ref => entries.get(ref) as Entry)
}

/** A site that is being made, or is damaged, offers nothing now. */
async function siteFiles(sink: Sink, site: string, signal?: AbortSignal): Promise<MetadataFile[]> {
  try {
    return await signedFiles(sink.metadata(site), signal)
  } catch (error) {
    if (['not-found', 'tampered', 'bad-input'].includes(failureOf(error).code)) return []
    throw error
  }
}

const Targets = z.object({
  signed: z.object({
    targets: z.record(
      z.string(),
      z.object({ length: z.int().min(0), hashes: z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/) }) }),
    ),
  }),
})

/** Entries of the releases that a site's metadata names. The signatures are for devices to check. */
export function releasesIn(files: readonly MetadataFile[]): Entry[] {
  return files.flatMap(({ file, content }) => {
    if (!/^\d+\.model-/.test(file)) return []
    const { data } = Targets.safeParse(parsed(content))
    return Object.entries(data?.signed.targets ?? {}).flatMap(([path, { length, hashes }]) => {
      const [, slug, version, variant] = /^models\/([^/]+)\/(\d+)\/([^/]+)$/.exec(path) ?? []
      if (!slug) return []
      const digest = `sha256:${hashes.sha256}`
      const entry = { mediaType: MEDIA.manifest, artifactType: MEDIA.model, digest, size: length }
      return [named(entry, `${slug}-${version}-${variant}`)]
    })
  })
}

const named = (entry: Entry, ref: string): Entry => ({ ...entry, annotations: { [ANNOTATION.ref]: ref } })
const refOf = ({ annotations }: Entry): string => annotations?.[ANNOTATION.ref] ?? ''

/** What other programs put into the layout; nothing where it is damaged. */
const foreignIn = (index: Uint8Array | null): Entry[] =>
  OciIndex.safeParse(parsed(index)).data?.manifests.filter(
    ({ artifactType }) => artifactType !== MEDIA.model,
  ) ?? []

function parsed(content: Uint8Array | null): unknown {
  try {
    return content && JSON.parse(Buffer.from(content).toString('utf8'))
  } catch {
    return null
  }
}
