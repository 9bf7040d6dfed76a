import { createHash } from 'node:crypto'
import { dirname, join } from 'node:path'
import { setTimeout as rest, setImmediate as turn } from 'node:timers/promises'
import type { Hash } from '#contract'
import { FailureError, fail, hashOf } from '../../kit/index.ts'
import { PIECE } from '../format/manifest.ts'
import type { PieceDisk } from './disk.ts'
import { openPieceMap } from './map.ts'
import { receive } from './receive.ts'
import type { Fetched, Patience, WantedBlob } from './wanted.ts'

const PATIENCE: Patience = { piece: 300_000, pause: 250, tries: 5 }

/**
 * Fetches a blob piece by piece into its place. Each piece is checked before it counts and lasts before the next one is
 * asked for, so that a drop, a crash or a power cut costs one piece at most; what is in `partial` from before, whoever
 * sent it, is gone on from. A piece that comes damaged is asked for again by itself.
 *
 * @throws Failure `unreachable` (after some tries without a new piece; all pieces stay), `tampered`, `not-found`,
 * and the errors of the disk
 */
export async function fetchBlob(wanted: WantedBlob): Promise<Fetched> {
  const { source, hash, bytes, disk, partial, place, signal, progress } = wanted
  const patience = { ...PATIENCE, ...wanted.patience }
  const count = Math.ceil(bytes / PIECE)
  const hashes = wanted.pieces ?? (count <= 1 ? [hash].slice(0, count) : [])
  if (hashes.length !== count) throw mismatch(hash)
  const cost: Fetched = { received: 0, wasted: 0 }

  disk.ensureFolder(partial)
  const data = join(partial, 'data')
  const map = openPieceMap(disk, join(partial, 'map'), hash, count)
  const file = disk.open(data)
  try {
    // The names of both files last from here on; pieces that are counted in them do, too.
    disk.syncFolder(partial)
    for (let checked = false; !checked; ) {
      await fetchPieces()
      file.truncate(bytes)
      file.sync()
      checked = await verify()
    }
  } finally {
    file.close()
    map.close()
  }
  disk.ensureFolder(dirname(place))
  disk.rename(data, place)
  disk.syncFolder(dirname(place))
  disk.remove(join(partial, 'map'))
  return cost

  async function fetchPieces(): Promise<void> {
    let failed = 0
    let knowsRanges = true
    for (;;) {
      const first = hashes.findIndex((_, piece) => !map.has(piece))
      if (first < 0) return
      // One piece at a time: what is under way when a line breaks is never more than that. A server that sends the whole
      // file each time is let run on.
      let end = first + 1
      while (!knowsRanges && end < count && !map.has(end)) end++
      let news = false
      try {
        await receive({
          source,
          hash,
          bytes,
          hashes,
          first,
          end,
          throttle: wanted.throttle,
          within: patience.piece,
          signal,
          cost,
          has: map.has,
          whole() {
            knowsRanges = false
          },
          keep(piece, content) {
            file.write(content, piece * PIECE)
            file.sync()
            map.add(piece)
            news = true
            progress?.(kept())
          },
        })
      } catch (error) {
        signal?.throwIfAborted()
        const code = error instanceof FailureError ? error.failure.code : null
        if (code !== 'unreachable' && code !== 'tampered') throw error
        failed = news ? 1 : failed + 1
        if (failed >= patience.tries) throw error
        await rest(Math.min(8, 2 ** (failed - 1)) * patience.pause, undefined, { signal })
      }
    }
  }

  function kept(): number {
    let sum = 0
    for (let piece = 0; piece < count; piece++)
      if (map.has(piece)) sum += Math.min(PIECE, bytes - piece * PIECE)
    return sum
  }

  /** Whether the whole is what was asked for; pieces that a disk has damaged since are dropped. */
  async function verify(): Promise<boolean> {
    const sum = createHash('sha256')
    const damaged: number[] = []
    for (let piece = 0; piece < count; piece++) {
      signal?.throwIfAborted()
      const content = partOf(disk, data, piece, bytes)
      sum.update(content)
      if (hashOf(content) !== hashes[piece]) damaged.push(piece)
      await turn()
    }
    if (damaged.length > 0) {
      map.drop(damaged)
      return false
    }
    if (sum.digest('hex') === hash) return true
    map.drop(hashes.map((_, piece) => piece))
    throw mismatch(hash)
  }
}

const partOf = (disk: PieceDisk, path: string, piece: number, bytes: number): Uint8Array =>
  disk.readPart(path, piece * PIECE, Math.min(bytes, (piece + 1) * PIECE)) ?? new Uint8Array()

const mismatch = (hash: Hash) =>
  fail(
    'tampered',
    `The hashes of the pieces of ${hash.slice(0, 12)} are not those of the file; nothing of it is used.`,
    'Publish again; if it stays, find out who can write into the repository.',
  )
