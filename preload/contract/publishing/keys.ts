import { z } from 'zod'
import { At, Hash } from '../ids.ts'

/** How a role of a repository stands: until when what it signed counts, and by which keys. */
export const RoleStanding = z.object({
  site: z.string(),
  /** `online`: signed again while the engine runs; `stick`: for what is carried. */
  lane: z.enum(['online', 'stick']),
  role: z.string(),
  version: z.int(),
  expires: At,
  /** So many of the keys have to sign. */
  threshold: z.int(),
  keys: z.array(Hash),
})
export type RoleStanding = z.infer<typeof RoleStanding>

/** A signing key of this person. */
export const KeyStanding = z.object({
  /** `this computer`, `backup`, `second person`, or the role that it signs for. */
  name: z.string(),
  role: z.string(),
  /** SHA-256 of its public half; of one that opens and does not sign, of its recipient. */
  fingerprint: Hash,
  /** Whether the secret half lies on this computer. */
  here: z.boolean(),
  /** `away`: it was copied out and taken from here; `lent`: it is here until the program ends. */
  where: z.enum(['here', 'away', 'lent', 'damaged']),
  /** When it was last copied out. */
  exported: At.nullable(),
  at: At.nullable(),
})
export type KeyStanding = z.infer<typeof KeyStanding>

export const KeyList = z.object({
  /** What a device is told with `--root`. */
  fingerprint: Hash,
  keys: z.array(KeyStanding),
  roles: z.array(RoleStanding),
  /** What a person should do, one sentence each. */
  advice: z.array(z.string()),
})
export type KeyList = z.infer<typeof KeyList>

/** The loss of a root key, rehearsed on a copy. */
export const Drill = z.object({
  site: z.string(),
  lost: z.string(),
  passed: z.boolean(),
  /** The keys that signed the root that goes on without it. */
  signedBy: z.array(z.string()),
  /** Versions of root. */
  root: z.object({ before: z.int(), after: z.int() }),
  /** What happened, one sentence each. */
  steps: z.array(z.string()),
})
export type Drill = z.infer<typeof Drill>
