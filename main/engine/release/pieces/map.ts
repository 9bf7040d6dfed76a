import type { Hash } from '#contract'
import { crc32c } from '../../kit/index.ts'
import type { PieceDisk } from './disk.ts'

const RECORD = 8

/**
 * Which pieces are here: a file that only grows, one record a piece (its number and a checksum over blob and number),
 * each written after the piece itself lasts. A record that was torn in a power cut is one that is not there.
 */
export function openPieceMap(disk: PieceDisk, path: string, blob: Hash, count: number) {
  const salt = Buffer.from(blob, 'hex')
  const record = (piece: number): Buffer => {
    const bytes = Buffer.alloc(RECORD)
    bytes.writeUInt32LE(piece, 0)
    bytes.writeUInt32LE(crc32c(Buffer.concat([salt, bytes.subarray(0, 4)])), 4)
    return bytes
  }

  const here = new Set<number>()
  const content = Buffer.from(disk.read(path) ?? [])
  let end = 0
  for (; end + RECORD <= content.length; end += RECORD) {
    const piece = content.readUInt32LE(end)
    // What follows a torn record was written over it later and begins at its place.
    if (piece >= count || !record(piece).equals(content.subarray(end, end + RECORD))) break
    here.add(piece)
  }

  const file = disk.open(path)
  return {
    has: (piece: number) => here.has(piece),
    add(piece: number) {
      file.write(record(piece), end)
      file.sync()
      end += RECORD
      here.add(piece)
    },
    /** Forgets some pieces, which turned out to be damaged. */
    drop(pieces: readonly number[]) {
      for (const piece of pieces) here.delete(piece)
      file.truncate(0)
      end = 0
      for (const piece of here) {
        file.write(record(piece), end)
        end += RECORD
      }
      file.sync()
    },
    close: () => file.close(),
  }
}
