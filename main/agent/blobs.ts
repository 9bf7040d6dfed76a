import { createHash } from 'node:crypto'
import { dirname, join } from 'node:path'
import { setImmediate as breathe } from 'node:timers/promises'
import type { Hash } from '#contract'
import { fail } from '../engine/kit/index.ts'
import { sweepTemporary, writeDurably, writePartsDurably } from './disk/index.ts'
import type { Disk } from './ports.ts'

/** Bytes that are hashed before others get a turn. */
const PART = 1 << 20
/** Who may do what with a file that never changes. */
const READ_ONLY = 0o444

/** Files named by their content, and what is not whole yet of them. */
export interface Blobs {
  /** Where a blob lies, or comes to lie. */
  place(hash: Hash): string
  /** Where it is put together until it is whole. */
  partial(hash: Hash): string
  /** Whether it is there with this length. Its content is not looked at. */
  has(hash: Hash, bytes?: number): boolean
  /** Its content, where it is there and is what its name says. */
  read(hash: Hash): Uint8Array | null
  /** Whether the content of one that is there is what its name says. */
  isWhole(hash: Hash, bytes: number): Promise<boolean>
  /** Two models may share a file: only one at a time brings it, and the other finds it there. */
  alone<T>(hash: Hash, run: () => Promise<T>): Promise<T>
  /** Keeps content for good. */
  write(hash: Hash, content: Uint8Array): void
  /**
   * The same for content that comes in parts, and is checked as it comes.
   * @throws Failure `tampered` where it is not what was signed, or longer
   */
  writeParts(hash: Hash, bytes: number, parts: AsyncIterable<Uint8Array>): Promise<void>
  /** The parts of one that is there. */
  parts(hash: Hash): Iterable<Uint8Array>
  /** Makes its folder, for who puts a blob into its place. */
  makeRoom(hash: Hash): void
  /** It is whole now, and never changes. */
  close(hash: Hash): void
  drop(hash: Hash): void
  dropPartial(hash: Hash): void
  /** Removes every other blob and every other partial one. */
  sweep(kept: ReadonlySet<string>, underWay: ReadonlySet<string>): void
  /** Bytes of all of them. */
  bytes(): number
}

/** Owns `blobs/sha256/<hh>/<hash>` and `partial/<hash>/`. */
export function openBlobs(disk: Disk, folder: string): Blobs {
  const home = join(folder, 'blobs', 'sha256')
  const parts = join(folder, 'partial')
  for (const each of [home, parts]) disk.ensureFolder(each)
  const place = (hash: string) => join(home, hash.slice(0, 2), hash)
  const partial = (hash: string) => join(parts, hash)
  const all = () => disk.list(home).flatMap(part => disk.list(join(home, part)))
  const makeRoom = (hash: Hash) => disk.ensureFolder(dirname(place(hash)))
  const dropPartial = (hash: string) => {
    for (const name of disk.list(partial(hash))) disk.remove(join(partial(hash), name))
  }
  const turns = new Map<Hash, Promise<void>>()
  for (const part of disk.list(home)) sweepTemporary(disk, join(home, part))

  return {
    place,
    partial,
    has(hash, bytes) {
      const size = disk.size(place(hash))
      return size !== null && (bytes === undefined || size === bytes)
    },
    read(hash) {
      const content = disk.read(place(hash))
      return content && createHash('sha256').update(content).digest('hex') === hash ? content : null
    },
    async isWhole(hash, bytes) {
      if (disk.size(place(hash)) !== bytes) return false
      const sum = createHash('sha256')
      for (let at = 0; at < bytes; at += PART) {
        const part = disk.readPart(place(hash), at, Math.min(bytes, at + PART))
        if (!part) return false
        sum.update(part)
        if (at + PART < bytes) await breathe()
      }
      return sum.digest('hex') === hash
    },
    async alone(hash, run) {
      while (turns.has(hash)) await turns.get(hash)
      const work = run()
      const turn = work.then(
        () => {},
        () => {},
      )
      turns.set(
        hash,
        turn.then(() => void turns.delete(hash)),
      )
      return work
    },
    write(hash, content) {
      makeRoom(hash)
      writeDurably(disk, place(hash), content, READ_ONLY)
    },
    async writeParts(hash, bytes, parts) {
      makeRoom(hash)
      await writePartsDurably(disk, place(hash), checked(parts, hash, bytes), READ_ONLY)
    },
    *parts(hash) {
      const bytes = disk.size(place(hash)) ?? 0
      for (let at = 0; at < bytes; at += PART) {
        const part = disk.readPart(place(hash), at, Math.min(bytes, at + PART))
        if (part) yield part
      }
    },
    makeRoom,
    close: hash => disk.protect(place(hash), READ_ONLY),
    drop: hash => disk.remove(place(hash)),
    dropPartial,
    sweep(kept, underWay) {
      for (const hash of all()) if (!kept.has(hash) && !underWay.has(hash)) disk.remove(place(hash))
      for (const hash of disk.list(parts)) if (!underWay.has(hash)) dropPartial(hash)
    },
    bytes: () => all().reduce((sum, hash) => sum + (disk.size(place(hash)) ?? 0), 0),
  }
}

/** Hands parts on as long as they may be those of a file; the end is reached only where they are. */
async function* checked(
  parts: AsyncIterable<Uint8Array>,
  hash: Hash,
  bytes: number,
): AsyncGenerator<Uint8Array> {
  const sum = createHash('sha256')
  let length = 0
  for await (const part of parts) {
    length += part.length
    if (length > bytes) break
    sum.update(part)
    yield part
    await breathe()
  }
  if (length !== bytes || sum.digest('hex') !== hash) throw notSigned()
}

/** Failure for a file that is not the one that was signed. */
export const notSigned = () =>
  fail(
    'tampered',
    'A file that was fetched is not the one that was signed.',
    'It is fetched anew; if it stays, publish again.',
  )
