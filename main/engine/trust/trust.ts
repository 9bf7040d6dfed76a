import type { Hash } from '#contract'

/**
 * Where the metadata of one repository of The Update Framework lies, by file name (`4.root.json`, `timestamp.json`):
 * a folder, a web server, a stick.
 */
export interface MetadataSource {
  /**
   * A file, or null where it is not there.
   * @throws Failure `tampered` for one longer than `limit` bytes, `unreachable`
   */
  read(name: string, limit: number, signal?: AbortSignal): Promise<Uint8Array | null>
}

/** The same, for the one who publishes. */
export interface MetadataSink extends MetadataSource {
  /**
   * Writes a file whole or not at all.
   * @param exclusive the file may not be there yet
   * @throws Failure `already-there` where it is, and was to be new: another publisher was first
   */
  write(
    name: string,
    content: Uint8Array,
    options?: { exclusive?: boolean; signal?: AbortSignal },
  ): Promise<void>
}

/** A file that the metadata vouches for: a target in the words of the TUF specification. */
export interface TrustedTarget {
  path: string
  hash: Hash
  bytes: number
  /** What the publisher says of it, signed with it. Not checked for its form. */
  custom: Record<string, unknown>
}

/** The roles that every repository has, and the delegated ones: `site`, and `model-<slug>` for each model. */
export type RoleName = 'root' | 'targets' | 'snapshot' | 'timestamp' | 'site' | `model-${string}`

/** How a role stands: its version, when it ends, who signs it. */
export interface RoleState {
  role: RoleName
  version: number
  /** ISO 8601, UTC. */
  expires: string
  threshold: number
  /** Ids of the keys that may sign it. */
  keys: Hash[]
}

/** What a client of one repository trusts after a refresh. */
export interface Trusted {
  roles: RoleState[]
  /** The target of this path, or null where no role that may vouch for it does. */
  target(path: string): Promise<TrustedTarget | null>
}

/**
 * A site's repository for devices that reach the publisher is `online`: its word ends after days, so that withholding
 * news is noticed. The one that sticks carry ends after months.
 */
export type Lane = 'online' | 'stick'
