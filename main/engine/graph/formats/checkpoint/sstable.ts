import snappy from 'snappyjs'
import { FailureError, fail, maskedCrc32c } from '../../../kit/index.ts'
import type { Source } from '../graphdef/source.ts'

const FOOTER = 48
const MAGIC = 0xdb4775248b80fb57n
const TRAILER = 5
/** Letters of all keys together; keys share beginnings, so that few bytes can stand for many. */
const MOST_LETTERS = 2 ** 28
const MOST_UNPACKED = 2 ** 30

/** A key and its value, as views that hold until the next is asked for. */
export interface Entry {
  key: Uint8Array
  value: Uint8Array
}

interface Handle {
  offset: number
  size: number
}

/**
 * Reads a sorted string table, the form of a checkpoint's index: blocks of keys that share their beginnings, each with a
 * checksum, an index block that says where they are, and a footer (LevelDB's `doc/table_format.md`; TensorFlow's
 * `tsl/lib/io/format.cc`).
 * @param name of the file, for errors
 * @throws Failure `unreadable-file`, and so while it is gone through
 */
export function* tableEntries(source: Source, name: string): Generator<Entry> {
  try {
    if (source.size < FOOTER) throw damaged(name)
    const footer = new Uint8Array(FOOTER)
    source.into(source.size - FOOTER, footer)
    const view = new DataView(footer.buffer)
    if (view.getBigUint64(FOOTER - 8, true) !== MAGIC) throw noTable(name)
    const at = { value: 0 }
    readHandle(footer, at)
    const index = readHandle(footer, at)
    const budget = { bytes: source.size, letters: MOST_LETTERS }
    for (const { value } of blockEntries(readBlock(source, index, name, budget), name, budget)) {
      const block = readBlock(source, readHandle(value, { value: 0 }), name, budget)
      yield* blockEntries(block, name, budget)
    }
  } catch (cause) {
    if (cause instanceof RangeError) throw damaged(name, cause)
    throw cause
  }
}

/** The failure for a file of a checkpoint that cannot be read. */
export const damaged = (name: string, cause?: unknown): FailureError =>
  fail(
    'unreadable-file',
    `The file ${name} is damaged or cut off.`,
    'Copy the whole folder of the model again, or export it again.',
    { cause },
  )

/** What goes past the end of something, or is no message, is damage. */
export function orDamaged<T>(name: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw cause instanceof FailureError ? cause : damaged(name, cause)
  }
}

const noTable = (name: string) =>
  fail(
    'unreadable-file',
    `The file ${name} is no checkpoint, or it is cut off.`,
    'Copy the whole folder of the model again, or export it again.',
  )

/** What may still be read: blocks do not overlap, so that all of them are no more than the file. */
interface Budget {
  bytes: number
  letters: number
}

function readBlock(source: Source, { offset, size }: Handle, name: string, budget: Budget): Uint8Array {
  budget.bytes -= size
  if (budget.bytes < 0 || offset + size + TRAILER > source.size) throw damaged(name)
  const bytes = new Uint8Array(size + TRAILER)
  source.into(offset, bytes)
  const sum = new DataView(bytes.buffer).getUint32(size + 1, true)
  if (maskedCrc32c(bytes.subarray(0, size + 1)) !== sum) throw damaged(name)
  const block = bytes.subarray(0, size)
  const kind = bytes[size]
  if (kind === 0) return block
  if (kind === 1) return unpack(block, name)
  throw damaged(name)
}

function unpack(block: Uint8Array, name: string): Uint8Array {
  try {
    return new Uint8Array(snappy.uncompress(block, MOST_UNPACKED))
  } catch (cause) {
    throw damaged(name, cause)
  }
}

function* blockEntries(block: Uint8Array, name: string, budget: Budget): Generator<Entry> {
  if (block.length < 4) throw damaged(name)
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength)
  const restarts = view.getUint32(block.length - 4, true)
  const end = block.length - 4 - restarts * 4
  if (end < 0) throw damaged(name)
  let key: Uint8Array = new Uint8Array()
  const at = { value: 0 }
  while (at.value < end) {
    const shared = readVarint(block, at)
    const own = readVarint(block, at)
    const length = readVarint(block, at)
    const from = at.value
    budget.letters -= shared + own
    if (shared > key.length || from + own + length > end || budget.letters < 0) throw damaged(name)
    const next = new Uint8Array(shared + own)
    next.set(key.subarray(0, shared))
    next.set(block.subarray(from, from + own), shared)
    key = next
    at.value = from + own + length
    yield { key, value: block.subarray(from + own, at.value) }
  }
}

const readHandle = (bytes: Uint8Array, at: { value: number }): Handle => ({
  offset: readVarint(bytes, at),
  size: readVarint(bytes, at),
})

/** @throws RangeError for a number that does not end, or that no length can be */
export function readVarint(bytes: Uint8Array, at: { value: number }): number {
  let [value, factor] = [0, 1]
  for (let i = 0; i < 10; i++) {
    const byte = bytes[at.value++]
    if (byte === undefined) break
    value += (byte & 127) * factor
    factor *= 128
    if (byte < 128 && Number.isSafeInteger(value)) return value
  }
  throw new RangeError('A number does not end')
}
