import { closeSync, createReadStream, fstatSync, openSync, readSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { basename } from 'node:path'
import { zstdDecompressSync } from 'node:zlib'
import {
  CompressionType,
  compressionRegistry,
  type DataType,
  type RecordBatch,
  RecordBatchReader,
  type Schema,
  Type,
} from 'apache-arrow'
import { ByteBuffer } from 'flatbuffers'
import { decompress, decompressBound } from 'lz4js'
import { FailureError, fail } from '../../kit/index.ts'
import type { Session } from '../duck.ts'
import type { Found } from '../files/look.ts'
import { type CellReader, checkData, readerOf, UNIT_WORDS } from './arrowCells.ts'
import type { OpenOptions, Source } from './source.ts'
import { listed, Staging } from './staging.ts'

/** A buffer is no longer than this when it is unpacked, in bytes. */
const LARGEST_BUFFER = 0x7fffffff
/** No batch has more rows. */
const MOST_ROWS = 2 ** 31

// FlatBuffers for JavaScript has no verifier: a length that is damaged would be believed, and take all memory. No vector
// has more items than the buffer it lies in has bytes.
const lengthOf = ByteBuffer.prototype.__vector_len
ByteBuffer.prototype.__vector_len = function within(this: ByteBuffer, offset: number): number {
  const length = lengthOf.call(this, offset)
  if (length < 0 || length > this.capacity()) throw new RangeError('a vector is longer than its buffer')
  return length
}

compressionRegistry.set(CompressionType.ZSTD, {
  decode: bytes => zstdDecompressSync(bytes, { maxOutputLength: LARGEST_BUFFER }),
})
compressionRegistry.set(CompressionType.LZ4_FRAME, {
  decode(bytes) {
    // LZ4 packs 255 bytes into one at best; a frame that says more is damaged and would take all memory.
    const most = decompressBound(bytes) as unknown as number
    if (most > bytes.length * 255 + (8 << 20)) throw new RangeError('a frame says too much')
    return decompress(bytes, most)
  },
})

/** The first and the last bytes of a file, which say whether it is a file or a stream, and whether it is whole. */
function edgesOf(path: string): { first: string; last: Buffer } {
  const file = openSync(path, 'r')
  try {
    const { size } = fstatSync(file)
    const at = (from: number, count: number) => {
      const bytes = Buffer.alloc(count)
      return bytes.subarray(0, readSync(file, bytes, 0, count, Math.max(0, from)))
    }
    return { first: at(0, 6).toString('latin1'), last: at(size - 8, 8) }
  } finally {
    closeSync(file)
  }
}

/** The batches of an Arrow file, by the footer that lists them. */
async function* batchesOfFile(file: FileHandle): AsyncGenerator<RecordBatch> {
  const reader = (await (await RecordBatchReader.from(file)).open()) as unknown as {
    numRecordBatches: number
    schema: Schema
    readRecordBatch(index: number): Promise<RecordBatch | null>
  }
  for (let at = 0; at < reader.numRecordBatches; at++) {
    const batch = await reader.readRecordBatch(at)
    if (!batch) throw new RangeError('a batch is not where the footer says')
    yield batch
  }
}

/** The batches of an Arrow stream, as they come. */
async function* batchesOfStream(path: string): AsyncGenerator<RecordBatch> {
  const reader = await RecordBatchReader.from(createReadStream(path, { highWaterMark: 1 << 20 }))
  for await (const batch of reader as AsyncIterable<RecordBatch>) yield batch
}

const shape = (schema: Schema) => schema.fields.map(({ name, type }) => `${name}: ${type}`).join('\n')

/**
 * Arrow IPC (arrow.apache.org/docs/format/Columnar.html), as a file (Feather version 2) or a stream, its buffers plain or
 * packed with LZ4 or ZSTD. Memory holds one batch at a time.
 */
export async function openArrow(
  found: Found,
  session: Session,
  { folder, head, signal, tell }: OpenOptions,
): Promise<Source> {
  const name = `"${basename(found.path)}"`
  const { first: mark, last } = edgesOf(found.path)
  const isStream = mark !== 'ARROW1'
  if (!isStream && last.subarray(2).toString('latin1') !== 'ARROW1')
    throw fail(
      'unreadable-file',
      `The Arrow file ${name} is cut off: its end is missing.`,
      'Copy or download it again.',
    )
  const staging = new Staging(session, folder)
  const notes: string[] = []
  if (isStream && last.readUInt32LE(last.length - 4) !== 0)
    notes.push('The Arrow stream has no mark at its end; if rows are missing, it was cut off.')
  const file = isStream ? null : await open(found.path)
  try {
    const batches = file ? batchesOfFile(file) : batchesOfStream(found.path)
    let columns: { at: number; reader: CellReader }[] | null = null
    let first = ''
    for await (const batch of batches) {
      signal?.throwIfAborted()
      if (!columns) {
        first = shape(batch.schema)
        columns = batch.schema.fields.map(({ name, type }) => {
          const reader = readerOf(type)
          return { at: staging.column(name, reader.kind), reader }
        })
        notes.push(...notesOf(batch.schema))
      } else if (shape(batch.schema) !== first) throw new RangeError('the columns change')
      const { numRows } = batch
      if (numRows > MOST_ROWS) throw new RangeError('too many rows')
      const { children } = batch.data
      for (const data of children) checkData(data, numRows)
      for (let row = 0; row < numRows; row++) {
        for (let nth = 0; nth < columns.length; nth++) {
          const { at, reader } = columns[nth] as (typeof columns)[number]
          const data = children[nth]
          if (!data?.getValid(row)) continue
          const value = reader.read(data, row)
          if (value === null) continue
          if (value === undefined) throw new RangeError('a value is not there')
          if (typeof value === 'object') {
            const cell = value as { kind: 'text' | 'bytes'; value: string }
            staging.set(at, cell.kind, cell.value)
          } else staging.set(at, reader.kind, value)
        }
        await staging.end()
        if (staging.rows === head) return await finished()
      }
      tell?.(null, 'reading the batches')
    }
    return await finished()
  } catch (cause) {
    signal?.throwIfAborted()
    if (cause instanceof FailureError || isOurs(cause)) throw cause
    throw fail(
      'unreadable-file',
      `The Arrow file ${name} is damaged; nothing was kept.`,
      'Copy or download it again.',
      { cause },
    )
  } finally {
    await file?.close()
  }

  async function finished(): Promise<Source> {
    const source = await staging.finish()
    if (!source)
      throw fail('empty-data', `The Arrow file ${name} has no rows.`, 'Choose a file that holds rows.')
    return { ...source, notes: [...notes, ...source.notes] }
  }
}

/** Trouble of the disk or of DuckDB, which is none of the file's. */
const isOurs = (cause: unknown) =>
  cause instanceof Error && (/^[A-Z][\w ]+ Error: /.test(cause.message) || 'syscall' in cause)

const NESTED = new Set([Type.List, Type.LargeList, Type.FixedSizeList, Type.Struct, Type.Map, Type.Union])

/** What becomes of types that a table does not have. */
function notesOf(schema: Schema): string[] {
  const notes: string[] = []
  const all = (test: (type: DataType) => boolean) =>
    schema.fields.filter(({ type }) => test(type)).map(({ name }) => name)
  const nested = all(type => NESTED.has(type.typeId))
  if (nested.length)
    notes.push(
      `${nested.length} nested ${nested.length === 1 ? 'column is' : 'columns are'} kept as JSON text: ${listed(nested)}.`,
    )
  for (const { name, type } of schema.fields)
    if (type.typeId === Type.Duration && notes.length < 5)
      notes.push(
        `"${name}" holds durations, kept as a number of ${UNIT_WORDS[type.unit as keyof typeof UNIT_WORDS]}.`,
      )
  return notes
}
