import { z } from 'zod'
import { At, Name } from '../ids.ts'

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
