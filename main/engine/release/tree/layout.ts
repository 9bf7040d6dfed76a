import { z } from 'zod'
import type { Hash } from '#contract'
import { canonicalJson } from '../../kit/index.ts'
import { ANNOTATION, Descriptor, MEDIA } from '../format/manifest.ts'
import type { Sink } from './source.ts'

/** `index.json` of an OCI image layout (image-spec 1.1, `image-index.md`), as much of it as we write. */
export const OciIndex = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.literal(MEDIA.index).optional(),
  manifests: z.array(Descriptor.extend({ artifactType: z.string().max(200).optional() })).max(100_000),
})
export type OciIndex = z.infer<typeof OciIndex>

/** The index in these bytes; an empty one where there is none or it is damaged, since no device depends on it. */
export function readOciIndex(content: Uint8Array | null): OciIndex {
  try {
    return OciIndex.parse(JSON.parse(Buffer.from(content ?? []).toString('utf8')))
  } catch {
    return { schemaVersion: 2, mediaType: MEDIA.index, manifests: [] }
  }
}

export const indexBytes = (index: OciIndex): Uint8Array => Buffer.from(canonicalJson(index))

/** Names a manifest in `index.json`, so that `oras` and `crane` find it. */
export async function addToIndex(
  sink: Sink,
  { hash, bytes, ref }: { hash: Hash; bytes: number; ref: string },
  signal?: AbortSignal,
): Promise<void> {
  const before = readOciIndex(await sink.readIndex(signal))
  const manifests = before.manifests.filter(({ annotations }) => annotations?.[ANNOTATION.ref] !== ref)
  manifests.push({
    mediaType: MEDIA.manifest,
    artifactType: MEDIA.model,
    digest: `sha256:${hash}`,
    size: bytes,
    annotations: { [ANNOTATION.ref]: ref },
  })
  await sink.writeIndex(indexBytes({ schemaVersion: 2, mediaType: MEDIA.index, manifests }), signal)
}
