import { createHash } from 'node:crypto'
import { createReadStream, readFileSync, statSync } from 'node:fs'
import type { Hash } from '#contract'
import { hashFile, hashOf } from '../../kit/index.ts'
import { PIECE } from '../format/manifest.ts'
import type { Content } from './source.ts'

/** Hash, length, and hashes of the pieces of content, however long it is. */
export async function sumsOf(
  content: Content,
  signal?: AbortSignal,
): Promise<{ hash: Hash; bytes: number; pieces: Hash[] }> {
  const sum = createHash('sha256')
  const pieces: Hash[] = []
  let piece = createHash('sha256')
  let bytes = 0
  const take = (chunk: Uint8Array) => {
    sum.update(chunk)
    for (let rest = chunk; rest.length > 0; ) {
      const part = rest.subarray(0, PIECE - (bytes % PIECE))
      piece.update(part)
      bytes += part.length
      if (bytes % PIECE === 0) {
        pieces.push(piece.digest('hex') as Hash)
        piece = createHash('sha256')
      }
      rest = rest.subarray(part.length)
    }
  }
  if (content instanceof Uint8Array) take(content)
  else for await (const chunk of createReadStream(content.path, { highWaterMark: PIECE, signal })) take(chunk)
  if (bytes % PIECE > 0) pieces.push(piece.digest('hex') as Hash)
  return { hash: sum.digest('hex') as Hash, bytes, pieces }
}

/** All of it, in memory. */
export const bytesOf = (content: Content): Uint8Array =>
  content instanceof Uint8Array ? content : readFileSync(content.path)

export const hashOfContent = async (content: Content, signal?: AbortSignal): Promise<Hash> =>
  content instanceof Uint8Array ? hashOf(content) : await hashFile(content.path, signal)

export const lengthOf = (content: Content): number =>
  content instanceof Uint8Array ? content.length : statSync(content.path).size

export const textBlob = (text: string): { hash: Hash; content: Uint8Array } => {
  const content = Buffer.from(text)
  return { hash: hashOf(content), content }
}
