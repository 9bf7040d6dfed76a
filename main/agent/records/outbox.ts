import { join } from 'node:path'
import type { Hash } from '#contract'
import type { Batch, DeviceRecord, Sample } from '../../engine/release/index.ts'
import { sweepTemporary, writeDurably } from '../disk/index.ts'
import type { Disk } from '../ports.ts'
import type { RecordLog } from './log.ts'
import type { SampleStore } from './samples.ts'

/** Records and bytes of samples that go into one batch. */
const RECORDS = 2000
const BYTES = 8 << 20

export type SealBatch = (batch: Batch, recipient: string) => Promise<Uint8Array>

/** What is sealed for the publisher and waits until it has it. */
export interface Outbox {
  readonly bytes: number
  /** Numbers of the batches that wait. A batch is named by its last record, so numbers only ever go up. */
  waiting(): number[]
  /** @returns null where it went meanwhile */
  read(sequence: number): Uint8Array | null
  /** Seals what is new. What is sealed stays as it is, however often it is sent. */
  seal(site: string, recipient: string): Promise<void>
  /** The publisher has everything up to this record. */
  received(seq: number): void
}

const NAME = /^(\d{12})\.edgeback$/

/** The highest number that was ever given away in a batch that is still here. */
export const highestSealed = (disk: Disk, folder: string): number =>
  Math.max(0, ...disk.list(folder).map(name => Number(NAME.exec(name)?.[1] ?? 0)))

/** Owns the folder `outbox`. */
export function openOutbox({
  disk,
  folder,
  device,
  log,
  samples,
  seal,
  received = 0,
}: {
  disk: Disk
  folder: string
  device: string
  log: RecordLog
  samples: SampleStore
  seal: SealBatch
  received?: number
}): Outbox {
  disk.ensureFolder(folder)
  sweepTemporary(disk, folder)
  let arrived = received
  let sealing: Promise<void> = Promise.resolve()
  const place = (sequence: number) => join(folder, `${String(sequence).padStart(12, '0')}.edgeback`)
  const waiting = () =>
    disk
      .list(folder)
      .flatMap(name => (NAME.test(name) ? [Number(name.slice(0, 12))] : []))
      .sort((a, b) => a - b)

  function next(after: number): { records: DeviceRecord[]; samples: Record<Hash, Sample> } {
    const records: DeviceRecord[] = []
    const found: Record<Hash, Sample> = {}
    let bytes = 0
    for (const record of log.after(after, RECORDS)) {
      if (bytes > BYTES) break
      records.push(record)
      const { hash } = record.body as { hash?: Hash }
      const sample = record.kind === 'sample' && hash ? samples.read(hash) : null
      if (!sample || !hash) continue
      found[hash] = sample
      bytes += JSON.stringify(sample).length
    }
    return { records, samples: found }
  }

  async function sealAll(site: string, recipient: string): Promise<void> {
    for (;;) {
      const batch = next(Math.max(arrived, ...waiting()))
      const last = batch.records.at(-1)
      if (!last) return
      const bytes = await seal(
        { format: 'edgewright-batch/1', site, device, sequence: last.seq, ...batch },
        recipient,
      )
      writeDurably(disk, place(last.seq), bytes)
      for (const hash of Object.keys(batch.samples)) samples.remove(hash as Hash)
    }
  }

  // Sealed, and not removed any more when the power went.
  const named = new Set(log.after(Math.max(arrived, ...waiting()), Infinity).map(({ body }) => body.hash))
  for (const hash of samples.hashes()) if (!named.has(hash)) samples.remove(hash)

  return {
    get bytes() {
      return waiting().reduce((sum, sequence) => sum + (disk.size(place(sequence)) ?? 0), 0)
    },
    waiting,
    read: sequence => disk.read(place(sequence)),
    seal(site, recipient) {
      const turn = sealing.then(() => sealAll(site, recipient))
      sealing = turn.catch(() => {})
      return turn
    },
    received(seq) {
      if (seq <= arrived) return
      arrived = seq
      for (const sequence of waiting()) if (sequence <= seq) disk.remove(place(sequence))
      log.forget(seq)
    },
  }
}
