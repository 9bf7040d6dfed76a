import { createReadStream } from 'node:fs'
import { pipeline, Readable } from 'node:stream'
import { createGunzip, createInflate } from 'node:zlib'
import { fail } from '../kit/index.ts'

/** Pieces of bytes as they come, taken by length. It holds what was asked for and at most one piece more. */
export class Taker {
  readonly #source: AsyncIterator<Uint8Array>
  #pieces: Uint8Array[] = []
  #held = 0

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]()
  }

  /** The next `length` bytes without taking them; fewer at the end of the source. */
  async peek(length: number): Promise<Uint8Array> {
    while (this.#held < length) {
      const next = await this.#source.next()
      if (next.done) break
      if (next.value.length === 0) continue
      this.#pieces.push(next.value)
      this.#held += next.value.length
    }
    const first = this.#pieces[0]
    if (this.#pieces.length > 1 && first && first.length < length)
      this.#pieces = [Buffer.concat(this.#pieces)]
    return (this.#pieces[0] ?? new Uint8Array()).subarray(0, length)
  }

  /** Takes the next `length` bytes; fewer at the end of the source. */
  async take(length: number): Promise<Uint8Array> {
    const taken = await this.peek(length)
    const first = this.#pieces[0]
    if (!first) return taken
    if (taken.length === first.length) this.#pieces.shift()
    else this.#pieces[0] = first.subarray(taken.length)
    this.#held -= taken.length
    return taken
  }

  /** What was not taken, piece by piece. */
  async *rest(): AsyncGenerator<Uint8Array> {
    for (const piece of this.#pieces.splice(0)) yield piece
    this.#held = 0
    for (;;) {
      const next = await this.#source.next()
      if (next.done) return
      yield next.value
    }
  }

  async close(): Promise<void> {
    await this.#source.return?.()
  }
}

export type Packing = 'gzip' | 'zlib'

/** How bytes are packed, by the first of them (RFC 1952; RFC 1950 with the window that every writer uses). */
export function packingOf(head: Uint8Array): Packing | undefined {
  const [a = 0, b = 0, c = 0] = head
  if (a === 0x1f && b === 0x8b && c === 8) return 'gzip'
  if (a === 0x78 && ((a << 8) | b) % 31 === 0 && (b & 32) === 0) return 'zlib'
  return undefined
}

/** The bytes of a file in pieces. */
export const readPieces = (path: string): AsyncIterable<Uint8Array> =>
  createReadStream(path, { highWaterMark: 1 << 20 })

/**
 * Packed bytes, unpacked as they come.
 * @throws `unreadable-file` for packed bytes that are damaged or cut off
 */
export async function* unpack(
  pieces: AsyncIterable<Uint8Array>,
  packing: Packing,
  what: string,
): AsyncGenerator<Uint8Array> {
  const unzip =
    packing === 'gzip' ? createGunzip({ chunkSize: 1 << 18 }) : createInflate({ chunkSize: 1 << 18 })
  const packed = Readable.from(pieces, { objectMode: true })
  pipeline(packed, unzip, () => {})
  try {
    for await (const piece of unzip) yield piece as Uint8Array
  } catch (error) {
    if (!String((error as NodeJS.ErrnoException).code).startsWith('Z_')) throw error
    throw fail(
      'unreadable-file',
      `The compressed data of ${what} is damaged or cut off.`,
      'Copy or download the file again.',
      { cause: error },
    )
  } finally {
    packed.destroy()
    unzip.destroy()
  }
}
