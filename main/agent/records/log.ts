import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { z } from 'zod'
import type { Hash } from '#contract'
import { canonicalJson, hashOf } from '../../engine/kit/index.ts'
import { CHAIN_START, DeviceRecord, type RecordKind, recordHash } from '../../engine/release/index.ts'
import type { Clock, Disk } from '../ports.ts'

/** Bytes of one file of the log; a longer one is followed by the next. */
const SEGMENT = 128 << 10
/** Files that are kept at most, whether anyone took them in or not. */
const SEGMENTS = 256
/** Records that wait in memory while the disk takes none. */
const WAITING = 500

/** What happened on this device, each record chained to the one before it. */
export interface RecordLog {
  /** Writes a record. Never throws: where the disk takes nothing it waits in memory. */
  add(kind: RecordKind, body: Record<string, unknown>): void
  /** Number of the last record on disk. */
  readonly last: number
  /** What the next record is chained to. */
  readonly hash: Hash
  /** Records after a number, in their order, at most so many. */
  after(seq: number, most: number): DeviceRecord[]
  /** Everything up to this one has arrived and may go. */
  forget(seq: number): void
}

export interface RecordLogOptions {
  disk: Disk
  folder: string
  device: string
  clock: Clock
  isTrusted(): boolean
  /** Numbers up to it were given away before, whatever is left of the log. */
  above: number
}

/** A record of this agent or of a later one, which may know more kinds and fields: its chain goes on behind them. */
const Line = DeviceRecord.extend({ kind: z.string() }).loose()

/** A line is a checksum, a space and the record. */
const lineOf = (record: DeviceRecord): string => {
  const text = canonicalJson(record)
  return `${hashOf(text).slice(0, 16)} ${text}\n`
}

function readLine(line: string): DeviceRecord | null {
  const text = line.slice(17)
  if (hashOf(text).slice(0, 16) !== line.slice(0, 16)) return null
  try {
    const read = Line.safeParse(JSON.parse(text))
    return read.success ? (read.data as DeviceRecord) : null
  } catch {
    return null
  }
}

interface Line {
  record: DeviceRecord | null
  /** Where it ends in the file. */
  end: number
}

function linesOf(bytes: Uint8Array): Line[] {
  const lines: Line[] = []
  for (let at = 0; at < bytes.length; ) {
    const stop = bytes.indexOf(10, at)
    if (stop < 0) break
    lines.push({
      record: readLine(Buffer.from(bytes.subarray(at, stop)).toString('utf8')),
      end: stop + 1,
    })
    at = stop + 1
  }
  return lines
}

const nameOf = (first: number) => `${String(first).padStart(12, '0')}.log`

/** Owns the folder `records`. A torn end is cut off; a line that went bad in the middle is left out, and shows as a gap. */
export function openRecordLog({
  disk,
  folder,
  device,
  clock,
  isTrusted,
  above,
}: RecordLogOptions): RecordLog {
  const boot = randomBytes(9).toString('base64url')
  const began = clock.monotonic()
  let segments = disk
    .list(folder)
    .filter(name => /^\d{12}\.log$/.test(name))
    .sort()
  let last = above
  let prev = CHAIN_START
  /** Where the newest file ends; null while the next record begins a file. */
  let end: number | null = null
  for (const name of segments.toReversed()) {
    const good = linesOf(disk.read(join(folder, name)) ?? new Uint8Array()).findLast(({ record }) => record)
    if (!good?.record) continue
    prev = recordHash(good.record)
    last = Math.max(above, good.record.seq)
    // Numbers were given away that this file does not hold: it is not gone on with.
    if (name === segments.at(-1) && good.record.seq === last) end = good.end
    break
  }
  let waiting: Omit<DeviceRecord, 'seq' | 'prev'>[] = []

  function write(record: DeviceRecord): void {
    const bytes = Buffer.from(lineOf(record))
    const fresh = end === null || end > SEGMENT
    const name = fresh ? nameOf(record.seq) : (segments.at(-1) as string)
    const at = fresh ? 0 : (end as number)
    disk.ensureFolder(folder)
    const file = disk.open(join(folder, name))
    try {
      // What a power cut or a full disk left of a line before.
      file.truncate(at)
      file.write(bytes, at)
      file.sync()
    } finally {
      file.close()
    }
    if (fresh) {
      disk.syncFolder(folder)
      segments = [...segments.filter(each => each !== name), name]
      while (segments.length > SEGMENTS) disk.remove(join(folder, segments.shift() as string))
    }
    end = at + bytes.length
  }

  function flush(): void {
    while (waiting.length > 0) {
      const record: DeviceRecord = { ...(waiting[0] as DeviceRecord), seq: last + 1, prev }
      write(record)
      waiting = waiting.slice(1)
      last = record.seq
      prev = recordHash(record)
    }
  }

  return {
    add(kind, body) {
      const wall = clock.wall()
      waiting.push({
        device,
        boot,
        monotonic: Math.round(clock.monotonic() - began),
        wall: Number.isFinite(new Date(wall).getTime()) ? new Date(wall).toISOString() : String(wall),
        clockTrusted: isTrusted(),
        kind,
        body,
      })
      if (waiting.length > WAITING) waiting.shift()
      try {
        flush()
      } catch {
        // It is written with the next one, once the disk takes it; a device that answers is not stopped by its log.
      }
    },
    get last() {
      return last
    },
    get hash() {
      return prev
    },
    after(seq, most) {
      const found: DeviceRecord[] = []
      segments.forEach((name, i) => {
        const next = segments[i + 1]
        if (found.length >= most || (next && Number(next.slice(0, 12)) <= seq + 1)) return
        for (const { record } of linesOf(disk.read(join(folder, name)) ?? new Uint8Array()))
          if (record && record.seq > seq && record.seq <= last && found.length < most) found.push(record)
      })
      return found
    },
    forget(seq) {
      // The newest file stays: it holds what the next record is chained to.
      while (segments.length > 1 && Number((segments[1] as string).slice(0, 12)) <= seq + 1)
        disk.remove(join(folder, segments.shift() as string))
    },
  }
}
