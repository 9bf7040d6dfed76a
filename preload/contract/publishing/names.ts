import { z } from 'zod'

/** The name of a site, as it stands in paths: 1 to 40 lower-case letters, digits and dashes. */
export const SITE_NAME = /^[a-z0-9][a-z0-9-]{0,39}$/
export const SiteName = z
  .string()
  .regex(SITE_NAME, 'must be small letters, digits and -, at most 40, and begin with a letter or digit')
export type SiteName = z.infer<typeof SiteName>

/** What devices of a site are gathered in. */
export const GroupName = z
  .string()
  .regex(/^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,39}$/u, 'must be letters, digits, spaces, - _ or ., at most 40')

/** A moment as people type it. */
export const Moment = z
  .string()
  .max(40)
  .regex(
    /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/,
    'must be a day as 2026-05-03, or a moment as 2026-05-03T10:30',
  )

/** A device, as people name it. */
export const DeviceName = z.string().min(1).max(80)
