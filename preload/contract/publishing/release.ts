import { z } from 'zod'
import { call, work } from '../call.ts'
import { VariantKind } from '../evaluation.ts'
import { At, Hash, JobId, Name } from '../ids.ts'
import { GroupName, SiteName } from './names.ts'
import { Rollout } from './site.ts'

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

/** A model, or one version of it: `Bird strikes`, `Bird strikes@3`, or `Bird strikes@v3`. */
const ModelAt = z
  .string()
  .regex(
    /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,79}(?:@v?[1-9]\d{0,8})?$/u,
    'must be the name of a model, or one of its versions as NAME@3',
  )

const kinds = z.array(PublishedKind).min(1).max(7)
/** One form or several: a list, or a text with commas. */
const Kinds = z.union([
  z
    .string()
    .transform(text => text.split(',').map(each => each.trim()))
    .pipe(kinds),
  kinds,
])

const what = {
  model: ModelAt.describe('the model, or one of its versions as NAME@3'),
  /** Default: the version under `production`, else `candidate`, else the newest. */
  version: z.int().min(1).optional(),
  /** Default: 8-bit weights where they were made, else float32. The first that a device can run is taken. */
  variant: Kinds.optional().describe(`one or several with commas: ${PublishedKind.options.join(', ')}`),
  /** Default: the workspace's own repository. */
  to: z.string().min(1).optional().describe('a folder, the address of a repository, or the name of a site'),
  /** Default: the only one there, else `everyone`. */
  site: SiteName.optional().describe('the site, where --to names a repository'),
  group: z.array(GroupName).max(100).optional().describe('only devices of these groups'),
  canary: z
    .number()
    .gt(0)
    .max(100)
    .optional()
    .meta({ description: 'percent of devices or of items to begin with', unit: '%' }),
  unit: z
    .enum(['device', 'inference'])
    .optional()
    .describe('what --canary is a share of; default: devices, where there are three or more'),
  /** The new version computes beside the old one and answers nobody. */
  shadow: z.boolean().default(false),
  /** Default: as the site does. */
  encrypt: z.boolean().default(false),
}

const keep = 'The repository stays as it was; files already copied are used by the next try.'

/** Publishing versions. */
export const releaseEntries = {
  publish: work(
    {
      title: 'Publish a version',
      icon: 'send',
      positional: ['model'],
      paths: { to: 'named' },
      cancel: keep,
      undo: 'Publish the version before it',
    },
    z.object(what),
    Release,
  ),
  /** Who would get what, and how many bytes. */
  preview: call(
    {
      title: 'Preview a publication',
      icon: 'eye',
      positional: ['model'],
      paths: { to: 'named' },
      reads: true,
    },
    z.object(what),
    Preview,
  ),
  releases: call(
    { title: 'Show releases', icon: 'send', reads: true },
    z.object({ model: Name.optional() }),
    z.object({ releases: z.array(Release) }),
  ),
}
