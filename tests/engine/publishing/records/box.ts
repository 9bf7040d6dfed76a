import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { canonicalJson, hashOf } from '../../../../main/engine/kit/index.ts'
import {
  CHAIN_START,
  codeOf,
  type DeviceRecord,
  deviceIdOf,
  FORMAT,
  generateKey,
  newIdentity,
  type RecordKind,
  recipientOf,
  recordHash,
  type Sample,
  seal,
  sealBatch,
} from '../../../../main/engine/release/index.ts'

/** What a device would do: keys of its own, a chain of records, sealed batches. */
export async function box(name: string, { site = 'hall' } = {}) {
  const { key } = generateKey()
  const recipient = await recipientOf(await newIdentity())
  const id = deviceIdOf(key)
  const records: DeviceRecord[] = []
  let boot = 'boot-1'
  let began = Date.parse('2026-05-03T08:00:00Z')

  return {
    id,
    key,
    name,
    records,
    code: codeOf(key.spki, recipient),
    /** The file by which a person approves it. */
    request(folder: string): string {
      const file = join(folder, `enrol-${id}.req`)
      const report = {
        type: 'device',
        format: FORMAT,
        id,
        key: key.spki,
        name,
        address: null,
        at: new Date(began).toISOString(),
        stopped: false,
        failure: null,
        models: [],
        timeline: [],
        runtime: { node: '', platform: '', backend: '', memoryBytes: 0 },
        site,
        recipient,
      }
      writeFileSync(file, seal(report as never, key))
      return file
    },
    /** It was started: times are counted from here. */
    start(at: string): void {
      boot = `boot-${records.length}`
      began = Date.parse(at)
      this.add('started', at, { event: 'Started', detail: 'here' })
    },
    /** @param wall what its clock says, where that is not the truth */
    add(
      kind: RecordKind,
      at: string,
      body: Record<string, unknown> = {},
      { wall = at, clockTrusted = true } = {},
    ): DeviceRecord {
      const last = records.at(-1)
      const record: DeviceRecord = {
        device: id,
        seq: (last?.seq ?? 0) + 1,
        prev: last ? recordHash(last) : CHAIN_START,
        boot,
        monotonic: Date.parse(at) - began,
        wall,
        clockTrusted,
        kind,
        body,
      }
      records.push(record)
      return record
    },
    switched(at: string, from: number | null, to: number, why = 'as published', model = 'Bolt inspector') {
      const manifest = hashOf(`${model} ${to}`)
      return this.add('switched', at, {
        ...{ event: 'Switched', detail: `${model} v${to}`, model, from, to, manifest, why },
      })
    },
    counts(at: string, versions: Record<number, number>, model = 'Bolt inspector', more: object = {}) {
      return this.add('metrics', at, {
        model,
        versions: Object.entries(versions).map(([version, rows]) => ({
          version: Number(version),
          rows,
          requests: rows,
          errors: 0,
          p50: 1,
          p95: 2,
          latency: [0, 0, rows, ...new Array(13).fill(0)],
          confidence: [0, 0, 0, 0, 0, 0, 0, 0, rows, 0],
          classes: {},
        })),
        pairs: null,
        ...more,
      })
    },
    sample(at: string, more: Partial<Sample> = {}): Sample {
      const sample: Sample = {
        ...{ model: 'Bolt inspector', version: 1, instance: { weight: 9, color: 'red' } },
        ...{ scores: [0.2, 0.7, 0.1], other: null, reason: 'low-confidence' as const, at },
        ...more,
      }
      const { model, version, reason } = sample
      this.add('sample', at, { hash: hashOf(canonicalJson(sample)), model, version, reason })
      return sample
    },
    /** Records from one number to another, sealed. */
    async batch(
      publisher: string,
      from = 1,
      to = records.length,
      samples: Sample[] = [],
      change: (records: DeviceRecord[]) => DeviceRecord[] = all => all,
    ): Promise<Uint8Array> {
      const some = change(records.filter(({ seq }) => seq >= from && seq <= to))
      return await sealBatch(
        {
          format: 'edgewright-batch/1',
          site,
          device: id,
          sequence: to,
          records: some,
          samples: Object.fromEntries(samples.map(each => [hashOf(canonicalJson(each)), each])),
        },
        key,
        publisher,
      )
    },
    /** A stick with its batches. */
    stick(folder: string, batches: Record<number, Uint8Array>): string {
      mkdirSync(join(folder, 'return'), { recursive: true })
      for (const [sequence, bytes] of Object.entries(batches))
        writeFileSync(join(folder, 'return', `${id}-${sequence.padStart(6, '0')}.edgeback`), bytes)
      return folder
    },
  }
}
export type Box = Awaited<ReturnType<typeof box>>
