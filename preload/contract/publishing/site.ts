import { z } from 'zod'
import { VariantKind } from '../evaluation.ts'
import { At, Hash, Name } from '../ids.ts'
import { RoleStanding } from './keys.ts'
import { Rollout } from './rollout.ts'

/** The name of a site, as it stands in paths: 1 to 40 lower-case letters, digits and dashes. */
export const SITE_NAME = /^[a-z0-9][a-z0-9-]{0,39}$/
export const SiteName = z
  .string()
  .regex(SITE_NAME, 'must be small letters, digits and -, at most 40, and begin with a letter or digit')
export type SiteName = z.infer<typeof SiteName>

/** What devices keep and send back beside their figures. */
export const CapturePolicy = z.object({
  /** Rows whose best score is below it; null: none. */
  lowConfidence: z.number().min(0).max(1).nullable(),
  /** Rows on which the candidate and the one that answers differ. */
  disagreement: z.boolean(),
  /** Share of all rows, drawn at random. */
  random: z.number().min(0).max(1),
  /** Bytes of the device's disk for what waits to be sent. */
  quotaBytes: z.int().min(0),
})
export type CapturePolicy = z.infer<typeof CapturePolicy>

/** When and how fast devices fetch. */
export const Bandwidth = z.object({
  /** Local time of the device, `22:00` to `06:00`; empty: always. */
  windows: z
    .array(z.object({ from: z.string().regex(/^\d\d:\d\d$/), to: z.string().regex(/^\d\d:\d\d$/) }))
    .max(10),
  /** Null: as fast as it goes. */
  bytesPerSecond: z.int().min(1024).nullable(),
  /** Where a patch does not fit: fetch the whole file, fetch it only inside a window, or never. */
  whole: z.enum(['always', 'in-window', 'never']),
})
export type Bandwidth = z.infer<typeof Bandwidth>

/** A version that devices of a site may hold. */
export const SiteVersion = z.object({
  version: z.int(),
  /** Counts up with each new version of a model at a site; a device goes below the floor for nobody. */
  counter: z.int(),
  variants: z.array(
    z.object({
      variant: VariantKind,
      manifest: Hash,
      runtime: z.enum(['tfjs', 'litert']),
      /** Of its files on a device's disk. */
      bytes: z.int(),
      memoryBytes: z.int(),
      encrypted: z.boolean(),
    }),
  ),
})
export type SiteVersion = z.infer<typeof SiteVersion>

/** What a site wants of one model. */
export const SiteModel = z.object({
  site: SiteName,
  model: Name,
  /** What everyone runs who takes part in no rollout. */
  stable: z.int().nullable(),
  /** The one that a rollback of the site goes to; null where there is none. */
  before: z.int().nullable(),
  rollout: Rollout.nullable(),
  versions: z.array(SiteVersion),
  /** Versions with a smaller counter are refused by devices. */
  floor: z.int(),
  /** Versions whose files must not run any more. */
  revoked: z.array(Hash),
  /** Counts up whenever a person decided anew. */
  decision: z.int(),
})
export type SiteModel = z.infer<typeof SiteModel>

/** A site: who gets what, in one repository. */
export const Site = z.object({
  name: SiteName,
  /** The folder or address where it is published. */
  repository: z.string(),
  /** When its plan was signed last; null before the first time. */
  issued: At.nullable(),
  /** Why the repository cannot be read now; then the rest is as it was last. */
  trouble: z.string().nullable(),
  models: z.array(SiteModel),
  /** Devices that are enrolled. */
  devices: z.int(),
  groups: z.array(z.string()),
  capture: CapturePolicy,
  bandwidth: Bandwidth,
  pollSeconds: z.number(),
  /** Models published here are readable for its devices only. */
  encrypted: z.boolean(),
  roles: z.array(RoleStanding),
})
export type Site = z.infer<typeof Site>
