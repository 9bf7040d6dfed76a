import { describe, expect, test } from 'vitest'
import {
  type Batch,
  chainFaults,
  type DeviceRecord,
  deviceIdOf,
  generateKey,
  isWholeBatch,
  newIdentity,
  openBatch,
  recipientOf,
  recordHash,
  sealBatch,
} from '../../../../main/engine/release/index.ts'

const { key } = generateKey()
const device = deviceIdOf(key)

function chain(length: number): DeviceRecord[] {
  const records: DeviceRecord[] = []
  for (let seq = 1; seq <= length; seq++) {
    const before = records.at(-1)
    records.push({
      device,
      seq,
      prev: before ? recordHash(before) : ('0'.repeat(64) as DeviceRecord['prev']),
      boot: 'one',
      monotonic: seq * 1000,
      wall: new Date(1.8e12 + seq).toISOString(),
      clockTrusted: true,
      kind: 'switched',
      body: { model: 'Bolts', version: seq },
    })
  }
  return records
}

const batchOf = (records: DeviceRecord[]): Batch => ({
  format: 'edgewright-batch/1',
  site: 'north',
  device,
  sequence: records.at(-1)?.seq ?? 1,
  records,
  samples: {},
})

describe('a batch of records on its way back', () => {
  test('comes back as it was, and only for its publisher', async () => {
    const mine = await newIdentity()
    const other = await newIdentity()
    const batch = batchOf(chain(5))
    const sealed = await sealBatch(batch, key, await recipientOf(mine))
    expect(Buffer.from(sealed).includes('Bolts')).toBe(false)
    const opened = await openBatch(sealed, [other, mine], 'The file')
    expect(opened.batch).toEqual(batch)
    expect(opened.key.spki).toBe(key.spki)
    await expect(openBatch(sealed, [other], 'The file')).rejects.toMatchObject({
      failure: { code: 'no-permission' },
    })
  })

  test('is refused when it lacks an end, a bit, or is something else', async () => {
    const mine = await newIdentity()
    const sealed = await sealBatch(batchOf(chain(3)), key, await recipientOf(mine))
    for (const length of [0, 5, 11, 60, sealed.length - 1]) {
      expect(isWholeBatch(sealed.subarray(0, length))).toBe(false)
      await expect(openBatch(sealed.subarray(0, length), [mine], 'The file')).rejects.toMatchObject({
        failure: { code: 'unreadable-file' },
      })
    }
    for (let at = 0; at < sealed.length; at += 37) {
      const flipped = Buffer.from(sealed)
      flipped[at] = (flipped[at] as number) ^ 1
      await expect(openBatch(flipped, [mine], 'The file')).rejects.toMatchObject({
        failure: { code: 'unreadable-file' },
      })
    }
  })

  test('is refused when it speaks for another device', async () => {
    const mine = await newIdentity()
    const forged = { ...batchOf(chain(2)), device: 'f'.repeat(24) }
    const sealed = await sealBatch(forged, key, await recipientOf(mine))
    await expect(openBatch(sealed, [mine], 'The file')).rejects.toMatchObject({
      failure: { code: 'tampered' },
    })
    const stranger = generateKey().key
    const borrowed = await sealBatch(batchOf(chain(2)), stranger, await recipientOf(mine))
    await expect(openBatch(borrowed, [mine], 'The file')).rejects.toMatchObject({
      failure: { code: 'tampered' },
    })
  })
})

describe('a chain of records', () => {
  test('has no fault as it was written, in one go or after what is known', () => {
    const records = chain(6)
    expect(chainFaults(records, null)).toEqual([])
    const third = records[2] as DeviceRecord
    expect(chainFaults(records.slice(3), { seq: 3, hash: recordHash(third) })).toEqual([])
  })

  test('shows what was left out and what was changed', () => {
    const records = chain(6)
    expect(chainFaults(records.toSpliced(2, 2), null)).toEqual([{ kind: 'gap', after: 2, before: 5 }])
    const changed = records.with(3, {
      ...(records[3] as DeviceRecord),
      body: { model: 'Bolts', version: 99 },
    })
    expect(chainFaults(changed, null)).toEqual([{ kind: 'changed', after: 4, before: 5 }])
    expect(chainFaults(chain(2).slice(1), null)).toEqual([{ kind: 'gap', after: 0, before: 2 }])
  })
})
