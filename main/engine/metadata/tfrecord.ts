import { randomBytes } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { ensureFolder, fail, maskedCrc32c, moveDurably } from '../kit/index.ts'
import { packingOf, readPieces, Taker, unpack } from './bytes.ts'

/*
 * TFRecord (tensorflow.org/tutorials/load_data/tfrecord): for each record its length in 64 bits, the masked CRC-32C of
 * those eight bytes, the record, and the record's masked CRC-32C; all little-endian. A file may be packed whole.
 */

const HEAD = 12

export interface ReadRecordsOptions {
  /** Records above this many bytes are refused, so that a wrong length cannot fill the memory. Default 256 MiB. */
  maxBytes?: number
  /** How the source is called in failures; the name of the file if there is one. */
  what?: string
}

/** The length of the record that starts with these twelve bytes; undefined when they start none. */
function lengthOf(head: Uint8Array): bigint | undefined {
  if (head.length < HEAD) return undefined
  const view = new DataView(head.buffer, head.byteOffset, HEAD)
  return view.getUint32(8, true) === maskedCrc32c(head.subarray(0, 8))
    ? view.getBigUint64(0, true)
    : undefined
}

/** Whether bytes start like a TFRecord file: a length that its CRC confirms. */
export const isTfrecord = (head: Uint8Array): boolean => lengthOf(head) !== undefined

/**
 * The records of a TFRecord file or of such bytes, one by one in their order; gzip and zlib are unpacked as they come.
 * Both CRCs of every record are checked. A record is valid until the next is asked for only in so far as nobody writes
 * to it: it may share its memory with its neighbors, so copy what is kept for long.
 * @throws `unreadable-file` for what is no TFRecord, is damaged or ends inside a record
 */
export async function* readRecords(
  source: string | AsyncIterable<Uint8Array>,
  options: ReadRecordsOptions = {},
): AsyncGenerator<Uint8Array> {
  const what = options.what ?? (typeof source === 'string' ? basename(source) : 'The data')
  const outer = new Taker(typeof source === 'string' ? readPieces(source) : source)
  let taker = outer
  try {
    const head = await outer.peek(HEAD)
    // The CRC comes first: a record's length may by chance begin as gzip does.
    const packing = isTfrecord(head) ? undefined : packingOf(head)
    if (packing) taker = new Taker(unpack(outer.rest(), packing, what))
    for (let count = 0; ; count++) {
      const record = await nextRecord(taker, count, what, options.maxBytes ?? 256 * 2 ** 20)
      if (!record) return
      yield record
    }
  } finally {
    await taker.close()
    await outer.close()
  }
}

async function nextRecord(
  taker: Taker,
  count: number,
  what: string,
  maxBytes: number,
): Promise<Uint8Array | undefined> {
  const head = await taker.take(HEAD)
  if (head.length === 0) return undefined
  if (head.length < HEAD && count > 0) throw cutOff(what, count)
  const length = lengthOf(head)
  if (length === undefined) throw count > 0 ? damaged(what, count) : noTfrecord(what)
  if (length > BigInt(maxBytes))
    throw fail(
      'unreadable-file',
      `Record ${count + 1} of ${what} says that it has ${length} bytes, above the ${maxBytes} that are read.`,
      'Check how the file was written; split large records.',
    )
  const size = Number(length)
  const body = await taker.take(size + 4)
  if (body.length < size + 4) throw cutOff(what, count)
  const record = body.subarray(0, size)
  const crc = new DataView(body.buffer, body.byteOffset + size, 4).getUint32(0, true)
  if (crc !== maskedCrc32c(record)) throw damaged(what, count)
  return record
}

const noTfrecord = (what: string) =>
  fail('unreadable-file', `${what} is not a TFRecord file.`, 'Choose a TFRecord file.')
const damaged = (what: string, count: number) =>
  fail(
    'unreadable-file',
    `Record ${count + 1} of ${what} is damaged: its checksum does not fit.`,
    'Copy or download the file again.',
  )
const cutOff = (what: string, count: number) =>
  fail('unreadable-file', `${what} ends inside record ${count + 1}.`, 'Copy or download the file again.')

/** A record as it lies in a TFRecord file. */
export function frameRecord(record: Uint8Array): Uint8Array {
  const framed = new Uint8Array(HEAD + record.length + 4)
  const view = new DataView(framed.buffer)
  view.setBigUint64(0, BigInt(record.length), true)
  view.setUint32(8, maskedCrc32c(framed.subarray(0, 8)), true)
  framed.set(record, HEAD)
  view.setUint32(HEAD + record.length, maskedCrc32c(record), true)
  return framed
}

/** Writes records as a TFRecord file, whole or not at all; packed with gzip when its name ends with `.gz`. */
export async function writeRecords(
  path: string,
  records: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<void> {
  const part = join(ensureFolder(dirname(path)), `.${randomBytes(6).toString('hex')}.part`)
  async function* framed() {
    for await (const record of records) yield frameRecord(record)
  }
  try {
    const packers = /\.gz$/i.test(path) ? [createGzip()] : []
    await pipeline([Readable.from(framed()), ...packers, createWriteStream(part, { flags: 'wx' })])
    await moveDurably(part, path)
  } catch (error) {
    await rm(part, { force: true })
    throw error
  }
}
