/**
 * What fetching needs of a disk: a part of the agent's `Disk` (main/agent/ports.ts), so that a test can stand in for a
 * disk that forgets what was not synced.
 */
export interface PieceDisk {
  read(path: string): Uint8Array | null
  /** Bytes `from` up to, and without, `to`; fewer where the file ends; null where there is none. */
  readPart(path: string, from: number, to: number): Uint8Array | null
  size(path: string): number | null
  ensureFolder(path: string): void
  open(path: string): PieceFile
  rename(from: string, to: string): void
  remove(path: string): void
  syncFolder(path: string): void
}

export interface PieceFile {
  write(bytes: Uint8Array, at: number): void
  truncate(bytes: number): void
  sync(): void
  close(): void
}
