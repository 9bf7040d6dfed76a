import { readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { DescMessage, MessageShape } from '@bufbuild/protobuf'
import { toBinary } from '@bufbuild/protobuf'
import { atomicWrite, fail } from '../kit/index.ts'
import { packingOf, readPieces, Taker, unpack } from './bytes.ts'
import { binary, fromBytes } from './detect.ts'
import { type DatasetFeatureStatisticsList, DatasetFeatureStatisticsListSchema } from './gen/statistics_pb.ts'
import { toJson } from './json.ts'
import { mergeShards } from './shards.ts'
import { toText } from './text.ts'
import { frameRecord, isTfrecord, readRecords } from './tfrecord.ts'
import { kindOf } from './words.ts'

/** What one message may take up, unpacked: near the longest string that JavaScript has. */
const MAX_BYTES = 500 * 2 ** 20

/**
 * Reads a schema, statistics, anomalies or any other message from a file, whatever its form: binary, protobuf JSON,
 * text format or TFRecord, also packed with gzip. The content decides, not the name. Statistics in several records are
 * put together; with one part of several (`…-00000-of-00003…`) the others beside it are read too.
 * @throws a failure that names the file: `not-found`, `empty-data`, `wrong-type`, `too-wide`, `unreadable-file`
 */
export async function readMessage<Desc extends DescMessage>(
  path: string,
  schema: Desc,
): Promise<MessageShape<Desc>> {
  const paths = isStatistics(schema) ? shardsOf(path) : [path]
  const messages: MessageShape<Desc>[] = []
  for (const one of paths) messages.push(...(await readAll(one, schema)))
  return whole(schema, messages, basename(path))
}

const isStatistics = (schema: DescMessage) => schema.typeName === DatasetFeatureStatisticsListSchema.typeName

function whole<Desc extends DescMessage>(
  schema: Desc,
  messages: MessageShape<Desc>[],
  what: string,
): MessageShape<Desc> {
  const [only] = messages
  if (only && messages.length === 1) return only
  if (isStatistics(schema) && only)
    return mergeShards(messages as unknown as DatasetFeatureStatisticsList[]) as unknown as MessageShape<Desc>
  throw fail(
    'wrong-type',
    `${what} holds ${messages.length} records where one with ${kindOf(schema)} is needed.`,
    `Choose a file with ${kindOf(schema)}.`,
  )
}

async function readAll<Desc extends DescMessage>(path: string, schema: Desc): Promise<MessageShape<Desc>[]> {
  const what = basename(path)
  const bytes = await load(path, what)
  if (!isTfrecord(bytes)) return [fromBytes(schema, bytes, what)]
  const messages: MessageShape<Desc>[] = []
  async function* pieces() {
    yield bytes
  }
  for await (const record of readRecords(pieces(), { what, maxBytes: MAX_BYTES }))
    messages.push(binary(schema, record, what))
  return messages
}

/** The bytes of a file, unpacked. */
async function load(path: string, what: string): Promise<Uint8Array> {
  const taker = new Taker(readPieces(path))
  try {
    const head = await taker.peek(12)
    const packing = isTfrecord(head) ? undefined : packingOf(head)
    const pieces: Uint8Array[] = []
    let size = 0
    for await (const piece of packing ? unpack(taker.rest(), packing, what) : taker.rest()) {
      size += piece.length
      if (size > MAX_BYTES)
        throw fail(
          'too-wide',
          `${what} is larger than the ${MAX_BYTES / 2 ** 20} MiB that are read of such a file.`,
          'Choose a smaller file.',
        )
      pieces.push(piece)
    }
    return pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces)
  } finally {
    await taker.close()
  }
}

/** All parts of a message that was written in several files, by the name of one of them. */
function shardsOf(path: string): string[] {
  const [, before, , count, after] = /^(.*-)(\d{5})-of-(\d{5})(\D.*)?$/s.exec(basename(path)) ?? []
  if (before === undefined || count === undefined) return [path]
  const beside = new Set(readdirSync(dirname(path)))
  const names = Array.from(
    { length: Number(count) },
    (_, i) => `${before}${String(i).padStart(5, '0')}-of-${count}${after ?? ''}`,
  )
  const missing = names.filter(name => !beside.has(name))
  if (names.length === 0 || (missing.length > 0 && beside.has(basename(path))))
    throw fail(
      'not-found',
      `${basename(path)} is one of ${names.length} parts, and ${missing.length} of them are not beside it.`,
      'Copy all parts into one folder.',
    )
  return missing.length > 0 ? [path] : names.map(name => join(dirname(path), name))
}

/** JSON has a negative zero, but `JSON.stringify` drops its sign. */
const keepSign = (_: string, value: unknown) =>
  Object.is(value, -0) ? (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON('-0.0') : value

type Form = (schema: DescMessage, message: MessageShape<DescMessage>) => string | Uint8Array

const asBinary: Form = (schema, message) => toBinary(schema, message)
const asJson: Form = (schema, message) => `${JSON.stringify(toJson(schema, message), keepSign, 2)}\n`
const asRecord: Form = (schema, message) => frameRecord(toBinary(schema, message))

const FORMS: Record<string, Form> = {
  pb: asBinary,
  binpb: asBinary,
  json: asJson,
  pbtxt: toText,
  textproto: toText,
  txtpb: toText,
  txt: toText,
  tfrecord: asRecord,
  tfrecords: asRecord,
}

/**
 * Writes a message to a file, whole or not at all, in the form that its name asks for: `.pb` or `.binpb` binary,
 * `.json` protobuf JSON, `.pbtxt`, `.textproto`, `.txtpb` or `.txt` text format, `.tfrecord` one record of a TFRecord;
 * each packed with gzip where `.gz` follows.
 * @throws `bad-input` for another ending
 */
export async function writeMessage<Desc extends DescMessage>(
  path: string,
  schema: Desc,
  message: MessageShape<Desc>,
): Promise<void> {
  const [, ending = '', gz] = /\.([a-z]+)(\.gz)?$/i.exec(basename(path)) ?? []
  const form = Object.hasOwn(FORMS, ending.toLowerCase()) ? FORMS[ending.toLowerCase()] : undefined
  if (!form)
    throw fail(
      'bad-input',
      `The name ${basename(path)} does not say in which form to write.`,
      `Give it one of the endings ${Object.keys(FORMS)
        .map(known => `.${known}`)
        .join(', ')}.`,
    )
  const content = form(schema, message)
  atomicWrite(path, gz ? gzipSync(content) : content)
}
