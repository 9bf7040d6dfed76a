import { crc32, deflateSync } from 'node:zlib'
import type { ImageFeature } from '../encoding/index.ts'

/** Bytes of a picture as a device sends it: row by row, the channels of a pixel side by side. */
export interface Pixels {
  width: number
  height: number
  channels: 1 | 3
  data: Uint8Array
}

/**
 * The picture in a captured instance: lists of values from 0 to 255, nested or one after another, or base64 of the
 * bytes; null where it is none of the size.
 */
export function pixelsOf(
  instance: unknown,
  { name, width, height, channels }: Pick<ImageFeature, 'name' | 'width' | 'height' | 'channels'>,
): Pixels | null {
  // A model that takes nothing but a picture is sent it alone, or under whatever name.
  const [only, ...others] = isObject(instance) && !('b64' in instance) ? Object.values(instance) : []
  const picture =
    isObject(instance) && name in instance ? instance[name] : others.length ? null : (only ?? instance)
  const size = width * height * channels
  const values =
    isObject(picture) && typeof picture.b64 === 'string'
      ? Buffer.from(picture.b64, 'base64')
      : Array.isArray(picture)
        ? (picture.flat(Number.POSITIVE_INFINITY) as unknown[])
        : null
  if (!values || values.length !== size) return null
  const data = new Uint8Array(size)
  for (let i = 0; i < size; i++) {
    const value = values[i]
    if (typeof value !== 'number' || !(value >= 0 && value <= 255)) return null
    data[i] = Math.round(value)
  }
  return { width, height, channels, data }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value)

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex')
/** Color types of PNG: gray, and red, green and blue. */
const COLOR = { 1: 0, 3: 2 } as const

/** Writes a picture as PNG (ISO/IEC 15948): 8 bits a channel, no filter, one piece of data. */
export function pngOf({ width, height, channels, data }: Pixels): Buffer {
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(height, 4)
  head.set([8, COLOR[channels], 0, 0, 0], 8)
  const line = width * channels
  const lines = Buffer.alloc(height * (line + 1))
  for (let y = 0; y < height; y++) lines.set(data.subarray(y * line, (y + 1) * line), y * (line + 1) + 1)
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(lines)),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const out = Buffer.alloc(body.length + 8)
  out.writeUInt32BE(data.length, 0)
  out.set(body, 4)
  out.writeUInt32BE(crc32(body), body.length + 4)
  return out
}
