import { isUtf8 } from 'node:buffer'
import { accessSync, closeSync, constants, openSync, readSync, type Stats, statSync } from 'node:fs'
import { basename } from 'node:path'
import type { FileFormat } from '#contract'
import { FailureError, fail } from '../../kit/index.ts'
import { lookAtImages } from '../images/lookAtImages.ts'
import { checkWorkbook, refuseOle2 } from '../sources/workbook.ts'
import { filesOfFolder, filesOfPattern, isPattern } from '../versions/gather.ts'
import { isAddress, lookAtAddress } from './address.ts'
import { raggedLine } from './diagnose.ts'
import { dialectOf } from './dialect.ts'
import { isText, namedFormat, shortOf, wordOf } from './formats.ts'
import type { Ask, Found } from './found.ts'
import { formatOf } from './magic.ts'
import { type Compression, type Encoding, headBytes } from './text.ts'

export type { Ask, Found } from './found.ts'

/** So much of a text is looked at to find out what it is. */
const HEAD = 2 << 20

const quoted = (path: string) => `"${basename(path)}"`

/** The file's facts, or why it cannot be read. */
function statOf(path: string): Stats {
  let stat: Stats
  try {
    stat = statSync(path)
    accessSync(path, constants.R_OK)
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code
    if (code === 'EACCES' || code === 'EPERM')
      throw fail(
        'no-permission',
        `The file ${quoted(path)} may not be read.`,
        'Change its permissions or choose another file.',
        { cause },
      )
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG')
      throw fail('not-found', `There is no file ${path}.`, 'Check the path and choose the file again.', {
        cause,
      })
    throw cause
  }
  if (!stat.isFile())
    throw fail('unreadable-file', `${quoted(path)} is not a regular file.`, 'Choose a file on a disk.')
  if (stat.size === 0)
    throw fail('empty-data', `The file ${quoted(path)} is empty (0 bytes).`, 'Choose a file that holds rows.')
  return stat
}

export { isAddress } from './address.ts'

/** Whether there is a file at this path. */
export const isFile = (path: string): boolean => thereAt(path)?.isFile() ?? false
const isFolder = (path: string): boolean => thereAt(path)?.isDirectory() ?? false

/** What is at a path, as far as that may be known. */
function thereAt(path: string): Stats | null {
  try {
    return statSync(path)
  } catch {
    return null
  }
}

function firstBytes(path: string, count: number, from = 0): Buffer {
  const file = openSync(path, 'r')
  try {
    const bytes = Buffer.alloc(count)
    return bytes.subarray(0, readSync(file, bytes, 0, count, from))
  } finally {
    closeSync(file)
  }
}

/** Parquet begins and ends with its mark; one that only begins with it was cut off on its way. */
function checkParquet(path: string, bytes: number): void {
  if (bytes < 12 || firstBytes(path, 4, bytes - 4).toString('latin1') !== 'PAR1')
    throw fail(
      'unreadable-file',
      `The Parquet file ${quoted(path)} is cut off: its end is missing.`,
      'Copy or download it again.',
    )
}

/** UTF-16 by its mark, or by the zeros that plain letters leave in every second byte. */
function encodingOf(head: Buffer): Encoding | null {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le'
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be'
  if (head.includes(0)) {
    const sample = head.subarray(0, 4096)
    const zeros = [0, 0]
    for (const [at, byte] of sample.entries()) if (byte === 0) zeros[at % 2] = (zeros[at % 2] ?? 0) + 1
    const most = sample.length * 0.4
    if ((zeros[1] ?? 0) > most && zeros[0] === 0) return 'utf-16le'
    if ((zeros[0] ?? 0) > most && zeros[1] === 0) return 'utf-16be'
    return null
  }
  let controls = 0
  // Not `of`: millions of bytes are stepped through before anything is compiled.
  for (let at = 0; at < head.length; at++) {
    const byte = head[at] as number
    if (byte < 32 && (byte < 9 || (byte > 13 && byte !== 27))) controls++
  }
  if (controls > head.length / 100) return null
  if (isUtf8(head)) return 'utf-8'
  try {
    // The last letter may be cut off.
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true })
    return 'utf-8'
  } catch {
    return 'windows-1252'
  }
}

const isJson = (text: string, name: string): boolean => {
  const begin = text.trimStart()
  if (!/^[[{]/.test(begin)) return false
  if (/\.(json|jsonl|ndjson|geojson)(\.|$)/i.test(name)) return true
  if (/^\[\s*[[{\]]/.test(begin)) return true
  try {
    JSON.parse(begin.slice(0, begin.indexOf('\n') + 1 || undefined))
    return true
  } catch {
    return false
  }
}

/** How a file is packed, by its first bytes. zlib has no mark of its own and packs TFRecord files only. */
function compressionOf(magic: string): Compression {
  if (magic.startsWith('\x1f\x8b')) return 'gzip'
  if (magic.startsWith('\x28\xb5\x2f\xfd')) return 'zstd'
  return ['\x78\x01', '\x78\x5e', '\x78\x9c', '\x78\xda'].some(mark => magic.startsWith(mark))
    ? 'zlib'
    : 'none'
}

/** The first bytes as they were before they were packed. */
async function unpackedHead(path: string, packed: Compression) {
  try {
    return { compression: packed, head: await headBytes(path, packed, HEAD) }
  } catch (cause) {
    // What only looks like zlib is something else.
    if (packed === 'zlib') return { compression: 'none' as const, head: await headBytes(path, 'none', HEAD) }
    throw fail(
      'unreadable-file',
      `The packed file ${quoted(path)} is damaged.`,
      'Copy or download it again.',
      { cause },
    )
  }
}

/** Refuses a file that is not what was asked for; of text, says when its name and its content differ. */
function settle(found: Found, wanted: FileFormat | undefined): Found {
  const { path, format } = found
  const named = namedFormat(path)
  if (wanted && wanted !== format && !(wanted === 'csv' && format === 'tsv'))
    throw fail(
      'unreadable-file',
      `${quoted(path)} is not ${wordOf[wanted]}; it looks like ${wordOf[format]}.`,
      'Leave the format out, or choose the file that you mean.',
    )
  if (!wanted && named && !isText(named) && isText(format))
    throw fail(
      'unreadable-file',
      `${quoted(path)} is ${wordOf[format]} and not ${wordOf[named]}; nothing was kept.`,
      `Rename it so that it ends with .${format}, or import it with --format ${format}.`,
    )
  const isDelimited = (one: FileFormat) => one === 'csv' || one === 'tsv'
  if (named && named !== format && !(isDelimited(named) && isDelimited(format)))
    found.notes.push(
      `The name says ${shortOf[named]}, but the file is ${wordOf[format]}; it was read as that.`,
    )
  const { table, query } = found.ask
  const isDatabase = format === 'sqlite' || format === 'postgres'
  if (query !== undefined && !isDatabase)
    throw fail('bad-input', `${quoted(path)} is no database, so it cannot be asked.`, 'Leave the query out.')
  if (table !== undefined && !isDatabase && format !== 'excel')
    throw fail('bad-input', `${quoted(path)} holds one table, so none can be named.`, 'Leave the table out.')
  if (table !== undefined && query !== undefined)
    throw fail('bad-input', 'A table and a query were both given.', 'Give one of them.')
  return found
}

/** Where a text is not read strictly, nobody else would tell of a record of another width. */
async function checkRecords(found: Found): Promise<void> {
  const ragged = await raggedLine(found).catch(cause => {
    // Text of another encoding than it seemed: reading finds that, too.
    if (cause instanceof TypeError) return null
    throw cause
  })
  if (ragged) throw ragged
}

/**
 * Finds out what a file is. Of text, the content counts more than the name: it is read as what it is, with a note. Text
 * that calls itself Parquet is refused, unless a person says that it is meant: it was renamed or is the wrong file.
 */
async function lookAtFile(path: string, wanted: FileFormat | undefined, ask: Ask): Promise<Found> {
  const { size: bytes } = statOf(path)
  const plain = { path, bytes, notes: [] as string[], encoding: 'utf-8', dialect: null, ask } as const
  let head: { bytes: Buffer; whole: boolean } = { bytes: firstBytes(path, 16), whole: false }
  let compression: Compression = 'none'
  let format = formatOf(head.bytes, quoted(path))
  if (!format) {
    const unpacked = await unpackedHead(path, compressionOf(head.bytes.toString('latin1')))
    compression = unpacked.compression
    head = unpacked.head
    if (compression !== 'none') format = formatOf(head.bytes, quoted(path))
    if (compression === 'zlib' && format !== 'tfrecord') {
      compression = 'none'
      head = await headBytes(path, 'none', HEAD)
    }
  }
  if (format === 'ole2') throw refuseOle2(path, compression)
  if (format === 'zip') {
    checkWorkbook(path, compression)
    format = 'excel'
  }
  if (format === 'parquet' && compression === 'none') checkParquet(path, bytes)
  if (format) return settle({ ...plain, format, compression }, wanted)

  const encoding = encodingOf(head.bytes)
  const named = namedFormat(path)
  if (!encoding)
    throw fail(
      'unreadable-file',
      `${quoted(path)} holds binary data, not a table${named && !isText(named) ? `; it is no ${shortOf[named]} file either` : ''}.`,
      'Choose a CSV, TSV, Parquet, Arrow, TFRecord, Excel, SQLite or JSON lines file.',
    )
  const text = new TextDecoder(encoding).decode(head.bytes, { stream: !head.whole })
  if (!text.trim())
    throw fail('empty-data', `The file ${quoted(path)} is empty.`, 'Choose a file that holds rows.')
  const { notes } = plain
  if (encoding.startsWith('utf-16')) notes.push('The file is written in UTF-16; it was read as that.')
  if (isJson(text, path)) return settle({ ...plain, format: 'jsonl', compression, encoding }, wanted)
  const dialect = dialectOf(text, head.whole, wanted === 'tsv' || named === 'tsv' ? '\t' : ',')
  notes.push(...dialect.notes)
  const delimited = dialect.delimiter === '\t' ? 'tsv' : 'csv'
  const found = settle({ ...plain, format: delimited, compression, encoding, dialect }, wanted)
  if (dialect.breaks) await checkRecords(found)
  return found
}

/** What several files are together; those of 0 bytes are left out with a note. */
async function lookAtFiles(
  path: string,
  paths: string[],
  wanted: FileFormat | undefined,
  ask: Ask,
): Promise<Found> {
  const files: Found[] = []
  let empty = 0
  for (const one of paths) {
    try {
      files.push(await lookAtFile(one, wanted, ask))
    } catch (error) {
      if (!(error instanceof FailureError && error.failure.code === 'empty-data')) throw error
      empty++
    }
    const [first, last] = [files[0], files.at(-1)]
    if (first && last && first.format !== last.format)
      throw fail(
        'bad-input',
        `${quoted(first.path)} is ${wordOf[first.format]} and ${quoted(last.path)} is ${wordOf[last.format]}; files that are read together must be of one format.`,
        `Name the ones that you mean, with a pattern such as *.${first.format} or with --format ${first.format}.`,
      )
  }
  const [first] = files
  if (!first)
    throw fail('empty-data', `All files of ${quoted(path)} are empty.`, 'Choose files that hold rows.')
  if (first.format === 'sqlite')
    throw fail('bad-input', 'SQLite databases cannot be read together.', 'Import them one by one.')
  const notes = files.flatMap(({ path, notes }) => notes.map(note => `${basename(path)}: ${note}`))
  const some = notes.length > 5 ? [...notes.slice(0, 4), `… and ${notes.length - 4} more notes.`] : notes
  if (empty) some.push(`${empty} empty ${empty === 1 ? 'file was' : 'files were'} left out.`)
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
  return { ...first, path, bytes, notes: some, compression: 'none', encoding: 'utf-8', dialect: null, files }
}

/** What a folder or a list is as pictures; null where it is none. */
async function lookAtPictures(path: string, wanted: FileFormat | undefined, ask: Ask): Promise<Found | null> {
  const isMeant = wanted === 'images' || ask.labels !== undefined
  if (wanted && wanted !== 'images') {
    if (ask.labels === undefined) return null
    throw fail(
      'bad-input',
      `${quoted(path)} is to be read as ${wordOf[wanted]}, which has no labels of its own.`,
      'Leave the labels out.',
    )
  }
  if (!isFolder(path)) {
    if (!isMeant && !(isFile(path) && /\.(json|ya?ml)$/i.test(path))) return null
    statOf(path)
  }
  const images = await lookAtImages(path, {
    wanted: isMeant,
    labels: ask.labels,
    read: one => lookAtFile(one, undefined, {}),
  })
  if (!images) return null
  if (ask.query !== undefined || ask.table !== undefined)
    throw fail('bad-input', `${quoted(path)} holds pictures, so it cannot be asked.`, 'Leave it out.')
  const { bytes, notes } = images
  const plain = { compression: 'none', encoding: 'utf-8', dialect: null } as const
  return { path, bytes, format: 'images', ...plain, notes, ask, images }
}

/**
 * Finds out what a file is, or the files of a folder or of a pattern.
 * @param wanted the format a person chose; a file that is not of it is refused
 * @param ask which table is meant
 * @throws Failure not-found, no-permission, empty-data, unreadable-file, wrong-encoding, bad-input
 */
export async function look(path: string, wanted?: FileFormat, ask: Ask = {}): Promise<Found> {
  if (isAddress(path)) return lookAtAddress(path, wanted, ask)
  const pictures = await lookAtPictures(path, wanted, ask)
  if (pictures) return pictures
  if (isFolder(path)) return lookAtFiles(path, filesOfFolder(path, wanted), wanted, ask)
  if (isPattern(path) && !isFile(path)) return lookAtFiles(path, filesOfPattern(path), wanted, ask)
  return lookAtFile(path, wanted, ask)
}

/** Whether a path names something that can be read: a file, a folder, or files that fit a pattern. */
export const isReadable = (path: string): boolean =>
  isFile(path) || isFolder(path) || (isPattern(path) && /[\\/]|\.\w+$/.test(path))
