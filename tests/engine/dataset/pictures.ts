import { crc32, deflateSync } from 'node:zlib'
import sharp, { type Sharp } from 'sharp'
import { seeded } from '../../../main/engine/kit/index.ts'

/** How a picture is encoded. */
export type Encoded = 'png' | 'jpeg' | 'webp'

const encoded = (picture: Sharp, as: Encoded, quality = 85): Promise<Buffer> =>
  (as === 'png'
    ? picture.png()
    : as === 'jpeg'
      ? picture.jpeg({ quality })
      : picture.webp({ quality })
  ).toBuffer()

/** Circles, boxes and stripes in colors; the same seed draws the same. */
export function shapes(
  seed: number,
  { width = 160, height = 120, as = 'jpeg' as Encoded, quality = 85 } = {},
): Promise<Buffer> {
  const random = seeded(seed)
  const color = () => `hsl(${Math.floor(random() * 360)} 70% ${20 + Math.floor(random() * 60)}%)`
  const drawn = Array.from({ length: 9 }, () => {
    const [x, y, size] = [random() * 160, random() * 120, 12 + random() * 50]
    return random() < 0.5
      ? `<circle cx="${x}" cy="${y}" r="${size / 2}" fill="${color()}"/>`
      : `<rect x="${x - size / 2}" y="${y - size / 2}" width="${size}" height="${size * random()}" fill="${color()}"/>`
  })
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 160 120" width="${width}" height="${height}"><rect width="160" height="120" fill="${color()}"/>${drawn.join('')}</svg>`
  return encoded(sharp(Buffer.from(svg)).flatten({ background: '#fff' }), as, quality)
}

/** Pixels of any value. */
export function noise(
  seed: number,
  { width = 160, height = 120, as = 'jpeg' as Encoded } = {},
): Promise<Buffer> {
  const random = seeded(seed)
  const pixels = Buffer.from(Array.from({ length: width * height * 3 }, () => Math.floor(random() * 256)))
  return encoded(sharp(pixels, { raw: { width, height, channels: 3 } }), as)
}

/** One color. */
export const plain = ({
  width = 64,
  height = 48,
  color = '#808080',
  as = 'png' as Encoded,
} = {}): Promise<Buffer> => encoded(sharp({ create: { width, height, channels: 3, background: color } }), as)

/** A PNG of a few bytes that claims to be of any size. */
export function bomb(width: number, height: number): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
    const whole = Buffer.alloc(body.length + 8)
    whole.writeUInt32BE(data.length, 0)
    body.copy(whole, 4)
    whole.writeUInt32BE(crc32(body), body.length + 4)
    return whole
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 2, 0, 0, 0], 8)
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.alloc(1 << 12))),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

/** Bits in which two hashes of 16 hexadecimal digits differ. */
export function distance(a: string, b: string): number {
  let bits = BigInt(`0x${a}`) ^ BigInt(`0x${b}`)
  let count = 0
  for (; bits; bits >>= 1n) count += Number(bits & 1n)
  return count
}
