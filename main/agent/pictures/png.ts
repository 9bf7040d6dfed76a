import { crc32, inflateSync } from 'node:zlib'
import type { Picture } from '../../engine/encoding/index.ts'
import { orientationIn, turned } from './orientation.ts'
import { CUT_OFF, checkSize, DAMAGED, Refusal } from './refusal.ts'

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex')

export const isPng = (bytes: Buffer): boolean => bytes.subarray(0, 8).equals(SIGNATURE)

/** Samples of a pixel by color type, and the depths that it may have (ISO/IEC 15948, 11.2.2). */
const COLORS: Record<number, { samples: number; depths: number[] }> = {
  0: { samples: 1, depths: [1, 2, 4, 8, 16] },
  2: { samples: 3, depths: [8, 16] },
  3: { samples: 1, depths: [1, 2, 4, 8] },
  4: { samples: 2, depths: [8, 16] },
  6: { samples: 4, depths: [8, 16] },
}
const PALETTE = 3

/** Where the passes of an interlaced picture begin, and their steps: Adam7; a plain one is one pass. */
const PLAIN = [[0, 0, 1, 1]] as const
const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const

interface Head {
  width: number
  height: number
  depth: number
  color: number
  samples: number
  isInterlaced: boolean
}

/** What stands in front of the pixels, which are still packed. */
export interface PngFile {
  head: Head
  palette: Buffer | null
  orientation: number
  packed: Buffer[]
}

function headOf(chunk: Buffer): Head {
  if (chunk.length !== 13) throw new Refusal(DAMAGED)
  const [width, height] = [chunk.readUInt32BE(0), chunk.readUInt32BE(4)]
  const [depth, color, compression, filter, interlace] = chunk.subarray(8) as unknown as number[]
  const known = COLORS[color as number]
  if (!known?.depths.includes(depth as number) || compression || filter || (interlace as number) > 1)
    throw new Refusal(DAMAGED)
  checkSize(width, height)
  return {
    width,
    height,
    depth: depth as number,
    color: color as number,
    samples: known.samples,
    isInterlaced: interlace === 1,
  }
}

/**
 * Reads what a PNG says before its pixels, and checks that all of it is there.
 * @throws Refusal
 */
export function readPng(bytes: Buffer): PngFile {
  let head: Head | null = null
  let palette: Buffer | null = null
  let orientation = 1
  const packed: Buffer[] = []
  for (let at = SIGNATURE.length; ; ) {
    if (at + 12 > bytes.length) throw new Refusal(CUT_OFF)
    const end = at + 8 + bytes.readUInt32BE(at)
    if (end + 4 > bytes.length) throw new Refusal(CUT_OFF)
    const type = bytes.toString('latin1', at + 4, at + 8)
    const chunk = bytes.subarray(at + 8, end)
    // Small letters begin what a reader may leave out.
    const isCritical = type < 'a'
    if (isCritical && crc32(bytes.subarray(at + 4, end)) !== bytes.readUInt32BE(end))
      throw new Refusal(DAMAGED)
    if (!head && type !== 'IHDR') throw new Refusal(DAMAGED)
    if (type === 'IHDR') head = headOf(chunk)
    else if (type === 'PLTE') palette = chunk
    else if (type === 'eXIf') orientation = orientationIn(chunk)
    else if (type === 'IDAT') packed.push(chunk)
    else if (type === 'IEND') break
    else if (isCritical) throw new Refusal(DAMAGED)
    at = end + 4
  }
  if (!head || !packed.length) throw new Refusal(DAMAGED)
  if (head.color === PALETTE && !palette) throw new Refusal(DAMAGED)
  return { head, palette, orientation, packed }
}

interface Pass {
  x: number
  y: number
  stepX: number
  stepY: number
  width: number
  height: number
  /** Bytes of a line, without the filter that stands before it. */
  line: number
}

function passesOf({ width, height, depth, samples, isInterlaced }: Head): Pass[] {
  return (isInterlaced ? ADAM7 : PLAIN)
    .map(([x, y, stepX, stepY]) => {
      const across = Math.ceil((width - x) / stepX)
      const down = Math.ceil((height - y) / stepY)
      return {
        x,
        y,
        stepX,
        stepY,
        width: across,
        height: down,
        line: Math.ceil((across * samples * depth) / 8),
      }
    })
    .filter(pass => pass.width > 0 && pass.height > 0)
}

/**
 * Decodes a PNG (ISO/IEC 15948). No more is unpacked than its size says.
 * @throws Refusal
 */
export function decodePng({ head, palette, orientation, packed }: PngFile): Picture {
  const passes = passesOf(head)
  const expected = passes.reduce((sum, { line, height }) => sum + (line + 1) * height, 0)
  const lines = unpacked(packed, expected)
  const data = new Uint8Array(head.width * head.height * 3)
  let at = 0
  for (const pass of passes) {
    unfilter(lines, at, pass, Math.ceil((head.samples * head.depth) / 8))
    paint(head, palette, lines, at, pass, data)
    at += (pass.line + 1) * pass.height
  }
  return turned({ width: head.width, height: head.height, channels: 3, data }, orientation)
}

function unpacked(packed: Buffer[], expected: number): Buffer {
  let lines: Buffer
  try {
    lines = inflateSync(Buffer.concat(packed), { maxOutputLength: expected })
  } catch (error) {
    const isShort = (error as NodeJS.ErrnoException).code === 'Z_BUF_ERROR'
    throw new Refusal(isShort ? CUT_OFF : DAMAGED)
  }
  if (lines.length < expected) throw new Refusal(CUT_OFF)
  return lines
}

/** Takes the filters of a pass away, in place (9.2). */
function unfilter(bytes: Buffer, from: number, { line, height }: Pass, pixel: number): void {
  for (let y = 0; y < height; y++) {
    const start = from + y * (line + 1) + 1
    const above = y === 0 ? -1 : start - line - 1
    const filter = bytes[start - 1] as number
    if (filter > 4) throw new Refusal(DAMAGED)
    if (filter === 0) continue
    for (let i = 0; i < line; i++) {
      const left = i < pixel ? 0 : (bytes[start + i - pixel] as number)
      const up = above < 0 ? 0 : (bytes[above + i] as number)
      const corner = above < 0 || i < pixel ? 0 : (bytes[above + i - pixel] as number)
      bytes[start + i] =
        (bytes[start + i] as number) +
        (filter === 1 ? left : filter === 2 ? up : filter === 3 ? (left + up) >> 1 : paeth(left, up, corner))
    }
  }
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)]
  return a <= b && a <= c ? left : b <= c ? up : corner
}

/** Puts the pixels of a pass into their places as red, green and blue; of 16 bits the upper 8 count. */
function paint(
  { width, depth, color, samples }: Head,
  palette: Buffer | null,
  bytes: Buffer,
  from: number,
  pass: Pass,
  data: Uint8Array,
): void {
  const most = 2 ** depth - 1
  const isGray = samples < 3
  for (let y = 0; y < pass.height; y++) {
    const start = from + y * (pass.line + 1) + 1
    let to = ((pass.y + y * pass.stepY) * width + pass.x) * 3
    for (let x = 0; x < pass.width; x++, to += pass.stepX * 3) {
      if (depth < 8) {
        const bit = x * depth
        const value = ((bytes[start + (bit >> 3)] as number) >> (8 - depth - (bit & 7))) & most
        if (color === PALETTE) fromPalette(palette as Buffer, value, data, to)
        else data.fill((value * 255) / most, to, to + 3)
        continue
      }
      const wide = depth >> 3
      const at = start + x * samples * wide
      if (color === PALETTE) fromPalette(palette as Buffer, bytes[at] as number, data, to)
      else {
        data[to] = bytes[at] as number
        data[to + 1] = bytes[isGray ? at : at + wide] as number
        data[to + 2] = bytes[isGray ? at : at + 2 * wide] as number
      }
    }
  }
}

function fromPalette(palette: Buffer, nth: number, data: Uint8Array, to: number): void {
  if (nth * 3 + 3 > palette.length) throw new Refusal(DAMAGED)
  for (let channel = 0; channel < 3; channel++) data[to + channel] = palette[nth * 3 + channel] as number
}
