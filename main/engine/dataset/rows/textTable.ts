import { createWriteStream } from 'node:fs'
import { basename, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fail } from '../../kit/index.ts'
import { type Duck, literal } from '../duck.ts'
import { GROUP } from '../files/build.ts'
import { diagnose } from '../files/diagnose.ts'
import { settleNames } from '../files/dialect.ts'
import type { Found } from '../files/look.ts'
import { headRecords, RecordCutter } from '../files/records.ts'
import { headBytes, rewriteText, textOf } from '../files/text.ts'
import { openCsv } from '../sources/csv.ts'
import type { Table } from './table.ts'

/** No header is longer, in bytes; most are much shorter. */
const HEADS = [64 << 10, 2 << 20]
/** Columns that are read straight from the file; of more, a columnar copy is made, so that few can be asked at a time. */
const STRAIGHT = 60

/** The names in the first record, letter by letter; a name that comes again is told apart. */
async function namesOf(found: Found, delimiter: string): Promise<string[]> {
  let first: string[] = []
  for (const most of HEADS) {
    const head = await headBytes(found.path, found.compression, most)
    const text = new TextDecoder(found.encoding).decode(head.bytes, { stream: !head.whole })
    first = headRecords(text, delimiter, head.whole, 1)[0]?.fields ?? []
    if (first.length) break
  }
  const names = first.map((name, at) => (at ? name : name.replace(/^\ufeff/, '')))
  const settled = settleNames(names).names
  return names.map((name, at) => (name === '' && names.indexOf('') === at ? '' : (settled[at] as string)))
}

/**
 * Writes a plain text anew with every field in quotes, for readers that are stricter about quotation marks than people
 * and Python are: `5" pipe` is what it says.
 */
async function quoted(found: Found, path: string, signal?: AbortSignal): Promise<Found> {
  const delimiter = found.dialect?.delimiter ?? ','
  async function* lines() {
    let out = ''
    const cutter = new RecordCutter(delimiter, ({ fields }) => {
      out += `${fields.map(field => `"${field.replaceAll('"', '""')}"`).join(delimiter)}\n`
    })
    for await (const text of textOf(found.path, found.compression, found.encoding)) {
      cutter.push(text)
      yield out
      out = ''
    }
    cutter.end()
    yield out
  }
  await pipeline(Readable.from(lines()), createWriteStream(path), { signal })
  return { ...found, path }
}

/**
 * A delimited file as a table of texts: its first record names the columns, no type is inferred, a missing cell is NULL
 * or the empty text. The rows are read while they are asked for; where that fails, `mend` tells why or how to go on.
 * @throws Failure too-wide, wrong-encoding, and what `mend` throws
 */
export async function openTexts(
  found: Found,
  file: Pick<Table, 'subject' | 'name' | 'title'>,
  duck: Duck,
  options: { signal?: AbortSignal; tell?(share: number | null, step: string): void },
): Promise<Table> {
  if (!found.dialect) throw new Error('a delimited text has a dialect')
  const { delimiter } = found.dialect
  const names = await namesOf(found, delimiter)
  if (!names.length)
    throw fail(
      'too-wide',
      'The first line is longer than 2 million characters.',
      'Check that the file is a table with one row a line.',
    )
  const dialect = { ...found.dialect, header: true, names }

  /** Only UTF-8 is read here, as TensorFlow Data Validation does, whose figures these texts are for. */
  const notRead = () =>
    fail(
      'wrong-encoding',
      `"${basename(found.path)}" is not text in UTF-8, and TensorFlow Data Validation reads no other.`,
      'Save it as UTF-8, or leave out --tfdv: then Windows-1252 and UTF-16 are read, too.',
    )
  if (found.encoding !== 'utf-8') throw notRead()
  const { folder, drop } = duck.scratch()

  /** The plain text, unpacked, with every byte looked at. */
  const plainly = async (): Promise<Found> => {
    const path = join(folder, 'text')
    options.tell?.(null, 'reading the text')
    try {
      await rewriteText(found, path, options.signal)
    } catch (cause) {
      if (!(cause instanceof RangeError || (cause instanceof TypeError && 'code' in cause))) throw cause
      throw notRead()
    }
    return { ...found, path, dialect, compression: 'none' }
  }

  async function tableOf(reading: Found, mended: boolean): Promise<Table> {
    const columns = names.map((name, at) => ({
      name,
      type: 'text' as const,
      wide: false,
      physical: `c${at}`,
    }))
    const { from } = openCsv(reading, { blank: 'kept' })
    const mend = async (error: unknown): Promise<Table> => {
      const { mend: encoding } = await diagnose({ ...found, dialect }, reading, error, mended)
      if (encoding !== 'utf-8') throw notRead()
      return tableOf(await quoted(await plainly(), join(folder, 'quoted'), options.signal), true)
    }
    // In a table of one column a blank line is a row for DuckDB; here it is none.
    const rows = names.length === 1 ? `(SELECT * FROM ${from} WHERE c0 IS NOT NULL)` : from
    let groups: Table['groups'] = [{ from: rows, columns }]
    if (columns.length > STRAIGHT) {
      const session = await duck.session(options.signal)
      groups = []
      try {
        for (let at = 0; at < columns.length; at += GROUP) {
          const some = columns.slice(at, at + GROUP)
          const path = join(folder, `texts-${at}.parquet`)
          options.tell?.(at / columns.length, 'reading the file')
          await session.run(
            `COPY (SELECT ${some.map(({ physical }) => physical).join(', ')} FROM ${rows}) TO ${literal(path)} (FORMAT parquet, COMPRESSION lz4_raw, ROW_GROUP_SIZE 20480)`,
          )
          groups.push({ from: `read_parquet(${literal(path)}, file_row_number = true)`, columns: some })
        }
      } catch (error) {
        options.signal?.throwIfAborted()
        return await mend(error)
      } finally {
        session.close()
      }
    }
    return {
      ...file,
      version: null,
      rows: Number.NaN,
      splits: {},
      columns,
      groups,
      session: duck.session,
      close: drop,
      texts: { mend },
    }
  }

  try {
    return await tableOf({ ...found, dialect }, false)
  } catch (error) {
    drop()
    throw error
  }
}
