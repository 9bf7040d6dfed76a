import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { hashOf } from '../../../../main/engine/kit/index.ts'
import { WAYS } from '../../../../main/engine/release/delta/codecs.ts'
import { readFrameHeader } from '../../../../main/engine/release/delta/zstd.ts'
import {
  applyPatch,
  CODECS,
  type Codec,
  checkZstd,
  makePatch,
} from '../../../../main/engine/release/index.ts'
import { noise } from './noise.ts'
import { collected, fileOf } from './parts.ts'

const folder = mkdtempSync(join(tmpdir(), 'edgewright-patch-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const apply = (
  codec: Codec,
  patch: Uint8Array,
  old: Uint8Array,
  next: Uint8Array,
  more: Partial<Parameters<typeof applyPatch>[0]> = {},
) =>
  collected(
    applyPatch({
      ...{ codec, patch, old: fileOf(old), base: hashOf(old), hash: hashOf(next), bytes: next.length },
      ...more,
    }),
  ).then(made => new Uint8Array(made))

const saysOf = async (promise: Promise<unknown>) =>
  await promise.then(
    () => 'nothing',
    error => error.failure?.code ?? error,
  )

/** Weights of one byte that a training moved a little, as a fine-tune does. */
function tuned(old: Uint8Array, seed: number, most = 3): Uint8Array {
  const steps = noise(old.length, seed)
  return old.map((value, i) => value + ((steps[i] as number) % (2 * most + 1)) - most)
}

/** A frame of blocks that each say "128 KiB of the byte 7" in four bytes (RFC 8878, 3.1.1.2). */
function runs(said: number, blocks: number): Uint8Array {
  const head = Buffer.alloc(14)
  head.writeUInt32LE(0xfd2fb528, 0)
  // Length in 8 bytes, a window of 128 KiB, no checksum.
  head.writeUInt8(0xc0, 4)
  head.writeUInt8(7 << 3, 5)
  head.writeBigUInt64LE(BigInt(said), 6)
  const body = Buffer.alloc(4 * blocks)
  for (let i = 0; i < blocks; i++) {
    body.writeUIntLE(((2 ** 17) << 3) | (1 << 1) | Number(i === blocks - 1), 4 * i, 3)
    body.writeUInt8(7, 4 * i + 3)
  }
  return Buffer.concat([head, body])
}

describe('a patch', () => {
  test('makes any file out of any other one, by every codec that takes them', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 400 }),
        fc.uint8Array({ maxLength: 400 }),
        fc.boolean(),
        async (a, b, equal) => {
          const next = equal ? Uint8Array.from(a, (_, i) => b[i] ?? 7) : b
          for (const codec of CODECS) {
            const patch = await WAYS[codec].make(next, a)
            if (!patch) continue
            expect(Buffer.from(await apply(codec, patch, a, next)).equals(next)).toBe(true)
          }
        },
      ),
      { seed: 7, numRuns: 60 },
    )
  })

  test('of weights of one byte is made by subtraction', async () => {
    const old = noise(100_000, 1)
    const next = tuned(old, 2, 1)
    const patch = await makePatch(old, next)
    expect(patch?.codec).toBe('sub')
    expect(patch?.content.length).toBeLessThan(0.3 * next.length)
    expect(await apply('sub', patch?.content as Uint8Array, old, next)).toEqual(next)
  })

  test('of weights of four bytes is made by planes', async () => {
    const old = Float32Array.from(noise(40_000, 3), (value, i) => (value - 128) / (7 + (i % 5)))
    const steps = noise(40_000, 33)
    const next = old.map((value, i) => value * (1 + 1e-6 * ((steps[i] as number) - 128)))
    const bytes = (of: Float32Array) => new Uint8Array(of.buffer)
    const patch = await makePatch(bytes(old), bytes(next))
    expect(patch?.codec).toBe('xor4')
    expect(await apply('xor4', patch?.content as Uint8Array, bytes(old), bytes(next))).toEqual(bytes(next))
  })

  test('between files of other lengths is a dictionary', async () => {
    const old = noise(50_000, 4)
    const next = Buffer.concat([old.subarray(0, 20_000), noise(300, 5), old.subarray(20_000)])
    const patch = await makePatch(old, next)
    expect(patch?.codec).toBe('zstd')
    expect(patch?.content.length).toBeLessThan(600)
  })

  test('is not made where it would be hardly shorter than the file', async () => {
    expect(await makePatch(noise(50_000, 6), noise(50_000, 7))).toBeNull()
    expect(await makePatch(new Uint8Array(), noise(5000, 7))).toBeNull()
  })

  test('for another old file is refused before it is applied, in every codec', async () => {
    const old = noise(5000, 8)
    const other = tuned(old, 9)
    const next = old.map((value, i) => (i % 500 === 0 ? value + 1 : value))
    for (const codec of CODECS) {
      const patch = (await WAYS[codec].make(next, old)) as Uint8Array
      expect(await saysOf(apply(codec, patch, other, next, { base: hashOf(old) }))).toBe('does-not-fit')
      // Even where the manifest names the wrong one: the result is not what was signed.
      expect(await saysOf(apply(codec, patch, other, next))).toBe('tampered')
    }
  })

  test('with any byte changed, or cut off anywhere, is refused', async () => {
    const old = noise(300, 11)
    const next = tuned(old, 12)
    for (const codec of CODECS) {
      const patch = (await WAYS[codec].make(next, old)) as Uint8Array
      for (let at = 0; at < patch.length; at += 3) {
        const changed = patch.slice()
        changed[at] = (changed[at] as number) ^ 0x55
        const said = await apply(codec, changed, old, next).catch(error => error.failure.code)
        // A bit that means nothing may change; the result may not.
        if (said !== 'tampered') expect(said).toEqual(next)
        expect(await saysOf(apply(codec, patch.subarray(0, at), old, next))).toBe('tampered')
      }
    }
  })

  test('that is a bomb is not unpacked', async () => {
    const old = noise(1000, 13)
    const zeros = new Uint8Array(256 << 20)
    const bomb = zstdCompressSync(zeros, { pledgedSrcSize: zeros.length })
    expect(bomb.length).toBeLessThan(50_000)
    // One that does not say its length, and one that lies about it.
    const silent = zstdCompressSync(zeros, { params: { [constants.ZSTD_c_contentSizeFlag]: 0 } })
    const lying = bomb.slice()
    const at = 5 + ((bomb[4] as number) & 0x20 ? 0 : 1)
    new DataView(lying.buffer, lying.byteOffset).setUint32(at, 1000, true)
    const before = process.memoryUsage().rss
    const began = performance.now()
    for (const codec of CODECS)
      for (const hostile of [bomb, silent, lying])
        expect(await saysOf(apply(codec, hostile, old, old))).toBe('tampered')
    expect(process.memoryUsage().rss - before).toBeLessThan(64 << 20)
    expect(performance.now() - began).toBeLessThan(5000)
  })

  test.each([
    ['says so', { said: 4 * 2 ** 30, blocks: 2 ** 15 }],
    ['says so in 1 KB', { said: 4 * 2 ** 30, blocks: 240 }],
    ['lies about it', { said: 1000, blocks: 2 ** 15 }],
  ])('that makes 4 GB out of runs and %s is not unpacked', async (_, { said, blocks }) => {
    // The frame is a good one, but for its length.
    expect(zstdDecompressSync(runs(2 ** 20, 8))).toHaveLength(2 ** 20)
    const hostile = runs(said, blocks)
    expect(hostile.length).toBeLessThan(blocks > 1000 ? 140_000 : 1024)
    expect(readFrameHeader(hostile)?.bytes).toBe(said)
    const old = noise(1000, 13)
    const before = process.memoryUsage().rss
    const began = performance.now()
    for (const codec of CODECS) expect(await saysOf(apply(codec, hostile, old, old))).toBe('tampered')
    expect(process.memoryUsage().rss - before).toBeLessThan(64 << 20)
    expect(performance.now() - began).toBeLessThan(2000)
  })

  test('that wants a window of gigabytes gets none', async () => {
    // Frame header without single segment: window descriptor 0xa8 is 2^31 bytes, content length in 4 bytes.
    const wide = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x80, 0xa8, 0xe8, 3, 0, 0, 1, 0, 0)
    expect(readFrameHeader(wide)).toEqual({ bytes: 1000, window: 2 ** 31 })
    expect(await saysOf(apply('zstd', wide, noise(1000, 13), noise(1000, 13)))).toBe('tampered')
  })

  test.each([new Uint8Array(), Uint8Array.of(1, 2, 3), new Uint8Array(100)])(
    'that is none is refused',
    async junk => {
      for (const codec of CODECS)
        expect(await saysOf(apply(codec, junk, noise(10, 1), noise(10, 2)))).toBe('tampered')
    },
  )

  test('of an empty file is none, and one that makes an empty file is applied', async () => {
    const old = noise(10, 1)
    const patch = (await WAYS.zstd.make(new Uint8Array(), old)) as Uint8Array
    expect((await apply('zstd', patch, old, new Uint8Array())).length).toBe(0)
  })
})

test('this Node uses dictionaries', () => {
  expect(() => checkZstd()).not.toThrow()
})

/** The zstd of the system; in CI it must be there. */
const zstd = (() => {
  try {
    return execFileSync('zstd', ['--version'], { encoding: 'utf8' }).trim()
  } catch {
    return null
  }
})()
if (!zstd && process.env.CI) throw new Error('zstd is not installed: patches cannot be compared with it')
if (!zstd) console.warn('skipped: zstd is not installed, so patches are not compared with it')

describe.skipIf(!zstd)('the zstd program', () => {
  const at = (name: string) => join(folder, name)
  const old = noise(300_000, 20)
  const next = Buffer.concat([tuned(old, 21, 1).subarray(0, 1000), old.subarray(1000), noise(77, 22)])

  test('opens our patches', async () => {
    writeFileSync(at('old'), old)
    writeFileSync(at('patch.zst'), (await WAYS.zstd.make(next, old)) as Uint8Array)
    execFileSync('zstd', ['-q', '-d', '-f', '--patch-from', at('old'), at('patch.zst'), '-o', at('out')])
    expect(readFileSync(at('out')).equals(next)).toBe(true)
  })

  test('makes patches that we open', async () => {
    writeFileSync(at('old'), old)
    writeFileSync(at('next'), next)
    execFileSync('zstd', ['-q', '-f', '--patch-from', at('old'), at('next'), '-o', at('theirs.zst')])
    const theirs = readFileSync(at('theirs.zst'))
    expect(theirs.length).toBeLessThan(3000)
    expect(Buffer.from(await apply('zstd', theirs, old, next)).equals(next)).toBe(true)
  })

  test('opens the frame inside of the other codecs', async () => {
    const same = tuned(old, 23, 1)
    writeFileSync(at('sub.zst'), (await WAYS.sub.make(same, old)) as Uint8Array)
    execFileSync('zstd', ['-q', '-d', '-f', at('sub.zst'), '-o', at('sub')])
    expect(
      readFileSync(at('sub')).every(
        (value, i) => value === (((same[i] as number) - (old[i] as number)) & 255),
      ),
    ).toBe(true)
  })
})
