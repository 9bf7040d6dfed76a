import { z } from 'zod'
import type { Hash } from '#contract'
import type { MetadataSource } from '../../trust/index.ts'
import { SITE_NAME } from '../format/names.ts'
import type { Source } from '../tree/source.ts'

/** Bytes of one file of a pack: FAT32 takes no longer ones. */
export const PART_BYTES = 3_900_000_000

/** `edgepack.json`, the first file in a pack. It is not signed: it only says whether all of the pack is there. */
export const PackHead = z.object({
  format: z.literal('edgewright-pack/1'),
  site: z.string().regex(SITE_NAME),
  /** Day it was made for, `2026-11-22`. */
  date: z.string().regex(/^\d{4}-\d\d-\d\d$/),
  /** Of the whole archive, all parts together. */
  bytes: z.int().min(1024),
  /** Bytes of each part but the last. */
  part: z.int().min(1024),
  /** Files in it, this one included. */
  entries: z.int().min(1).max(1_000_000),
})
export type PackHead = z.infer<typeof PackHead>

/** What goes into a pack. */
export interface NewPack {
  site: string
  /** ISO 8601; its day is in the name. */
  at: string
  /** Folder it is written into. */
  folder: string
  /** Where the blobs are. */
  source: Pick<Source, 'address' | 'blob'>
  /** Metadata of the site's stick lane, which was written before; all roots and what the timestamp names goes in. */
  metadata: MetadataSource
  /** The plan and any other blob that the metadata vouches for and that is no manifest. */
  blobs: readonly { hash: Hash; bytes: number }[]
  /** Manifests of the versions that devices may want. */
  manifests: readonly { hash: Hash; bytes: number }[]
  /**
   * Hashes of the files that each device has. Patches go in for those who can use them; absent: none.
   */
  devices?: readonly ReadonlySet<Hash>[]
  /** Leaves whole files out that every device has or can patch. A box that lost its state cannot use such a pack. */
  lean?: boolean
  /** For tests. */
  partBytes?: number
  signal?: AbortSignal
  progress?(bytes: number): void
}

export interface WrittenPack {
  /** The pack, and its further parts. */
  files: string[]
  bytes: number
  entries: number
}

/** A pack that is read where it lies. */
export interface Pack extends Source {
  readonly kind: 'pack'
  readonly lane: 'stick'
  readonly head: PackHead
  /** Bytes of a blob, or null where it is not in the pack. */
  size(hash: Hash): number | null
  close(): void
}
