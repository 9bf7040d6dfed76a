import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import type { Hash } from '#contract'
import { asHash, failureOf, hashFile, hashOf } from '../../kit/index.ts'
import { inOrder } from './inOrder.ts'
import type { Picture, Pictures } from './picture.ts'

/** Pictures that are worked on at a time: decoding waits for the disk and for its own threads. */
export const AT_A_TIME = availableParallelism() * 2
/** A larger file is not read as a whole. */
export const MOST_BYTES = 512 << 20

/** Reads the content of a picture's file and keeps its hash; null where it cannot be read, and why. */
export async function readPicture(picture: Picture, signal?: AbortSignal): Promise<Buffer | null> {
  signal?.throwIfAborted()
  try {
    const { size } = await stat(picture.file)
    picture.bytes = size
    if (size > MOST_BYTES) {
      picture.blob = await hashFile(picture.file, signal)
      return null
    }
    const bytes = await readFile(picture.file, { signal })
    picture.blob = hashOf(bytes)
    return bytes
  } catch (error) {
    signal?.throwIfAborted()
    picture.problem = failureOf(error).message
    return null
  }
}

/** The hash of all pictures, of their contents and of what is said of them. */
export async function identifyPictures(
  pictures: Pictures,
  signal?: AbortSignal,
  tell?: (share: number | null, step: string) => void,
): Promise<{ hash: Hash; bytes: number }> {
  const { list } = pictures
  const hash = createHash('sha256')
  let done = 0
  let bytes = 0
  const read = async (picture: Picture) => {
    if (picture.problem === undefined && !picture.blob) await readPicture(picture, signal)
    return picture
  }
  for await (const { path, label, split, boxes, blob, problem, bytes: size } of inOrder(
    list,
    AT_A_TIME,
    read,
  )) {
    hash.update(`${JSON.stringify([path, label, split, boxes, blob ?? null, problem ?? null])}\n`)
    bytes += size
    if (++done % 64 === 0) tell?.(done / list.length, 'reading the pictures')
  }
  return { hash: asHash(hash.digest('hex')), bytes }
}
