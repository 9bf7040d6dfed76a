import type { Hash } from '#contract'
import type {
  Lane,
  MetadataSink,
  MetadataSource,
  RoleName,
  RoleState,
  Trusted,
  TrustedTarget,
} from './trust.ts'

/** The three root keys; any two of them say who signs everything else. */
export type RootKeyName = 'this computer' | 'backup' | 'second person'

/** Keys of the roles. `release` signs for every model, the `stick-` ones for what sticks carry. */
export type RoleKeyName =
  | 'targets'
  | 'snapshot'
  | 'timestamp'
  | 'stick-snapshot'
  | 'stick-timestamp'
  | 'site'
  | 'release'

/** A key that signs: Ed25519. */
export interface PublicKey {
  name: RootKeyName | RoleKeyName
  /** Counts up with each renewal of the name. */
  number: number
  /** SHA-256 of the key's canonical JSON (TUF 1.0.31, 4.2). */
  id: Hash
  /** The raw key, 32 bytes in hexadecimal. */
  public: string
  /** ISO 8601. */
  made: string
}

/** Where a key is. */
export interface KeyHolder {
  key: PublicKey
  /** `here`: in this folder; `away`: was exported and removed; `lent`: brought back for as long as this program runs. */
  where: 'here' | 'away' | 'lent' | 'damaged'
  /** When it was last written to a file that leaves this computer, ISO 8601. */
  exported: string | null
}

/** The publisher's keys: a folder of files that only the user may read. Keys are added and never written over. */
export interface Keyring {
  /** The keys in use, root keys first. */
  holders(): KeyHolder[]
  /** The newest key of a name. */
  key(name: RootKeyName | RoleKeyName): PublicKey
  /** Every key this ring ever had, by which the publisher knows its own work again. */
  known(id: Hash): PublicKey | null
  /**
   * Ed25519 signature in hexadecimal; null where the key is away.
   * @throws Failure `unreadable-file` for a damaged key
   */
  sign(id: Hash, content: Uint8Array): string | null
  /** Makes a new key of this name; the one before stays for what it signed. */
  renew(name: RootKeyName | RoleKeyName): PublicKey
  /**
   * A root key in a file that opens with a passphrase (age, scrypt), to lie elsewhere.
   * It was opened again to see that it is good.
   * @throws Failure `bad-input` for a passphrase under 8 characters, `not-found` for a key that is away
   */
  exportKey(name: RootKeyName, passphrase: string): Promise<Uint8Array>
  /** Removes a root key that was exported from this computer. */
  takeAway(name: RootKeyName): void
  /** Files of keys that others on this computer could read until the ring was opened, which closed them. */
  exposed: readonly string[]
  /**
   * Brings an exported root key back.
   * @param keep into the folder; otherwise only for as long as this program runs
   * @throws Failure `bad-input` for a wrong passphrase or file, or a key that is none of this ring
   */
  importKey(content: Uint8Array, passphrase: string, options?: { keep?: boolean }): Promise<PublicKey>
  /** Who opens what devices send back: age (X25519). The newest first; older ones open what was sealed for them. */
  reports(): { recipient: string; identities: string[] }
  renewReports(): Promise<void>
  /** The same ring in memory: what is made there is gone with it, and the folder stays as it is. */
  rehearsal(): Keyring
}

/** What changes in one delegated role. */
export interface RoleChange {
  role: 'site' | `model-${string}`
  /** Added, or put in place of those with the same path. */
  targets?: TrustedTarget[]
  /** Paths that are vouched for no longer. */
  remove?: string[]
}

/**
 * Gives the changes for what roles vouch for now. Where another publisher was first it is asked again, with what that one
 * left: nothing outside may change by it.
 */
export type NextChanges = (
  targets: (role: RoleChange['role']) => Promise<TrustedTarget[]>,
) => Promise<readonly RoleChange[]>

/** What a repository says, as a publisher found or left it. */
export interface Said {
  versions: Partial<Record<RoleName, number>>
  /** Hash of the newest snapshot; null where there is no good one. */
  snapshot: Hash | null
  /** Root files by name. */
  roots: Record<string, string>
  /** What the delegated roles vouch for. */
  targets: Partial<Record<RoleChange['role'], TrustedTarget[]>>
}

/**
 * What a publisher remembers of a repository, outside of it. Who signed on top of an older copy of a repository would
 * give devices what is long past as the newest word.
 */
export interface SiteMemory {
  /** What was there when it was signed last; null before the first time. */
  last(): Said | null
  /**
   * Is asked before anything is signed.
   * @throws Failure `tampered` where what is there now is older than what this publisher left
   */
  check(there: Said): Promise<void>
  /** Takes down what is there, once signing came to its end. */
  save(there: Said): Promise<void>
}

export interface SiteWriterOptions {
  sink: MetadataSink
  keyring: Keyring
  /** Is signed in every file: what was said for one site or lane is nothing for another. */
  site: string
  lane: Lane
  /** Milliseconds since 1970; the clock by default. */
  now?: () => number
  /** Days that a signature holds; see {@link SiteWriter}. */
  days?: Partial<Record<'root' | 'targets' | 'snapshot' | 'timestamp', number>>
  /** Without it nothing is known of what was signed before. */
  memory?: SiteMemory
}

/**
 * Writes the metadata of one site and lane. Root holds for a year, targets and the delegated roles for a year, snapshot
 * and timestamp for 7 days online and 90 on sticks. `timestamp.json` is written last: a publisher who dies anywhere
 * leaves what was there before; two at once do not lose one another's work.
 */
export interface SiteWriter {
  /** Makes the repository where there is none, takes up newer keys of the ring, signs anew what ends soon. */
  ensure(): Promise<RoleState[]>
  /** How every role stands; none before the repository was made. */
  state(): Promise<RoleState[]>
  /**
   * Several roles' changes in one go: readers see all of them or none. Makes the repository where there is none. What
   * depends on what is there is given as a function, so that it is right whoever publishes in the same instant.
   */
  publish(changes: readonly RoleChange[] | NextChanges): Promise<RoleState[]>
  /**
   * Whether what is there may be signed on; signs nothing.
   * @throws Failure `tampered`, see {@link SiteMemory}
   */
  check(): Promise<void>
  /**
   * Signs these changes on whatever copy is there, with versions above all that were ever signed, so that devices which
   * saw newer metadata take it; roots that are gone are put back.
   */
  restore(changes: NextChanges): Promise<RoleState[]>
  /** What a role vouches for now; none where there is no such role. */
  targets(role: RoleChange['role']): Promise<TrustedTarget[]>
  /** Signs timestamp and snapshot anew where they are older than a day, and the others where they end soon. */
  refreshOnline(): Promise<RoleState[]>
  /**
   * Puts a new key in the place of a role's and signs anew what it signed. For `root` names the key that is replaced.
   * Other sites and the other lane take the new key up with their next `ensure`.
   * @throws Failure `no-permission` where two root keys are needed and are not here
   */
  rotate(role: RoleName, lost?: RootKeyName): Promise<RoleState[]>
}

/** The metadata that a client verified, by role, as it was fetched. */
export interface Generation {
  files: ReadonlyMap<string, Uint8Array>
}

/** Where a client keeps what it trusts. */
export interface TrustStore {
  /**
   * What was verified last; null at the very first start.
   * @throws Failure `tampered` where something was known and none of it is intact
   */
  load(): Generation | null
  /** What the last refresh that came to its end left: everything in it fits together. */
  whole(): Generation | null
  /** @param whole whether a refresh came to its end with it */
  save(files: ReadonlyMap<string, Uint8Array>, whole: boolean): void
}

/** Whom a device believes at first sight. */
export type RootTrust =
  /** A root file that a person gave it; where it is of another site or lane, its keys must have signed this one's. */
  | { kind: 'file'; content: Uint8Array }
  /** The fingerprint of the root keys, as `keys list` shows it: see `fingerprintOf`. */
  | { kind: 'fingerprint'; fingerprint: string }
  /** Root metadata that is trusted already, of another lane or site: its keys must have signed this one's. */
  | { kind: 'signed-by'; root: Uint8Array }
  /** The first one there is. */
  | { kind: 'first-use' }

export interface TrustClientOptions {
  store: TrustStore
  source: MetadataSource
  roots: RootTrust
  /** Refuses metadata of another one. Without it any is taken: for repositories that are none of ours. */
  place?: { site: string; lane: Lane }
  /** Milliseconds since 1970 that expiry is measured with. */
  now: () => number
  /** The device ran something of this repository before: knowing nothing of it is then damage, not a first start. */
  known?: boolean
  /** Milliseconds for one file (30,000) and for all (300,000). */
  limits?: { file?: number; all?: number }
}

/** Verifies the metadata of one site and lane (TUF 1.0.31, section 5). */
export interface TrustClient {
  /**
   * Fetches what is new and keeps what was verified.
   * @throws Failure `expired`, `tampered`, `unsigned`, `unreachable`, `not-found`, `cancelled`; what was trusted stays
   */
  refresh(signal?: AbortSignal): Promise<Trusted>
  /** What is trusted without asking anyone, also when it has ended; null before the first refresh came to its end. */
  current(): Trusted | null
  /** The trusted root file, for another lane of the same publisher (`signed-by`). */
  root(): Uint8Array | null
}

/** A disk as the agent has it: see `main/agent/ports.ts`. */
export interface TrustDisk {
  read(path: string): Uint8Array | null
  list(path: string): string[]
  ensureFolder(path: string): void
  open(path: string): {
    write(bytes: Uint8Array, at: number): void
    truncate(bytes: number): void
    sync(): void
    close(): void
  }
  rename(from: string, to: string): void
  remove(path: string): void
  syncFolder(path: string): void
}

/** What a rehearsal of losing a root key showed. */
export interface Drill {
  lost: RootKeyName
  /** Who signed the root that goes on without it. */
  signedBy: RootKeyName[]
  root: { before: number; after: number }
  /** One sentence for each step, in order. */
  steps: string[]
}
