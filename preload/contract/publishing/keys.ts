import { z } from 'zod'
import { call } from '../call.ts'
import { At, Hash } from '../ids.ts'
import { SiteName } from './names.ts'

/** How a role of a repository stands: until when what it signed counts, and by which keys. */
export const RoleStanding = z.object({
  site: z.string(),
  /** The folder or address where it is published; what was taken down long ago does not tell. */
  repository: z.string().optional(),
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

/** The keys that sign, and whom devices trust. */
export const keysEntries = {
  /** Who a device is told to trust: the root keys, made at first use and kept outside the workspace. */
  key: call(
    { title: 'Show whom devices trust', icon: 'key-round', reads: true },
    z.object({}),
    z.object({
      /** What a device is told with `--root`. */
      fingerprint: Hash,
      /** Of the first root key (Ed25519, SPKI in DER, base64). */
      publicKey: z.string(),
      roots: z.array(z.object({ name: z.string(), fingerprint: Hash })).optional(),
    }),
  ),
  keysList: call(
    { title: 'Show keys and when they end', icon: 'key-round', command: 'keys list', reads: true },
    z.object({}),
    KeyList,
  ),
  /**
   * Makes a new key for a role, and signs again what it had signed, at every site of this workspace. Without a role: for
   * every role that signs day by day; root keys and the one that opens records are replaced by name only.
   */
  keysRotate: call(
    { title: 'Replace a key', icon: 'refresh-cw', command: 'keys rotate', positional: ['role'], final: true },
    z.object({
      role: z
        .string()
        .min(1)
        .optional()
        .describe(
          'a role such as timestamp, or a root key such as "backup"; default: all but root and reports',
        ),
    }),
    z.object({
      roles: z.array(RoleStanding),
      key: KeyStanding,
      /** All that were replaced, where no role was named. */
      keys: z.array(KeyStanding).optional(),
    }),
  ),
  keysDrill: call(
    {
      title: 'Rehearse the loss of a key',
      icon: 'life-buoy',
      command: 'keys drill',
      reads: true,
      fails: { passed: false },
    },
    z.object({
      site: SiteName.optional(),
      lost: z.string().min(1).optional().describe('the root key that is lost; default "this computer"'),
    }),
    Drill,
  ),
  /** Writes a root key into a file that a passphrase opens. */
  keysExport: call(
    {
      title: 'Copy a key out',
      icon: 'download',
      command: 'keys export',
      positional: ['name'],
      paths: { out: 'always' },
      undo: 'Take it in again',
    },
    z.object({
      name: z.string().min(1),
      out: z.string(),
      /** Default: the variable EDGEWRIGHT_PASSPHRASE, which no list of processes shows. */
      passphrase: z.string().min(8).optional(),
      remove: z.boolean().default(false).describe('take it away from this computer'),
    }),
    z.object({ key: KeyStanding, file: z.string() }),
  ),
  keysImport: call(
    {
      title: 'Take a key in',
      icon: 'upload',
      command: 'keys import',
      positional: ['file'],
      paths: { file: 'always' },
      undo: 'Copy it out and remove it',
    },
    z.object({ file: z.string(), passphrase: z.string().min(8).optional() }),
    KeyStanding,
  ),
}
