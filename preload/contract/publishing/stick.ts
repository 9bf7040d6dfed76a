import { z } from 'zod'
import { work } from '../call.ts'
import { At, Name } from '../ids.ts'
import { SiteName } from './names.ts'

/** A pack that was written for a stick. */
export const Packed = z.object({
  site: z.string(),
  /** More than one where it is split for file systems that end files at 4 GiB. */
  files: z.array(z.string()),
  bytes: z.int(),
  blobs: z.int(),
  /** Versions that it brings. */
  models: z.array(z.object({ model: Name, version: z.int(), wanted: z.boolean() })),
  devices: z.int(),
  /** After it nothing is installed from it any more; what runs goes on. */
  expires: At,
  at: At,
})
export type Packed = z.infer<typeof Packed>

/** What travels on sticks. */
export const stickEntries = {
  /** Writes what a site's devices need into one file for a stick. */
  pack: work(
    { title: 'Make a stick', icon: 'usb', paths: { out: 'always' }, cancel: 'No file is left.' },
    z.object({
      site: SiteName.optional(),
      /** Default: `SITE-<name>-<date>.edgepack` beside the repository. */
      out: z.string().optional(),
      model: z.array(Name).optional().describe('only these models'),
      device: z.array(z.string()).optional().describe('only what these devices need'),
    }),
    Packed,
  ),
}
