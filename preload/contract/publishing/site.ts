import { z } from 'zod'
import { call } from '../call.ts'
import { VariantKind } from '../evaluation.ts'
import { At, Hash, Name } from '../ids.ts'
import { RoleStanding } from './keys.ts'
import { SiteName } from './names.ts'

/** A new version that not everyone of a site gets yet. */
export const Rollout = z.object({
  id: z.string(),
  version: z.int(),
  /** `device`: the members run it; `inference`: every device answers that share of items with it. */
  unit: z.enum(['device', 'inference']),
  share: z.number(),
  /** Ids of devices; empty where the unit is the inference. */
  members: z.array(z.string()),
  groups: z.array(z.string()),
  /** It computes beside the one that answers, and only disagreements are sent back. */
  shadow: z.boolean(),
  state: z.enum(['running', 'paused']),
  startedAt: At,
  /** It was paused by itself, since devices failed with it. A person who lets it go on takes so many failures. */
  halted: z.object({ at: At, failures: z.int(), reason: z.string() }).nullable().optional(),
})
export type Rollout = z.infer<typeof Rollout>

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

/** Sites and how they are set up. */
export const siteEntries = {
  init: call(
    {
      title: 'Make a site',
      icon: 'map-pin-plus',
      positional: ['site'],
      paths: { to: 'always' },
      // Devices may know it; one that nothing is published for does no harm.
      final: true,
    },
    z.object({
      site: SiteName,
      /** Default: the workspace's own repository. */
      to: z.string().optional().describe('a folder, or the address of a repository'),
      /** Models published for it are readable for its devices only. */
      encrypt: z.boolean().default(false),
    }),
    Site,
  ),
  /**
   * Signs again what this workspace signed last at a site whose repository was put back to an older copy, with numbers
   * above all that devices may have seen. Files of versions are not brought back: publish those that are missing again.
   */
  restore: call(
    {
      title: 'Bring back what was signed last',
      icon: 'archive-restore',
      paths: { to: 'always' },
      // Devices take it as the newest word.
      final: true,
    },
    z.object({
      to: z.string().optional().describe('a folder, or the address of a repository'),
      site: SiteName.optional(),
    }),
    z.object({
      site: Site,
      /** Versions on offer whose files are not in the repository; publish them again. */
      missing: z.array(z.object({ model: Name, version: z.int() })),
    }),
  ),
  sites: call(
    { title: 'Show sites', icon: 'map-pin', reads: true },
    z.object({}),
    z.object({ sites: z.array(Site) }),
  ),
  /** Shows what a site is set to, and sets what is given. */
  site: call(
    { title: 'Set up a site', icon: 'sliders-horizontal', positional: ['site'], undo: 'Set it back' },
    z.object({
      site: SiteName.optional(),
      lowConfidence: z
        .number()
        .min(0)
        .max(1)
        .optional()
        .describe('send back rows whose best score is below it; 0: none'),
      disagreement: z.enum(['on', 'off']).optional().describe('send back rows on which two versions differ'),
      random: z.number().min(0).max(1).optional().describe('share of all rows to send back'),
      quotaBytes: z.int().min(0).optional().describe('bytes of disk for what waits on a device'),
      bytesPerSecond: z
        .union([z.literal(0), z.int().min(1024)])
        .optional()
        .describe('how fast a device fetches; 0: as fast as it goes'),
      window: z
        .array(
          z
            .string()
            .regex(
              /^(?:(?:[01]\d|2[0-3]):[0-5]\d-(?:[01]\d|2[0-3]):[0-5]\d|always)$/,
              'must be as 22:00-06:00, or always',
            ),
        )
        .max(10)
        .optional()
        .describe('when devices fetch, as 22:00-06:00 in their local time; always: at any time'),
      whole: Bandwidth.shape.whole.optional().describe('whether to fetch a whole file where no patch fits'),
      pollSeconds: z
        .number()
        .min(1)
        .max(86_400 * 7)
        .optional()
        .describe('seconds between two looks of a device'),
      encrypt: z.enum(['on', 'off']).optional().describe('encrypt models that are published from now on'),
      model: Name.optional().describe('the model that --floor and --revoke are about'),
      floor: z.int().min(1).optional().describe('the oldest version that may still run'),
      revoke: z.int().min(1).optional().describe('a version that must not run any more'),
    }),
    Site,
  ),
}
