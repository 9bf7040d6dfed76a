import type { Hash } from '#contract'
import { fail, hashOf } from '../../kit/index.ts'
import { PIECE, Pieces } from '../format/manifest.ts'
import type { TreeBlob } from '../tree/release.ts'
import type { Source } from '../tree/source.ts'

/** Most bytes of a blob that is read into memory by its length alone: a plan of 100,000 devices. */
const MOST = 256 << 20

/** Milliseconds that a small blob may take however it drips, and a large one for each MiB. */
const PATIENCE = { least: 60_000, piece: 300_000 }

/**
 * Reads a small blob whole: a plan, a manifest, a list of pieces.
 * @param patience for tests: milliseconds that it may take
 * @throws Failure `tampered` where it is another, `not-found`, `unreachable` where it ends early, is silent or drips
 */
export async function readBlob(
  source: Pick<Source, 'address' | 'blob'>,
  { hash, bytes }: { hash: Hash; bytes: number },
  signal?: AbortSignal,
  patience = Math.max(PATIENCE.least, (Math.min(bytes, MOST) / PIECE) * PATIENCE.piece),
): Promise<Uint8Array> {
  const hurry = AbortSignal.timeout(patience)
  const both = AbortSignal.any([hurry, ...(signal ? [signal] : [])])
  const changed = () =>
    fail(
      'tampered',
      `The file ${hash.slice(0, 12)} in ${source.address} is not what was signed.`,
      'Publish again; if it stays, find out who can write into the repository.',
    )
  if (bytes > MOST) throw changed()
  const parts: Uint8Array[] = []
  let length = 0
  try {
    const stream = bytes > 0 ? await source.blob(hash, 0, bytes, both) : { chunks: [] }
    if (!stream)
      throw fail(
        'not-found',
        `The file ${hash.slice(0, 12)} is not in ${source.address}.`,
        'Publish again; if the repository was copied, copy it whole.',
      )
    for await (const part of stream.chunks) {
      length += part.length
      if (length > bytes) throw changed()
      parts.push(part)
    }
  } catch (error) {
    if (!hurry.aborted || signal?.aborted) throw error
    throw fail(
      'unreachable',
      `${source.address} did not send the file ${hash.slice(0, 12)} in time.`,
      'It is tried again by itself.',
      { cause: error },
    )
  }
  const content = Buffer.concat(parts)
  if (hashOf(content) !== hash) throw changed()
  return content
}

/**
 * The hashes of the pieces of a blob; null where it is one piece.
 * @throws Failure `tampered` where they are of another blob, and those of {@link readBlob}
 */
export async function readPieces(
  source: Pick<Source, 'address' | 'blob'>,
  blob: TreeBlob,
  signal?: AbortSignal,
): Promise<Hash[] | null> {
  if (!blob.pieces) return null
  const content = await readBlob(source, blob.pieces, signal)
  let pieces: Pieces | null = null
  try {
    pieces = Pieces.parse(JSON.parse(Buffer.from(content).toString('utf8')))
  } catch {}
  if (
    !pieces ||
    pieces.of !== blob.hash ||
    pieces.bytes !== blob.bytes ||
    pieces.hashes.length !== Math.ceil(blob.bytes / PIECE)
  )
    throw fail(
      'tampered',
      `The hashes of the pieces of ${blob.hash.slice(0, 12)} are those of another file.`,
      'Publish again; if it stays, find out who can write into the repository.',
    )
  return pieces.hashes
}
