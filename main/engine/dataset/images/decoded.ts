import { readFile } from 'node:fs/promises'
import type { Hash } from '#contract'
import type { PictureShape } from '../../encoding/index.ts'
import { openPack, type Pack, type Store } from '../../store/index.ts'
import type { Batch } from '../duck.ts'
import { AT_A_TIME } from './identify.ts'
import { inOrder } from './inOrder.ts'
import { decodePicture } from './pixels.ts'

/** Rows of a version of pictures with what is in their pictures. */
export interface PictureBatch extends Batch {
  /** The content of each picture; null where its file was not there. */
  contents: (Hash | null)[]
  /** Bytes of each in the wanted shape; null where it cannot be decoded, or was not wanted. */
  pixels: (Uint8Array | null)[]
}

/** Pictures that are held at a time. */
const HELD = 64

/**
 * Decodes the pictures of rows, a few at a time. What was decoded once is kept, by content and shape, so that the next
 * who asks reads it.
 * @param batches rows whose last column is the picture's content; it is taken away
 * @param wanted decodes only these; default: all
 */
export async function* decoded(
  store: Store,
  batches: AsyncIterable<Batch>,
  shape: PictureShape,
  {
    wanted = () => true,
    signal,
  }: { wanted?: ((content: Hash) => boolean) | undefined; signal?: AbortSignal | undefined },
): AsyncGenerator<PictureBatch> {
  const { height, width, channels } = shape
  const pack: Pack | null = store.readOnly
    ? null
    : openPack(
        store.place('cache', 'pictures'),
        `fit-${height}x${width}x${channels}`,
        height * width * channels,
      )
  const pixelsOf = async (content: Hash | null): Promise<Uint8Array | null> => {
    signal?.throwIfAborted()
    if (content === null || !wanted(content)) return null
    const there = pack?.get(content)
    if (there) return there
    const made = await decodePicture(await readFile(store.blobs.path(content)), shape)
    if (made) pack?.put(content, made)
    return made
  }
  try {
    for await (const batch of batches)
      for (let from = 0; from < batch.rows; from += HELD) {
        const columns = batch.columns.map(cells => cells.slice(from, from + HELD))
        const contents = (columns.pop() ?? []).map(blob =>
          typeof blob === 'string' && /^[0-9a-f]{64}$/.test(blob) && store.blobs.has(blob as Hash)
            ? (blob as Hash)
            : null,
        )
        const pixels: (Uint8Array | null)[] = []
        for await (const one of inOrder(contents, AT_A_TIME, pixelsOf)) pixels.push(one)
        yield { rows: contents.length, columns, contents, pixels }
      }
  } finally {
    pack?.close()
  }
}
