import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs'
import { crc32, createInflateRaw } from 'node:zlib'
import { fail } from '../../../kit/index.ts'

const ENTRY = 0x02014b50
const LOCAL = 0x04034b50
const END = 0x06054b50
const END_SIZE = 22
const END_64 = 0x06064b50
const LOCATOR_64 = 0x07064b50
const WHOLE = 0xffffffff

/** A file in the archive of a model. */
interface Entry {
  name: string
  deflated: boolean
  crc: number
  packed: number
  size: number
  /** Where its own header begins. */
  at: number
}

const CHUNK = 2 ** 20
/** Weights pack a few times smaller, and small models of plain zeros a thousand times. */
const LARGEST_RATIO = 64
const ALWAYS_FINE = 2 ** 26
const MOST_ENTRIES = 10_000

export const unreadable = (message: string, cause?: unknown) =>
  fail('unreadable-file', message, 'Save the model again with Keras, and copy the whole file.', { cause })

/**
 * A zip file that is read piece by piece, as `.keras` files are: stored or deflated, also beyond 4 GiB.
 * Format: PKWARE's APPNOTE, 4.3 and 4.5.3.
 */
export class Archive {
  readonly #file: number
  readonly #size: number
  readonly #entries: Map<string, Entry>

  /** @throws Failure `unreadable-file` where it has no directory */
  constructor(path: string) {
    this.#file = openSync(path, 'r')
    try {
      this.#size = fstatSync(this.#file).size
      this.#entries = this.#directory()
    } catch (error) {
      closeSync(this.#file)
      if (error instanceof RangeError) throw unreadable('The file ends too early.', error)
      throw error
    }
  }

  has(name: string): boolean {
    return this.#entries.has(name)
  }

  /** Bytes of a file when it is unpacked. */
  sizeOf(name: string): number {
    return this.#entries.get(name)?.size ?? 0
  }

  /**
   * A small file of it as text.
   * @throws Failure `unreadable-file` where it is not there, larger than allowed, or damaged
   */
  async text(name: string, largest: number): Promise<string> {
    if (this.sizeOf(name) > largest) throw unreadable(`"${name}" in the file is larger than it can be.`)
    const parts: Uint8Array[] = []
    await this.#unpack(name, part => void parts.push(Uint8Array.from(part)))
    return Buffer.concat(parts).toString('utf8')
  }

  /** Unpacks a file of it to a place on the disk, piece by piece. @throws Failure `unreadable-file` */
  async extract(name: string, to: string, signal?: AbortSignal): Promise<void> {
    const target = openSync(to, 'wx', 0o600)
    try {
      await this.#unpack(
        name,
        part => {
          for (let done = 0; done < part.length; ) done += writeSync(target, part, done)
        },
        signal,
      )
    } finally {
      closeSync(target)
    }
  }

  close(): void {
    closeSync(this.#file)
  }

  async #unpack(name: string, take: (part: Uint8Array) => void, signal?: AbortSignal): Promise<void> {
    const entry = this.#entries.get(name)
    if (!entry) throw unreadable(`The file holds no "${name}".`)
    const { size, packed, deflated } = entry
    if (size > ALWAYS_FINE && size > LARGEST_RATIO * packed)
      throw unreadable(`"${name}" in the file says it is ${size} bytes long, packed into ${packed}.`)
    let [length, crc] = [0, 0]
    const count = (part: Uint8Array) => {
      length += part.length
      if (length > size) throw unreadable(`"${name}" in the file is longer than it says.`)
      crc = crc32(part, crc)
      take(part)
    }
    const parts = this.#parts(entry, signal)
    if (deflated) {
      const inflate = createInflateRaw({ chunkSize: CHUNK })
      const fed = (async () => {
        for (const part of parts)
          if (!inflate.write(part)) await new Promise<void>(resolve => inflate.once('drain', resolve))
        inflate.end()
      })()
      fed.catch(error => inflate.destroy(error))
      try {
        for await (const part of inflate) count(part)
      } catch (cause) {
        inflate.destroy()
        if ((cause as { code?: unknown }).code?.toString().startsWith('Z_'))
          throw unreadable(`"${name}" in the file is damaged.`, cause)
        throw cause
      }
    } else for (const part of parts) count(part)
    if (length !== size || crc !== entry.crc) throw unreadable(`"${name}" in the file is damaged.`)
  }

  *#parts(entry: Entry, signal?: AbortSignal): Generator<Uint8Array> {
    const header = this.#read(entry.at, 30)
    if (header.readUInt32LE(0) !== LOCAL)
      throw unreadable(`"${entry.name}" in the file is not where it should be.`)
    const start = entry.at + 30 + header.readUInt16LE(26) + header.readUInt16LE(28)
    for (let at = 0; at < entry.packed; at += CHUNK) {
      signal?.throwIfAborted()
      yield this.#read(start + at, Math.min(CHUNK, entry.packed - at))
    }
  }

  #read(at: number, length: number): Buffer {
    if (!(at >= 0 && length >= 0 && at + length <= this.#size)) throw unreadable('The file ends too early.')
    const bytes = Buffer.alloc(length)
    for (let done = 0; done < length; ) {
      const read = readSync(this.#file, bytes, done, length - done, at + done)
      if (read === 0) throw unreadable('The file ends too early.')
      done += read
    }
    return bytes
  }

  #directory(): Map<string, Entry> {
    const tail = this.#read(
      Math.max(0, this.#size - END_SIZE - 0xffff),
      Math.min(this.#size, END_SIZE + 0xffff),
    )
    let end = tail.length - END_SIZE
    while (end >= 0 && tail.readUInt32LE(end) !== END) end--
    if (end < 0) throw unreadable('The file is cut off: it has no directory.')
    let count = tail.readUInt16LE(end + 10)
    let length = tail.readUInt32LE(end + 12)
    let start = tail.readUInt32LE(end + 16)
    if (end >= 20 && tail.readUInt32LE(end - 20) === LOCATOR_64) {
      const record = this.#read(Number(tail.readBigUInt64LE(end - 12)), 56)
      if (record.readUInt32LE(0) !== END_64) throw unreadable('The directory of the file is damaged.')
      count = Number(record.readBigUInt64LE(32))
      length = Number(record.readBigUInt64LE(40))
      start = Number(record.readBigUInt64LE(48))
    }
    if (count > MOST_ENTRIES || length > 2 ** 24) throw unreadable('The directory of the file is too large.')
    const bytes = this.#read(start, length)
    const entries = new Map<string, Entry>()
    for (let at = 0, i = 0; i < count; i++) {
      if (at + 46 > bytes.length || bytes.readUInt32LE(at) !== ENTRY)
        throw unreadable('The directory of the file is damaged.')
      const [names, extra, comment] = [28, 30, 32].map(field => bytes.readUInt16LE(at + field)) as [
        number,
        number,
        number,
      ]
      const entry = entryOf(bytes, at, names, extra)
      if (entry) entries.set(entry.name, entry)
      at += 46 + names + extra + comment
    }
    return entries
  }
}

function entryOf(bytes: Buffer, at: number, names: number, extra: number): Entry | undefined {
  const name = bytes.toString('utf8', at + 46, at + 46 + names)
  const method = bytes.readUInt16LE(at + 10)
  const encrypted = (bytes.readUInt16LE(at + 8) & 1) === 1
  if (encrypted || (method !== 0 && method !== 8)) return undefined
  let [packed, size, place] = [20, 24, 42].map(field => bytes.readUInt32LE(at + field)) as [
    number,
    number,
    number,
  ]
  // Numbers that do not fit stand in an extra field, in this order and only those.
  const more = bytes.subarray(at + 46 + names, at + 46 + names + extra)
  for (let from = 0; from + 4 <= more.length; ) {
    const [id, length] = [more.readUInt16LE(from), more.readUInt16LE(from + 2)]
    if (id === 1) {
      let next = from + 4
      const take = (value: number): number => {
        if (value !== WHOLE || next + 8 > Math.min(more.length, from + 4 + length)) return value
        const found = Number(more.readBigUInt64LE(next))
        next += 8
        return found
      }
      size = take(size)
      packed = take(packed)
      place = take(place)
    }
    from += 4 + length
  }
  return { name, deflated: method === 8, crc: bytes.readUInt32LE(at + 16), packed, size, at: place }
}
