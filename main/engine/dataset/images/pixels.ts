import { readFile } from 'node:fs/promises'
import type { Cell, Hash } from '#contract'
import { fitPicture, type PictureShape } from '../../encoding/index.ts'
import type { Store } from '../../store/index.ts'
import { decoding, loadSharp, MOST_PIXELS } from './measure.ts'

/** How pictures are brought to one size. */
export interface PixelsWanted {
  width: number
  height: number
  /** 1: gray, 3: red, green, blue. */
  channels: 1 | 3
  /** At most so many pictures. */
  most: number
  signal?: AbortSignal | undefined
}

/** Pictures of one size, one after another, each row by row, its channels side by side; values 0 to 255. */
export interface Pixels {
  rows: number
  data: Uint8Array
}

/** Pixels that are decoded at a time, whole and beside each other; a larger picture goes alone. */
const MOST_HELD = 64_000_000
let held = 0
const waiting: (() => void)[] = []

async function holding<T>(pixels: number, run: () => Promise<T>): Promise<T> {
  while (held > 0 && held + pixels > MOST_HELD) await new Promise<void>(resolve => waiting.push(resolve))
  held += pixels
  try {
    return await run()
  } finally {
    held -= pixels
    for (const go of waiting.splice(0)) go()
  }
}

/**
 * Decodes a picture and brings it to a size: turned as its camera says, what is seen through dropped, its values taken
 * as they stand, whatever profile of colors comes with them (as TensorFlow does), and fitted by `fitPicture`. A device
 * does the same with a PNG or a JPEG, and comes to the same bytes.
 * @returns row by row, the channels of a pixel side by side; null where it cannot be decoded
 */
export async function decodePicture(content: Uint8Array, shape: PictureShape): Promise<Uint8Array | null> {
  const library = await loadSharp()
  const options = { limitInputPixels: MOST_PIXELS, ignoreIcc: true }
  try {
    const { width = 0, height = 0 } = await library(content, options).metadata()
    return await holding(width * height, async () => {
      const { data, info } = await decoding(failOn =>
        library(content, { ...options, failOn })
          .autoOrient()
          .removeAlpha()
          .toColorspace('srgb')
          .raw()
          .toBuffer({ resolveWithObject: true }),
      )
      const { width, height, channels } = info
      return channels === 3 ? fitPicture({ width, height, channels, data }, shape) : null
    })
  } catch {
    // The import has said already which pictures cannot be read.
    return null
  }
}

/** Decodes pictures by their content; those that cannot be decoded are left out. */
export async function pixelsOf(
  store: Store,
  batches: AsyncIterable<{ columns: readonly ArrayLike<Cell>[] }>,
  { width, height, channels, most, signal }: PixelsWanted,
): Promise<Pixels> {
  const size = width * height * channels
  const parts: Uint8Array[] = []
  for await (const { columns } of batches)
    for (const blob of Array.from(columns[0] ?? [])) {
      if (parts.length >= most) return joined(parts, size)
      signal?.throwIfAborted()
      if (typeof blob !== 'string' || !store.blobs.has(blob as Hash)) continue
      const content = await readFile(store.blobs.path(blob as Hash))
      const pixels = await decodePicture(content, { width, height, channels })
      if (pixels) parts.push(pixels)
    }
  return joined(parts, size)
}

function joined(parts: Uint8Array[], size: number): Pixels {
  const data = new Uint8Array(parts.length * size)
  for (const [i, part] of parts.entries()) data.set(part, i * size)
  return { rows: parts.length, data }
}
