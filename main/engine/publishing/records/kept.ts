import type { Hash, Refusal } from '#contract'
import { canonicalJson, hashOf, now } from '../../kit/index.ts'
import { type Batch, type DeviceRecord, recordHash, type Sample } from '../../release/index.ts'
import { collection, type Store } from '../../store/index.ts'

/** A record that is kept, with what its place in the chain says. */
export interface KeptRecord {
  record: DeviceRecord
  hash: Hash
  received: string
}

/** Records from `after` to `before`, without both, that are not waited for. */
export interface KeptGap {
  after: number
  before: number
  why: 'lost' | 'let-go'
}

interface Row {
  body: string
  hash: Hash
  received: string
}

/** Two records of a device have the same number. */
export interface Fork {
  seq: number
  kept: Hash
  other: Hash
}

/** What one batch brought. */
export interface Kept {
  newRecords: number
  newSamples: number
  forks: Fork[]
}

/** The tables of records, samples and refusals. */
export interface RecordTables {
  /** Keeps a batch: all of it or nothing. What is here already stays as it is. */
  keep(batch: Batch): Kept
  /** Records of a device, by rising number. */
  of(device: string, options?: { kinds?: readonly string[]; model?: string; after?: number }): KeptRecord[]
  /** Windows of figures of a model, by device and number. */
  windows(model: string): KeptRecord[]
  /** Ids of all devices whose records are here, and the site that their newest names. */
  devices(): { device: string; site: string }[]
  gaps(device: string): KeptGap[]
  giveUp(device: string, gap: KeptGap): void
  /**
   * The highest number up to which everything arrived, or is not waited for.
   * @param from a number up to which it arrived anyway
   */
  whole(device: string, from: number): number
  refusals(device?: string): Refusal[]
  refuse(refusal: Omit<Refusal, 'times' | 'at'>): void
}

export function openRecordTables({ db }: Store): RecordTables {
  const refusals = collection<Refusal>(db, 'refusals')
  const add = db.prepare(
    `INSERT INTO device_records (device, seq, site, hash, prev, kind, model, received, body)
     VALUES (@device, @seq, @site, @hash, @prev, @kind, @model, @received, @body) ON CONFLICT DO NOTHING`,
  )
  const hashAt = db.prepare('SELECT hash FROM device_records WHERE device = ? AND seq = ?').pluck()
  const addGap = db.prepare(
    `INSERT INTO record_gaps (device, after, before, why, at) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (device, after) DO UPDATE SET before = max(before, excluded.before)`,
  )
  const gapsOf = db.prepare('SELECT after, before, why FROM record_gaps WHERE device = ? ORDER BY after')
  const numbers = db
    .prepare('SELECT seq FROM device_records WHERE device = ? AND seq > ? ORDER BY seq')
    .pluck()
  const addSample = db.prepare(
    `INSERT INTO samples (id, batch, reason, at, body) VALUES (@id, @batch, @reason, @at, @body)`,
  )
  const hasSample = db.prepare('SELECT 1 FROM samples WHERE id = ?').pluck()
  const addBatch = db.prepare(
    `INSERT INTO sample_batches (device, site, model, version, at) VALUES (@device, @site, @model, @version, @at)`,
  )
  // From one device to the next, without a look at all the records between.
  const everyDevice = db
    .prepare(
      `WITH RECURSIVE found (device) AS (
         SELECT min(device) FROM device_records
         UNION ALL
         SELECT (SELECT min(device) FROM device_records WHERE device > found.device) FROM found
         WHERE found.device IS NOT NULL
       ) SELECT device FROM found WHERE device IS NOT NULL`,
    )
    .pluck()
  const newestSite = db
    .prepare('SELECT site FROM device_records WHERE device = ? ORDER BY seq DESC LIMIT 1')
    .pluck()
  const ofModel = db.prepare(
    `SELECT body, hash, received FROM device_records WHERE kind = 'metrics' AND model = ? ORDER BY device, seq`,
  )
  const read = (row: unknown): KeptRecord => {
    const { body, hash, received } = row as Row
    return { record: JSON.parse(body) as DeviceRecord, hash, received }
  }

  function keepRecords({ device, site, records }: Batch, at: string): Pick<Kept, 'newRecords' | 'forks'> {
    const forks: Fork[] = []
    let newRecords = 0
    let last: number | null = null
    for (const record of records) {
      const hash = recordHash(record)
      const { model } = record.body
      const { changes } = add.run({
        ...{ device, seq: record.seq, site, hash, prev: record.prev, kind: record.kind, received: at },
        model: typeof model === 'string' ? model : null,
        body: JSON.stringify(record),
      })
      newRecords += changes
      const kept = changes ? hash : (hashAt.get(device, record.seq) as Hash)
      if (kept !== hash) forks.push({ seq: record.seq, kept, other: hash })
      // A device sends all it has: what it left out between two it has no more.
      if (last !== null && record.seq > last + 1) addGap.run(device, last, record.seq, 'lost', at)
      last = record.seq
    }
    return { newRecords, forks }
  }

  function keepSamples({ device, site, samples }: Batch, at: string): number {
    const batches = new Map<string, number | bigint>()
    let count = 0
    for (const [id, sample] of Object.entries(samples) as [Hash, Sample][]) {
      if (hasSample.get(id)) continue
      const { model, version, reason } = sample
      const of = canonicalJson([model, version])
      let batch = batches.get(of)
      if (batch === undefined) {
        batch = addBatch.run({ device, site, model, version, at }).lastInsertRowid
        batches.set(of, batch)
      }
      addSample.run({ id, batch, reason, at: sample.at, body: JSON.stringify(sample) })
      count++
    }
    return count
  }

  return {
    keep: db.transaction((batch: Batch): Kept => {
      const at = now()
      const kept = keepRecords(batch, at)
      return { ...kept, newSamples: keepSamples(batch, at) }
    }),
    of(device, { kinds, model, after = 0 } = {}) {
      const where = ['device = ?', 'seq > ?']
      const values: (string | number)[] = [device, after]
      if (kinds) {
        where.push(`kind IN (${kinds.map(() => '?').join(', ')})`)
        values.push(...kinds)
      }
      if (model !== undefined) {
        where.push('model = ?')
        values.push(model)
      }
      return db
        .prepare(
          `SELECT body, hash, received FROM device_records WHERE ${where.join(' AND ')} ORDER BY device, seq`,
        )
        .all(...values)
        .map(read)
    },
    windows: model => ofModel.all(model).map(read),
    devices: () =>
      (everyDevice.all() as string[]).map(device => ({ device, site: newestSite.get(device) as string })),
    gaps: device => gapsOf.all(device) as KeptGap[],
    giveUp: (device, { after, before, why }) => void addGap.run(device, after, before, why, now()),
    whole(device, from) {
      const gaps = new Map((gapsOf.all(device) as KeptGap[]).map(gap => [gap.after, gap.before]))
      let last = from
      for (const seq of numbers.iterate(device, from) as Iterable<number>) {
        if (seq !== last + 1 && (gaps.get(last) ?? 0) < seq) break
        last = seq
      }
      return last
    },
    refusals: device => refusals.list(device),
    refuse(refusal) {
      const known = refusals.get(refusal.id)
      refusals.put(
        { ...refusal, at: known?.at ?? now(), times: (known?.times ?? 0) + 1 },
        refusal.device ?? '',
      )
    },
  }
}

/** Whether each sample is the one that its hash says. */
export const samplesAreTrue = ({ samples }: Batch): boolean =>
  Object.entries(samples).every(([id, sample]) => hashOf(canonicalJson(sample)) === id)
