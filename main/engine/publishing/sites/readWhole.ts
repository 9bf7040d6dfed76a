import type { Hash } from '#contract'
import { hashOf } from '../../kit/index.ts'
import type { Source } from '../../release/index.ts'

/** A blob, whole and checked against its hash; null where it is not there or is not that. */
export async function readWhole(
  source: Pick<Source, 'blob'>,
  hash: Hash,
  bytes: number,
  signal?: AbortSignal,
): Promise<Uint8Array | null> {
  const stream = await source.blob(hash, 0, bytes, signal)
  if (!stream) return null
  const parts: Uint8Array[] = []
  let read = 0
  for await (const part of stream.chunks) {
    parts.push(part)
    read += part.length
    if (read > bytes) return null
  }
  const content = Buffer.concat(parts)
  return hashOf(content) === hash ? content : null
}
