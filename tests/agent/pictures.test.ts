import { crc32, deflateSync } from 'node:zlib'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { openPicture } from '../../main/agent/pictures/index.ts'
import { decodePicture } from '../../main/engine/dataset/images/pixels.ts'
import { encodeInstances, type ImageFeature, PictureFile } from '../../main/engine/encoding/index.ts'
import { FailureError } from '../../main/engine/kit/index.ts'

const feature = (width: number, height: number, channels: 1 | 3): ImageFeature => ({
  kind: 'image',
  name: 'photo',
  width,
  height,
  channels,
  scale: '0..255',
  resize: 'stretch',
})

/** A picture with edges, slopes and noise, always the same. */
function drawn(width: number, height: number, channels: number): Buffer {
  let seed = 7
  return Buffer.from(
    Uint8Array.from({ length: width * height * channels }, (_, i) => {
      const at = Math.floor(i / channels)
      const [x, y] = [at % width, Math.floor(at / width)]
      seed = (seed * 1103515245 + 12345) & 0x7fffffff
      const edge = x > width / 3 && y < height / 2 ? 90 : 0
      return (edge + x * 2 + y * 3 + (i % channels) * 40 + ((seed >> 16) & 31)) & 255
    }),
  )
}

const image = (width: number, height: number, channels: 1 | 2 | 3 | 4 = 3) =>
  sharp(drawn(width, height, channels), { raw: { width, height, channels } })

const SHAPES = [feature(32, 32, 3), feature(20, 11, 1), feature(90, 70, 3)]

/** What the device makes of a file is what training does, byte by byte. */
async function sameAsTraining(file: Buffer): Promise<void> {
  const value = { b64: file.toString('base64') }
  for (const shape of SHAPES) {
    const made = await openPicture(value, shape, 0)
    expect(made).toBeInstanceOf(PictureFile)
    const wanted = await decodePicture(file, shape)
    expect(wanted).not.toBeNull()
    expect(Buffer.from((made as PictureFile).b64, 'base64').equals(wanted as Uint8Array)).toBe(true)
  }
}

const SIZES = [
  [61, 47],
  [32, 32],
  [200, 9],
  [1, 1],
] as const

describe('a device decodes as training does', () => {
  test.each(['4:2:0', '4:4:4'])('JPEG, %s, in one scan or many, color and gray', async chromaSubsampling => {
    for (const [width, height] of SIZES)
      for (const progressive of [false, true])
        for (const isGray of [false, true]) {
          const one = isGray ? image(width, height).grayscale() : image(width, height)
          await sameAsTraining(await one.jpeg({ quality: 80, chromaSubsampling, progressive }).toBuffer())
        }
  })

  test('PNG of every color type and depth, interlaced and not', async () => {
    for (const [width, height] of SIZES) {
      for (const channels of [1, 2, 3, 4] as const)
        for (const progressive of [false, true])
          for (const adaptiveFiltering of [false, true])
            await sameAsTraining(
              await image(width, height, channels).png({ progressive, adaptiveFiltering }).toBuffer(),
            )
      for (const colors of [2, 4, 16, 200])
        for (const progressive of [false, true])
          await sameAsTraining(
            await image(width, height).png({ palette: true, colors, progressive }).toBuffer(),
          )
    }
    for (const [color, depths] of Object.entries({ 0: [1, 2, 4, 8, 16], 2: [8, 16], 4: [8, 16], 6: [8, 16] }))
      for (const depth of depths) await sameAsTraining(png({ color: Number(color), depth }))
  })

  test('a picture that its camera says to turn', async () => {
    for (let orientation = 1; orientation <= 8; orientation++) {
      const turned = () => image(61, 47).withMetadata({ orientation })
      await sameAsTraining(await turned().jpeg().toBuffer())
      await sameAsTraining(await turned().png().toBuffer())
    }
  })

  test('a profile of colors changes nothing', async () => {
    const plain = await image(40, 30).png().toBuffer()
    const profiled = await image(40, 30).withIccProfile('p3').png().toBuffer()
    expect(profiled.length).toBeGreaterThan(plain.length)
    await sameAsTraining(profiled)
    await sameAsTraining(await image(40, 30).withIccProfile('p3').jpeg().toBuffer())
  })
})

const SAMPLES: Record<number, number> = { 0: 1, 2: 3, 4: 2, 6: 4 }

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const out = Buffer.alloc(body.length + 8)
  out.writeUInt32BE(data.length, 0)
  out.set(body, 4)
  out.writeUInt32BE(crc32(body), body.length + 4)
  return out
}

interface Made {
  color?: number
  depth?: number
  width?: number
  height?: number
  /** In place of the lines that its size wants. */
  lines?: Buffer
  head?: (head: Buffer) => void
}

/** A PNG by hand, its lines with every filter. */
function png({ color = 2, depth = 8, width = 37, height = 23, lines, head: change }: Made = {}): Buffer {
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(height, 4)
  head.set([depth, color], 8)
  change?.(head)
  const line = Math.ceil((width * (SAMPLES[color] ?? 1) * depth) / 8) + 1
  const plain = lines ?? drawn(line, height, 1)
  if (!lines) for (let y = 0; y < height; y++) plain[y * line] = y % 5
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(plain)),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

const shape = feature(8, 8, 3)
const asked = (file: Buffer) => openPicture({ b64: file.toString('base64') }, shape, 2)

async function refusal(file: Buffer): Promise<string> {
  try {
    await asked(file)
  } catch (error) {
    if (!(error instanceof FailureError)) throw error
    expect(error.failure.code).toBe('bad-input')
    expect(error.failure.remedy).toContain('PNG or a JPEG')
    return error.failure.message
  }
  throw new Error('it was taken')
}

describe('a picture that is none', () => {
  test('one that is cut off anywhere is refused', async () => {
    for (const file of [await image(61, 47).jpeg().toBuffer(), await image(61, 47).png().toBuffer()])
      for (const share of [0.02, 0.1, 0.5, 0.9, 0.999]) {
        const part = file.subarray(0, Math.max(12, Math.floor(file.length * share)))
        expect(await refusal(part)).toBe('Row 3: the picture "photo" is cut off: its end is missing.')
      }
  })

  test('one that claims a size is refused before its size is taken', async () => {
    const before = process.memoryUsage().rss
    const large = png({ lines: Buffer.alloc(10), head: head => head.writeUInt32BE(2_000_000_000, 0) })
    expect(await refusal(large)).toContain('2000000000 × 23 pixels, and at most 25,000,000')
    const jpeg = await image(61, 47).jpeg().toBuffer()
    const frame = jpeg.indexOf(Buffer.from('ffc0', 'hex'))
    jpeg.writeUInt16BE(65_000, frame + 5)
    jpeg.writeUInt16BE(65_000, frame + 7)
    expect(await refusal(jpeg)).toContain('65000 × 65000 pixels')
    jpeg.writeUInt16BE(0, frame + 5)
    expect(await refusal(jpeg)).toContain('has no pixels')
    // A few kilobytes that unpack to a quarter of a gigabyte.
    expect(await refusal(png({ lines: Buffer.alloc(1 << 28) }))).toContain('damaged')
    expect(process.memoryUsage().rss - before).toBeLessThan(600 << 20)
  })

  test('one whose bytes were changed is refused, and the next one is decoded', async () => {
    const good = await image(61, 47).jpeg().toBuffer()
    const file = await image(61, 47).png().toBuffer()
    file[60] = (file[60] as number) ^ 1
    expect(await refusal(file)).toContain('damaged')
    expect(await refusal(png({ lines: Buffer.alloc(23 * (37 * 3 + 1), 9) }))).toContain('damaged')
    expect(await refusal(png({ color: 5 }))).toContain('damaged')
    expect(await refusal(png({ color: 3 }))).toContain('damaged')
    const tables = Buffer.from(good)
    tables.fill(0xff, 180, 260)
    expect(await refusal(tables)).toMatch(/damaged|cut off/)
    await sameAsTraining(good)
  })

  test('no change of a byte makes the device fall over', async () => {
    const files = [await image(24, 18).jpeg().toBuffer(), await image(24, 18).png().toBuffer()]
    let seed = 3
    for (const file of files)
      for (let round = 0; round < 150; round++) {
        const bad = Buffer.from(file)
        for (let i = 0; i < 3; i++) {
          seed = (seed * 1103515245 + 12345) & 0x7fffffff
          bad[3 + (seed % (bad.length - 3))] = (seed >> 8) & 255
        }
        await asked(bad).then(
          made => expect(made).toBeTruthy(),
          error => expect(error).toBeInstanceOf(FailureError),
        )
      }
  })

  test('printing colors and endless scans are refused', async () => {
    const cmyk = await image(24, 18).toColorspace('cmyk').jpeg().toBuffer()
    expect(await refusal(cmyk)).toContain('CMYK')
    const jpeg = await image(24, 18).jpeg({ progressive: true }).toBuffer()
    const scan = Buffer.from('ffda0008010100003f00', 'hex')
    const many = Buffer.concat([jpeg.subarray(0, -2), ...new Array(200).fill(scan), jpeg.subarray(-2)])
    expect(await refusal(many)).toContain('more than 100 scans')
  })
})

test('a file gives each model what it takes, and is kept as the bytes that were asked', async () => {
  const file = await image(61, 47).jpeg().toBuffer()
  const made = (await asked(file)) as PictureFile
  expect(JSON.parse(JSON.stringify(made))).toEqual({ b64: made.b64 })
  for (const other of [shape, feature(5, 9, 1)]) {
    const transform = {
      format: 'edgewright-transform/1' as const,
      features: [other],
      leftOut: [],
      width: other.width * other.height * other.channels,
    }
    const [encoded, wanted] = [
      encodeInstances(transform, [{ photo: made }]),
      await decodePicture(file, other),
    ]
    expect([...encoded]).toEqual([...(wanted as Uint8Array)])
  }
})

test('what is no file stays as it is', async () => {
  for (const value of [null, 3, [1, 2], { b64: 'AAAA' }, { b64: 7 }, { b64: '' }])
    expect(await openPicture(value, shape, 0)).toBe(value)
})
