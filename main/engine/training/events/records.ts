import { open } from 'node:fs/promises'
import { maskedCrc32c } from '../../kit/index.ts'

/** Bytes that are read at a time. */
const PIECE = 2 ** 20
/** A record longer than this (a whole graph with its weights) is passed over, so that memory stays small. */
const LARGEST = 2 ** 26
/** Length, CRC of the length; the record; its CRC. */
const [HEAD, TAIL] = [12, 4]

/** What is wrong with a file, and where. */
export interface Damage {
  /** Byte of the record. */
  at: number
  /** One sentence. */
  says: string
}

export interface RecordReading {
  /** @param bytes only good during the call @param at where the record begins in the file */
  record(bytes: Buffer, at: number): void
  damaged(damage: Damage): void
  /** After each piece of the file; what was collected can be put away. */
  pause?(): void
  signal?: AbortSignal | undefined
}

/**
 * Reads the whole records of a TFRecord file from a byte on (tensorflow/core/lib/io/record_writer.h: length as 64 bits,
 * masked CRC32C of it, the record, masked CRC32C of that). A record that has not been written to its end is left for the
 * next time; one whose content is damaged is told and passed over. Behind a damaged length nothing can be found any more.
 *
 * @returns where to go on; null behind damage that ends the file
 */
export async function readRecords(
  path: string,
  from: number,
  { record, damaged, pause, signal }: RecordReading,
): Promise<number | null> {
  const file = await open(path, 'r')
  try {
    let buffer = Buffer.allocUnsafe(PIECE)
    /** The file's byte that stands first in the buffer, and how many are there. */
    let [base, held] = [from, 0]
    for (;;) {
      signal?.throwIfAborted()
      const { bytesRead } = await file.read(buffer, held, buffer.length - held, base + held)
      if (bytesRead === 0) return base
      held += bytesRead
      let at = 0
      let wanted = HEAD
      while (held - at >= HEAD) {
        const length = buffer.readUInt32LE(at) + buffer.readUInt32LE(at + 4) * 2 ** 32
        if (maskedCrc32c(buffer.subarray(at, at + 8)) !== buffer.readUInt32LE(at + 8)) {
          damaged({ at: base + at, says: 'The length of a record is damaged; what comes behind it is lost.' })
          return null
        }
        wanted = HEAD + length + TAIL
        if (wanted > LARGEST) {
          if ((await file.stat()).size < base + at + wanted) return base + at
          damaged({
            at: base + at,
            says: `A record of ${Math.round(length / 2 ** 20)} MB was passed over.`,
          })
          base += at + wanted
          held = 0
          at = 0
          wanted = HEAD
          break
        }
        if (held - at < wanted) break
        const body = buffer.subarray(at + HEAD, at + HEAD + length)
        if (maskedCrc32c(body) === buffer.readUInt32LE(at + HEAD + length)) record(body, base + at)
        else damaged({ at: base + at, says: 'A record is damaged and was passed over.' })
        at += wanted
        wanted = HEAD
      }
      const rest = buffer.subarray(at, held)
      if (wanted > buffer.length) {
        buffer = Buffer.allocUnsafe(Math.max(wanted, PIECE))
        rest.copy(buffer)
      } else buffer.copyWithin(0, at, held)
      base += at
      held -= at
      pause?.()
    }
  } finally {
    await file.close()
  }
}

/** A record as it stands in a file. */
export function framed(record: Uint8Array): Buffer {
  const out = Buffer.allocUnsafe(HEAD + record.length + TAIL)
  out.writeUInt32LE(record.length % 2 ** 32, 0)
  out.writeUInt32LE(Math.floor(record.length / 2 ** 32), 4)
  out.writeUInt32LE(maskedCrc32c(out.subarray(0, 8)), 8)
  out.set(record, HEAD)
  out.writeUInt32LE(maskedCrc32c(record), HEAD + record.length)
  return out
}
