import { z } from 'zod'
import { Hash } from '#contract'

/** Media types: OCI image manifest, ModelPack (CNCF model-spec 0.0.7), and the few of our own. */
export const MEDIA = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  model: 'application/vnd.cncf.model.manifest.v1+json',
  config: 'application/vnd.cncf.model.config.v1+json',
  /** The model's file, uncompressed, as the specification advises. */
  weights: 'application/vnd.cncf.model.weight.v1.raw',
  /** Everything beside it: transform, labels, golden inputs. */
  document: 'application/vnd.cncf.model.doc.v1.raw',
  /** Hashes of the 1 MiB pieces of a blob: {@link Pieces}. */
  pieces: 'application/vnd.edgewright.pieces.v1+json',
  /** Makes a blob out of one that a device has: see `delta/`. */
  patch: 'application/vnd.edgewright.patch.v1',
} as const

/** Annotations of layers and manifests. */
export const ANNOTATION = {
  /** Name of the file, `graph.pb`. */
  title: 'org.opencontainers.image.title',
  /** The same, as ModelPack calls it. */
  filepath: 'org.cncf.model.filepath',
  ref: 'org.opencontainers.image.ref.name',
  created: 'org.opencontainers.image.created',
  /** Of pieces and patches: the digest (hexadecimal) of the blob they are of. */
  of: 'dev.edgewright.of',
  /** Of a patch: the digest of the blob it needs, how it was made, and how long the result is. */
  base: 'dev.edgewright.base',
  codec: 'dev.edgewright.codec',
  bytes: 'dev.edgewright.bytes',
  /** Of a blob that is encrypted for a site: digest and length of its plain content, and its wrapped key. */
  plain: 'dev.edgewright.plain',
  key: 'dev.edgewright.key',
} as const

/** Bytes of one piece; the last one of a blob is what is left. */
export const PIECE = 1 << 20

/** The hashes of the pieces of one blob, in their order. */
export const Pieces = z.object({
  format: z.literal('edgewright-pieces/1'),
  of: Hash,
  bytes: z.int().min(0),
  piece: z.literal(PIECE),
  hashes: z.array(Hash).max(8192),
})
export type Pieces = z.infer<typeof Pieces>

const Digest = z.string().regex(/^sha256:[0-9a-f]{64}$/)

export const Descriptor = z.object({
  mediaType: z.string().max(200),
  digest: Digest,
  size: z.int().min(0),
  annotations: z.record(z.string(), z.string().max(4096)).optional(),
})
export type Descriptor = z.infer<typeof Descriptor>

/** An OCI image manifest that is a ModelPack. */
export const Manifest = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.literal(MEDIA.manifest),
  artifactType: z.literal(MEDIA.model),
  config: Descriptor,
  layers: z.array(Descriptor).min(1).max(128),
  annotations: z.record(z.string(), z.string().max(4096)).optional(),
})
export type Manifest = z.infer<typeof Manifest>
