import type { Hash, VariantKind } from '#contract'
import type { Codec } from '../delta/patch.ts'
import type { Manifest } from '../format/manifest.ts'
import type { ReleaseFile } from '../format/version.ts'
import type { Content } from './source.ts'

/** A blob as it lies in the tree, with the hashes of its pieces where it is longer than one. */
export interface TreeBlob {
  hash: Hash
  bytes: number
  /** The blob that holds them (`Pieces`); null for what is one piece. */
  pieces: { hash: Hash; bytes: number } | null
}

/** Content that may be encrypted: what travels, and the wrapped key that opens it (null: it is plain). */
export interface Travelling {
  blob: TreeBlob
  key: string | null
}

/** A way to make a file out of one that a device has. */
export interface FilePatch extends Travelling {
  /** Hash of the plain file that it is applied to. */
  base: Hash
  codec: Codec
  /** Hash of the plain patch where it is encrypted; null: it is the blob's. */
  plain: Hash | null
}

/** A file of a release: name, hash and length of what is used, and how it can be had. */
export interface ManifestFile extends ReleaseFile, Travelling {
  patches: FilePatch[]
}

/** A manifest that was read: content checked against its hash, form against the schema. */
export interface ReleaseManifest {
  hash: Hash
  bytes: number
  files: ManifestFile[]
  manifest: Manifest
}

/** What becomes a release. */
export interface NewRelease {
  model: string
  version: number
  variant: VariantKind
  /** ISO 8601. */
  createdAt: string
  /** For other tools: `tflite`, `tensorflow`. */
  format: string
  /** For other tools: `int8`, `float32`. */
  precision?: string
  architecture?: string
  files: { name: string; content: Content }[]
  /**
   * Earlier files that devices may have, by name of the file that replaces them; a patch is made from each of them
   * where that is worth it.
   */
  bases?: { name: string; content: Content }[]
  /**
   * Encrypts what is written, patches included (after they were made). Absent: everything is plain. A file that comes of it
   * is removed once it was written.
   */
  seal?(plain: Content): Promise<{ content: Content; key: string }> | { content: Content; key: string }
}

/** A release as it was written. */
export interface WrittenRelease extends ReleaseManifest {
  /** What was not there yet. */
  writtenBytes: number
}
