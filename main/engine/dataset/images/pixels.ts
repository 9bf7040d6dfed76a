import { readFile } from 'node:fs/promises'
import type { Cell, Hash } from '#contract'
import type { Store } from '../../store/index.ts'
import { loadSharp, MOST_PIXELS } from './measure.ts'

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

/** Decodes pictures by their content; those that cannot be decoded are left out. */
export async function pixelsOf(
  store: Store,
  batches: AsyncIterable<{ columns: readonly ArrayLike<Cell>[] }>,
  { width, height, channels, most, signal }: PixelsWanted,
): Promise<Pixels> {
  const library = await loadSharp()
  const size = width * height * channels
  const parts: Buffer[] = []
  for await (const { columns } of batches)
    for (const blob of Array.from(columns[0] ?? [])) {
      if (parts.length >= most) return joined(parts, size)
      signal?.throwIfAborted()
      if (typeof blob !== 'string' || !store.blobs.has(blob as Hash)) continue
      try {
        const image = library(await readFile(store.blobs.path(blob as Hash)), {
          limitInputPixels: MOST_PIXELS,
        })
          .autoOrient()
          .resize({ width, height, fit: 'fill' })
          .removeAlpha()
        const colored = channels === 1 ? image.grayscale() : image.toColorspace('srgb')
        const { data, info } = await colored.raw().toBuffer({ resolveWithObject: true })
        if (info.channels === channels && data.length === size) parts.push(data)
      } catch {
        // The import has said already which pictures cannot be read.
      }
    }
  return joined(parts, size)
}

function joined(parts: Buffer[], size: number): Pixels {
  const data = new Uint8Array(parts.length * size)
  for (const [i, part] of parts.entries()) data.set(part, i * size)
  return { rows: parts.length, data }
}
