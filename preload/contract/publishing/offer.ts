import { z } from 'zod'
import { call } from '../call.ts'

/** The repository for devices on this network. */
export const offerEntries = {
  /** Offers a repository folder over HTTP; writing needs the token. */
  host: call(
    {
      title: 'Offer the repository over HTTP',
      icon: 'globe',
      paths: { directory: 'always' },
      undo: 'Stop offering',
      lasts: { unless: 'stop' },
    },
    z.object({
      directory: z.string().optional(),
      port: z.int().min(0).max(65_535).default(0),
      /** Also for other machines on this network; else for this one only. */
      network: z.boolean().default(false),
      stop: z.boolean().default(false),
    }),
    z.object({ address: z.string().nullable(), token: z.string().nullable() }),
  ),
}
