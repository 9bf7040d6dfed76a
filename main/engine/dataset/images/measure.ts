import type sharp from 'sharp'
import { perceptualHash } from './perceptual.ts'

/** What is known of a picture from its bytes. */
export interface Facts {
  /** Pixels, as the picture is seen: a rotation in its EXIF data is followed. */
  width: number | null
  height: number | null
  /** Of the file, transparency counted. */
  channels: number | null
  format: string | null
  /** Mean luma, 0 to 1 (ITU-R BT.601, `0.299 R + 0.587 G + 0.114 B`). */
  brightness: number | null
  /** Standard deviation of luma, 0 to 0.5. */
  contrast: number | null
  /** Variance of the Laplacian (4 neighbors) of luma from 0 to 255; small: blurred. */
  sharpness: number | null
  /** See `perceptualHash`. */
  hash: string | null
  /** Why it cannot be read; null: it can. */
  problem: string | null
}

/** The number of the way pictures are measured: a change of what comes out raises it, and none are taken over. */
export const MEASURING = 1

/** Luma, contrast and sharpness are measured with the longer side at most so long, so that they can be compared. */
const MEASURED_SIDE = 512
/** A picture of more pixels is not decoded: a few bytes may claim any size. */
export const MOST_PIXELS = 128_000_000
const SECONDS = 60

let loaded: Promise<typeof sharp> | undefined
/** The decoder, loaded when the first picture comes. One thread a picture: several are decoded at once. */
export const loadSharp = (): Promise<typeof sharp> => {
  loaded ??= import('sharp').then(({ default: library }) => {
    library.concurrency(1)
    library.cache(false)
    return library
  })
  return loaded
}

const nothing: Facts = {
  width: null,
  height: null,
  channels: null,
  format: null,
  brightness: null,
  contrast: null,
  sharpness: null,
  hash: null,
  problem: null,
}

export const unreadable = (problem: string): Facts => ({ ...nothing, problem })

const number = (count: number) => count.toLocaleString('en')

/** What bytes are that the decoder does not know. */
function strangerOf(bytes: Uint8Array): string {
  const head = Buffer.from(bytes.subarray(0, 512))
  const mark = head.toString('latin1')
  if (mark.startsWith('BM')) return 'BMP pictures are not read; save it as PNG.'
  if (mark.startsWith('%PDF')) return 'It is a PDF, not a picture.'
  if (/^\s*(<!doctype html|<html)/i.test(mark)) return 'It is a web page, not a picture.'
  if (mark.slice(4, 12).match(/^ftyp(hei|hev|mif1)/)) return 'HEIC pictures are not read; save it as JPEG.'
  if (!head.some(byte => byte < 9 || (byte > 13 && byte < 32 && byte !== 27)))
    return 'It is text, not a picture.'
  return 'It is not a picture, or of a kind that is not read.'
}

/** How pictures that are read begin. */
const KNOWN = /^(\xff\xd8\xff|\x89PNG|GIF8|RIFF[\s\S]{4}WEBP|II\*\0|MM\0\*|[\s\S]{4}ftypavi|\s*<(\?xml|svg))/

/** A JPEG or a PNG whose mark at the end is not there. */
function isCutOff(bytes: Uint8Array): boolean {
  const [head, tail] = [bytes.subarray(0, 8), bytes.subarray(-4096)].map(part =>
    Buffer.from(part).toString('latin1'),
  ) as [string, string]
  if (head.startsWith('\xff\xd8\xff')) return !tail.includes('\xff\xd9')
  return head.startsWith('\x89PNG') && !tail.includes('IEND')
}

/**
 * Words for why a picture cannot be decoded. The bytes come first: the decoder keeps one message for all its threads, so
 * that what it says may be of a picture beside this one.
 */
function problemOf(error: unknown, bytes: Uint8Array): string {
  const said = error instanceof Error ? error.message : String(error)
  if (!KNOWN.test(Buffer.from(bytes.subarray(0, 64)).toString('latin1'))) return strangerOf(bytes)
  if (isCutOff(bytes)) return 'It is cut off: its end is missing.'
  if (/unsupported image format/i.test(said)) return strangerOf(bytes)
  if (/pixel limit/i.test(said))
    return `It has more than ${number(MOST_PIXELS)} pixels, so it is not decoded.`
  if (/timeout/i.test(said)) return `It takes longer than ${SECONDS} seconds to decode.`
  if (
    /premature|truncat|unexpected end|end of (file|stream|image)|not enough|insufficient|IDAT stream/i.test(
      said,
    )
  )
    return 'It is cut off: its end is missing.'
  return 'It is damaged: its data cannot be decoded.'
}

/** Bytes in front of a marker that mean nothing are in many pictures that are whole. */
const isHarmless = (error: unknown) => error instanceof Error && /extraneous bytes/i.test(error.message)

/** How strictly a picture is decoded: what most viewers would show with gray or garbled parts is refused. */
export async function decoding<T>(decode: (failOn: 'warning' | 'error') => Promise<T>): Promise<T> {
  try {
    return await decode('warning')
  } catch (error) {
    if (!isHarmless(error)) throw error
    return decode('error')
  }
}

/** Memory that is used again for each picture, so that the collector of garbage has nothing to do. */
const scratch = new Float64Array(MEASURED_SIDE * MEASURED_SIDE)

/** Luma of pixels of one or three channels; it is overwritten by the next call. */
function lumaOf(pixels: Uint8Array, channels: number): Float64Array {
  const luma = scratch.subarray(0, pixels.length / channels)
  for (let at = 0, from = 0; at < luma.length; at++, from += channels)
    luma[at] =
      channels < 3
        ? (pixels[from] as number)
        : 0.299 * (pixels[from] as number) +
          0.587 * (pixels[from + 1] as number) +
          0.114 * (pixels[from + 2] as number)
  return luma
}

/** Mean and variance of luma, and the variance of its Laplacian over all inner pixels. */
function spreadOf(luma: Float64Array, width: number, height: number) {
  let sum = 0
  let squares = 0
  for (let at = 0; at < luma.length; at++) {
    const value = luma[at] as number
    sum += value
    squares += value * value
  }
  const mean = sum / luma.length
  let edges = 0
  let edgeSquares = 0
  for (let y = 1; y < height - 1; y++) {
    const end = (y + 1) * width - 1
    for (let at = y * width + 1; at < end; at++) {
      const edge =
        (luma[at - 1] as number) +
        (luma[at + 1] as number) +
        (luma[at - width] as number) +
        (luma[at + width] as number) -
        4 * (luma[at] as number)
      edges += edge
      edgeSquares += edge * edge
    }
  }
  const inner = Math.max(0, width - 2) * Math.max(0, height - 2)
  return {
    mean,
    variance: Math.max(0, squares / luma.length - mean * mean),
    laplacian: inner ? Math.max(0, edgeSquares / inner - (edges / inner) ** 2) : null,
  }
}

const rounded = (value: number, digits: number) => Number(value.toFixed(digits))

/** Measures a picture. It never throws for what is in the bytes: what cannot be read has its problem. */
export async function measure(bytes: Uint8Array): Promise<Facts> {
  if (!bytes.length) return unreadable('It is empty (0 bytes).')
  const library = await loadSharp()
  const facts = { ...nothing }
  try {
    const meta = await library(bytes, { limitInputPixels: false }).metadata()
    const { width, height } = meta.autoOrient
    Object.assign(facts, { width, height, channels: meta.channels, format: meta.format })
    if (width * height > MOST_PIXELS)
      return {
        ...facts,
        problem: `It has ${number(width)} × ${number(height)} pixels; more than ${number(MOST_PIXELS)} are not decoded.`,
      }
    const { data, info } = await decoding(failOn =>
      library(bytes, { failOn, limitInputPixels: MOST_PIXELS })
        .autoOrient()
        .resize({ width: MEASURED_SIDE, height: MEASURED_SIDE, fit: 'inside', withoutEnlargement: true })
        .flatten({ background: '#ffffff' })
        .toColourspace('srgb')
        .timeout({ seconds: SECONDS })
        .raw()
        .toBuffer({ resolveWithObject: true }),
    )
    const luma = lumaOf(data, info.channels)
    const { mean, variance, laplacian } = spreadOf(luma, info.width, info.height)
    return {
      ...facts,
      brightness: rounded(mean / 255, 4),
      contrast: rounded(Math.sqrt(variance) / 255, 4),
      sharpness: laplacian === null ? null : rounded(laplacian, 2),
      hash: perceptualHash(luma, info.width, info.height),
    }
  } catch (error) {
    return { ...facts, problem: problemOf(error, bytes) }
  }
}
