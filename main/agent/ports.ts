/**
 * What a device touches of its machine, so that a test can stand in its place: a disk that forgets what was not synced,
 * a clock that jumps. Everything the agent keeps goes through these; the network goes through `Source`.
 */

/** A disk. Calls are synchronous: what the agent keeps is small, and an order of writes is what a power cut tests. */
export interface Disk {
  /** A whole file, or null where there is none. */
  read(path: string): Uint8Array | null
  /** Bytes `from` up to, and without, `to`; fewer where the file ends; null where there is none. */
  readPart(path: string, from: number, to: number): Uint8Array | null
  /** Bytes `from` up to, and without, `to`; fewer where the file ends; null where there is none. */
  readPart(path: string, from: number, to: number): Uint8Array | null
  /** Bytes, or null where there is no such file. */
  size(path: string): number | null
  /** Names in a folder; none where it is not there. */
  list(path: string): string[]
  ensureFolder(path: string): void
  /** Opens for writing at a place; made where it is missing. */
  open(path: string): DiskFile
  rename(from: string, to: string): void
  /** A file, or an empty folder; nothing where there is none. */
  remove(path: string): void
  /** Who may read and write a file, as POSIX has it (0o444, 0o600). Nothing where the system has no such thing. */
  protect(path: string, mode: number): void
  /** Makes renames and new names in a folder last. */
  syncFolder(path: string): void
  /** Bytes that may still be written. */
  free(path: string): number
}

export interface DiskFile {
  write(bytes: Uint8Array, at: number): void
  truncate(bytes: number): void
  /** Makes what was written last. */
  sync(): void
  close(): void
}

export interface Clock {
  /** Milliseconds since 1970, as the machine believes. */
  wall(): number
  /** Milliseconds that only count up. */
  monotonic(): number
}
