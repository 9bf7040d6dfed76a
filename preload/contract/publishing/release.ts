import { z } from 'zod'
import { VariantKind } from '../evaluation.ts'
import { At, Hash, JobId, Name } from '../ids.ts'
import { Rollout } from './rollout.ts'
import { SiteName } from './site.ts'

/** The forms that a device can run. */
export const PublishedKind = VariantKind.exclude(['layers'])
export type PublishedKind = z.infer<typeof PublishedKind>

/** Makes a file that a device lacks out of one that it has. */
export const ReleasePatch = z.object({
  name: z.string(),
  /** The version whose file it begins with. */
  base: z.int(),
  codec: z.string(),
  bytes: z.int(),
  /** Of the whole file. */
  of: z.int(),
})
export type ReleasePatch = z.infer<typeof ReleasePatch>

/** A signed version in a repository. Its id is the hash of the manifest of its first variant. */
export const Release = z.object({
  id: Hash,
  model: Name,
  version: z.int().min(1),
  variant: VariantKind,
  /** The how-manieth decision it was about this model at this site. */
  sequence: z.int().min(1),
  to: z.string(),
  files: z.array(z.object({ name: z.string(), hash: Hash, bytes: z.int() })),
  bytes: z.int(),
  /** SHA-256 of the key that signs releases (Ed25519, SPKI). */
  key: Hash,
  at: At,
  madeBy: JobId.nullable(),
  site: SiteName.optional(),
  /** Counts up with each new version of the model at this site. */
  counter: z.int().optional(),
  /** All forms of it, the one that devices are to prefer first. */
  variants: z
    .array(
      z.object({
        variant: VariantKind,
        manifest: Hash,
        bytes: z.int(),
        encrypted: z.boolean(),
        patches: z.array(ReleasePatch),
      }),
    )
    .optional(),
  /** Null: everyone of the site gets it. */
  rollout: Rollout.nullable().optional(),
})
export type Release = z.infer<typeof Release>

/** What publishing would do to one device. */
export const PreviewDevice = z.object({
  id: z.string(),
  name: z.string(),
  enrolled: z.boolean(),
  groups: z.array(z.string()),
  /** The version it runs now, as it said last. */
  has: z.int().nullable(),
  /** The version it would run; null: none. */
  gets: z.int().nullable(),
  /** A version it would compute or answer with beside it. */
  beside: z.int().nullable(),
  variant: VariantKind.nullable(),
  how: z.enum(['nothing', 'patch', 'whole', 'refused']),
  /** That it would fetch, and that it would without patches. */
  bytes: z.int(),
  wholeBytes: z.int(),
  /** Why it takes nothing, with the numbers. */
  reason: z.string().nullable(),
  seen: At.nullable(),
})
export type PreviewDevice = z.infer<typeof PreviewDevice>

/** What pressing Publish would do. */
export const Preview = z.object({
  site: SiteName,
  to: z.string(),
  model: Name,
  version: z.int(),
  variants: z.array(
    z.object({
      variant: VariantKind,
      /** Null: it is made on the way. */
      bytes: z.int().nullable(),
      patches: z.array(ReleasePatch),
    }),
  ),
  unit: z.enum(['everyone', 'device', 'inference']),
  share: z.number(),
  devices: z.array(PreviewDevice),
  /** Of all devices together. */
  bytes: z.int(),
  wholeBytes: z.int(),
  /** What keeps it from being published, as far as that can be said before. */
  blocked: z.string().nullable(),
})
export type Preview = z.infer<typeof Preview>
