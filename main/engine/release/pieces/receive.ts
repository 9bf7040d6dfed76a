import type { Hash } from '#contract'
import { FailureError, fail, hashOf } from '../../kit/index.ts'
import { PIECE } from '../format/manifest.ts'
import type { Source, Stream } from '../tree/source.ts'
import type { Throttle } from './throttle.ts'
import type { Fetched } from './wanted.ts'

/** Pieces `first` up to, and without, `end`, asked for at once. */
export interface Receiving {
  source: Pick<Source, 'address' | 'blob'>
  hash: Hash
  bytes: number
  hashes: readonly Hash[]
  first: number
  end: number
  throttle?: Throttle
  /** Milliseconds for one piece. */
  within: number
  signal?: AbortSignal
  cost: Fetched
  has(piece: number): boolean
  /** Hears that the other side knows no ranges. */
  whole(): void
  /** Takes a piece that was checked. */
  keep(piece: number, content: Uint8Array): void
}

/**
 * Takes pieces out of one answer, each checked before it is handed on. An answer that begins earlier than it was asked
 * to is taken as it comes.
 * @throws Failure `unreachable` where it ends early, is silent or drips; `tampered` at the first piece that is not what
 * it should be; `not-found`
 */
export async function receive(receiving: Receiving): Promise<void> {
  const { source, hash, bytes, hashes, first, end, throttle, signal, cost, has, keep } = receiving
  const until = Math.min(bytes, end * PIECE)
  const hurry = new AbortController()
  const both = AbortSignal.any([hurry.signal, ...(signal ? [signal] : [])])
  // A limit that was asked for is no drip.
  const within = Math.max(receiving.within, ((2 * PIECE) / (throttle?.bytesPerSecond ?? Infinity)) * 1000)
  let timer = setTimeout(() => hurry.abort(), within)
  const lost = (cause?: unknown) =>
    fail(
      'unreachable',
      `${source.address} stopped in the middle of a file.`,
      'It is tried again by itself; what is here is kept.',
      { cause },
    )
  let useful = 0
  let isHere = false
  const before = cost.received
  try {
    const answer = await source.blob(hash, first * PIECE, until, both)
    if (!answer)
      throw fail(
        'not-found',
        `The file ${hash.slice(0, 12)} is not in ${source.address}.`,
        'Publish again; if the repository was copied, copy it whole.',
      )
    if (answer.from > first * PIECE) throw lost()
    if (answer.isWhole) receiving.whole()
    const piece = openPiece(answer)
    for await (const chunk of answer.chunks) {
      cost.received += chunk.length
      await throttle?.take(chunk.length, both)
      for (let rest = chunk; rest.length > 0 && piece.number < end; ) rest = piece.take(rest)
      isHere = piece.number >= end
      // The end of an answer is waited for, since a connection that is cut off cannot be used again.
      if (isHere && answer.isWhole) return
    }
    if (!isHere) throw lost()
  } catch (error) {
    if (isHere) return
    signal?.throwIfAborted()
    throw error instanceof FailureError ? error : isSystem(error) ? error : lost(error)
  } finally {
    clearTimeout(timer)
    hurry.abort()
    cost.wasted += cost.received - before - useful
  }

  function openPiece({ from }: Stream) {
    let at = from
    let content = Buffer.alloc(0)
    const piece = {
      get number() {
        return Math.floor(at / PIECE)
      },
      /** @returns what belongs to the next one */
      take(chunk: Uint8Array): Uint8Array {
        const { number } = piece
        const last = Math.min(bytes, (number + 1) * PIECE)
        const taken = Math.min(chunk.length, last - at)
        const wanted = number >= first && !has(number)
        if (wanted) {
          if (content.length === 0) content = Buffer.allocUnsafe(last - number * PIECE)
          content.set(chunk.subarray(0, taken), at - number * PIECE)
        }
        at += taken
        if (at === last) {
          // A last piece that is shorter ends the blob.
          at = last === bytes ? end * PIECE : at
          if (wanted) {
            finish(number, content)
            content = Buffer.alloc(0)
          }
        }
        return chunk.subarray(taken)
      },
    }
    return piece
  }

  function finish(number: number, content: Uint8Array): void {
    if (hashOf(content) !== hashes[number])
      throw fail(
        'tampered',
        `What ${source.address} sends is not what was signed (piece ${number + 1} of ${hashes.length}).`,
        'It is asked for again by itself; if it stays, publish again.',
      )
    keep(number, content)
    useful += content.length
    clearTimeout(timer)
    timer = setTimeout(() => hurry.abort(), within)
  }
}

/** An error of this device's own disk, which trying again would not mend. */
const isSystem = (error: unknown): boolean =>
  ['ENOSPC', 'EDQUOT', 'EROFS', 'EIO', 'EACCES', 'EPERM', 'EMFILE', 'ENOENT'].includes(
    (error as NodeJS.ErrnoException)?.code ?? '',
  )
