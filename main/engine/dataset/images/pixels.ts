import { readFile } from 'node:fs/promises'
import type { Cell, Hash } from '#contract'
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

/** What a picture becomes, byte by byte: how large, and of how many channels. */
export type PictureShape = Pick<PixelsWanted, 'width' | 'height' | 'channels'>

/**
 * Decodes a picture and brings it to a size: turned as its camera says, stretched to the size by Lanczos (3 lobes),
 * what is seen through dropped, in sRGB or gray. The same content gives the same bytes everywhere that pixels are used.
 * @returns row by row, the channels of a pixel side by side; null where it cannot be decoded
 */
export async function decodePicture(
  content: Uint8Array,
  { width, height, channels }: PictureShape,
): Promise<Uint8Array | null> {
  const library = await loadSharp()
  try {
    const { data, info } = await decoding(failOn => {
      const image = library(content, { failOn, limitInputPixels: MOST_PIXELS })
        .autoOrient()
        .resize({ width, height, fit: 'fill' })
        .removeAlpha()
      const colored = channels === 1 ? image.grayscale() : image.toColorspace('srgb')
      return colored.raw().toBuffer({ resolveWithObject: true })
    })
    return info.channels === channels && data.length === width * height * channels ? data : null
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
