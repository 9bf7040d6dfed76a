import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { crc32c, FailureError, maskedCrc32c } from '../../../main/engine/kit/index.ts'
import { frameRecord, readRecords, writeRecords } from '../../../main/engine/metadata/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'tfrecord-'))
afterAll(() => rmSync(folder, { recursive: true }))

const golden = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../golden/metadata/tfrecord.json'), 'utf8'),
) as { records: string[] } & Record<'plain' | 'gzip' | 'zlib', string>
const records = golden.records.map(record => Buffer.from(record, 'base64'))

async function* inPieces(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}
const all = async (source: string | AsyncIterable<Uint8Array>, maxBytes?: number) => {
  const found: Buffer[] = []
  for await (const record of readRecords(source, maxBytes === undefined ? {} : { maxBytes }))
    found.push(Buffer.from(record))
  return found
}
const refused = async (source: AsyncIterable<Uint8Array>, maxBytes?: number) => {
  const error = await all(source, maxBytes).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(FailureError)
  return (error as FailureError).failure.message
}

test('CRC-32C has the values of RFC 3720', () => {
  expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa)
  expect(crc32c(Buffer.alloc(32, 0xff))).toBe(0x62a8ab43)
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e)
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283)
  expect(crc32c(Buffer.alloc(0))).toBe(0)
})

test('CRC-32C of any bytes is that of one bit after the other', () => {
  const slow = (bytes: Uint8Array) => {
    let crc = -1
    for (const byte of bytes) {
      crc ^= byte
      for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
    }
    return ~crc >>> 0
  }
  fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), bytes => crc32c(bytes) === slow(bytes)))
})

describe.each(['plain', 'gzip', 'zlib'] as const)("TensorFlow's own file, %s", packing => {
  const bytes = Buffer.from(golden[packing], 'base64')
  test.each([1, 7, 64, 100_000])('comes in pieces of %i bytes', async size => {
    expect(await all(inPieces(bytes, size))).toEqual(records)
  })
  test('is read from the disk', async () => {
    const path = join(folder, packing)
    writeFileSync(path, bytes)
    expect(await all(path)).toEqual(records)
  })
})

test('what we write is what TensorFlow writes', async () => {
  const path = join(folder, 'ours.tfrecord')
  await writeRecords(path, records)
  expect(readFileSync(path).toString('base64')).toBe(golden.plain)
  await writeRecords(`${path}.gz`, records)
  expect(await all(`${path}.gz`)).toEqual(records)
})

test('a record whose length begins as gzip does is a record', async () => {
  const record = Buffer.alloc(0x088b1f, 5)
  const framed = frameRecord(record)
  expect([...framed.subarray(0, 3)]).toEqual([0x1f, 0x8b, 8])
  expect(await all(inPieces(framed, 65_536))).toEqual([record])
})

test('stopping early closes the file', async () => {
  const path = join(folder, 'early')
  await writeRecords(path, records)
  for await (const record of readRecords(path)) {
    expect(Buffer.from(record)).toEqual(records[0])
    break
  }
  rmSync(path)
})

describe('damage', () => {
  const framed = Buffer.concat(records.map(frameRecord))
  test('of any byte is found, and what came before is given', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(framed.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const copy = Buffer.from(framed)
        copy[at] = (copy[at] as number) ^ flip
        expect(await refused(inPieces(copy, 50))).toMatch(
          /damaged|not a TFRecord|ends inside|says that it has/,
        )
      }),
    )
  })

  test('at any place of the end is found', async () => {
    const starts = new Set([0])
    let at = 0
    for (const record of records) {
      at += record.length + 16
      starts.add(at)
    }
    for (let end = 0; end < framed.length; end += 3) {
      const cut = inPieces(framed.subarray(0, end), 1000)
      if (starts.has(end)) await all(cut)
      else await refused(cut)
    }
  })

  test('a lying length needs no memory', async () => {
    const lie = frameRecord(Buffer.alloc(8))
    const huge = Buffer.alloc(12)
    huge.writeBigUInt64LE(2n ** 60n)
    huge.writeUInt32LE(maskedCrc32c(huge.subarray(0, 8)), 8)
    expect(await refused(inPieces(Buffer.concat([lie, huge, lie]), 9))).toContain('Record 2')
    expect(await refused(inPieces(lie, 9), 7)).toContain('says that it has 8 bytes')
    huge.writeBigUInt64LE(200n * 2n ** 20n)
    huge.writeUInt32LE(maskedCrc32c(huge.subarray(0, 8)), 8)
    expect(await refused(inPieces(gzipSync(Buffer.concat([huge, lie])), 9))).toContain('ends inside record 1')
  })
})
