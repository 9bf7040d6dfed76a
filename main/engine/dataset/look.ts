import { accessSync, closeSync, constants, openSync, readSync, type Stats, statSync } from 'node:fs'
import { basename } from 'node:path'
import type { FileFormat } from '#contract'
import { fail } from '../kit/index.ts'
import { type Dialect, dialectOf } from './dialect.ts'
import { type Compression, type Encoding, headBytes } from './text.ts'

/** What a file is, by its first bytes and then by its name. */
export interface Found {
  path: string
  bytes: number
  format: FileFormat
  compression: Compression
  encoding: Encoding
  /** Delimited text only. */
  dialect: Dialect | null
  /** What was noticed, in the user's words. */
  notes: string[]
}

/** So much of a text is looked at to find out what it is. */
const HEAD = 2 << 20

/** Files that are no tables: their first bytes (as Latin-1), what they are, what to do. */
const strangers: [string[], string, string][] = [
  [
    ['PK\u0003\u0004'],
    'a ZIP archive or an Excel workbook',
    'Unpack it, or save the sheet as CSV, and import that.',
  ],
  [['ARROW1\u0000'], 'an Arrow file', 'Save it as Parquet or CSV and import that.'],
  [['SQLite format 3\u0000'], 'an SQLite database', 'Export the table as CSV or Parquet and import that.'],
  [['%PDF-'], 'a PDF', 'Import the data it was made of, as CSV or Parquet.'],
  [
    ['\u0089PNG', '\u00ff\u00d8\u00ff', 'GIF87a', 'GIF89a'],
    'an image',
    'Choose a table: CSV, TSV, Parquet or JSON lines.',
  ],
  [['\u0089HDF'], 'an HDF5 file', 'Save its table as Parquet or CSV and import that.'],
  [['Obj\u0001'], 'an Avro file', 'Save it as Parquet and import that.'],
  [
    ['BZh91AY', '\u00fd7zXZ', '7z\u00bc\u00af'],
    'packed in a way that is not read here',
    'Unpack it, or pack it with gzip or zstd.',
  ],
]

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
  if (stat.isDirectory())
    throw fail('unreadable-file', `${quoted(path)} is a folder, not a file.`, 'Choose one file in it.')
  if (!stat.isFile())
    throw fail('unreadable-file', `${quoted(path)} is not a regular file.`, 'Choose a file on a disk.')
  if (stat.size === 0)
    throw fail('empty-data', `The file ${quoted(path)} is empty (0 bytes).`, 'Choose a file that holds rows.')
  return stat
}

/** Whether there is a file at this path. */
export const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false

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
function isParquet(path: string, bytes: number, magic: string): boolean {
  if (!magic.startsWith('PAR1')) return false
  if (bytes < 12 || firstBytes(path, 4, bytes - 4).toString('latin1') !== 'PAR1')
    throw fail(
      'unreadable-file',
      `The Parquet file ${quoted(path)} is cut off: its end is missing.`,
      'Copy or download it again.',
    )
  return true
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
  for (const byte of head) if (byte < 9 || (byte > 13 && byte < 32 && byte !== 27)) controls++
  if (controls > head.length / 100) return null
  try {
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

const endings: [RegExp, FileFormat, string][] = [
  [/\.csv(\.gz|\.zst)?$/i, 'csv', 'CSV'],
  [/\.(tsv|tab)(\.gz|\.zst)?$/i, 'tsv', 'tab-separated text'],
  [/\.(parquet|pq)$/i, 'parquet', 'Parquet'],
  [/\.(json|jsonl|ndjson)(\.gz|\.zst)?$/i, 'jsonl', 'JSON'],
]
const wordOf: Record<FileFormat, string> = {
  csv: 'CSV text',
  tsv: 'tab-separated text',
  parquet: 'Parquet',
  jsonl: 'JSON',
}

/**
 * Finds out what a file is. Of text, the content counts more than the name: it is read as what it is, with a note. Text
 * that calls itself Parquet is refused, unless a person says that it is meant: it was renamed or is the wrong file.
 * @param wanted the format a person chose; a file that is not of it is refused
 * @throws Failure not-found, no-permission, empty-data, unreadable-file, wrong-encoding
 */
export async function look(path: string, wanted?: FileFormat): Promise<Found> {
  const { size: bytes } = statOf(path)
  const magic = firstBytes(path, 16).toString('latin1')
  for (const [marks, what, remedy] of strangers)
    if (marks.some(mark => magic.startsWith(mark)))
      throw fail('unreadable-file', `${quoted(path)} is ${what}, not a table.`, remedy)
  const notes: string[] = []
  const named = endings.find(([ending]) => ending.test(path))
  const settle = (found: Found): Found => {
    const same = (a: FileFormat, b: FileFormat) =>
      a === b || (a !== 'parquet' && a !== 'jsonl' && b === 'csv')
    if (wanted && wanted !== found.format && !(wanted === 'csv' && found.format === 'tsv'))
      throw fail(
        'unreadable-file',
        `${quoted(path)} is not ${wordOf[wanted]}; it looks like ${wordOf[found.format]}.`,
        'Leave the format out, or choose the file that you mean.',
      )
    if (!wanted && named?.[1] === 'parquet' && found.format !== 'parquet')
      throw fail(
        'unreadable-file',
        `${quoted(path)} is ${wordOf[found.format]} and not Parquet; nothing was kept.`,
        `Rename it so that it ends with .${found.format}, or import it with --format ${found.format}.`,
      )
    if (named && !same(found.format, named[1]) && !same(named[1], found.format))
      notes.push(`The name says ${named[2]}, but the file is ${wordOf[found.format]}; it was read as that.`)
    return found
  }
  const found = { path, bytes, notes, compression: 'none', encoding: 'utf-8', dialect: null } as const
  if (isParquet(path, bytes, magic)) return settle({ ...found, format: 'parquet' })

  const compression: Compression = magic.startsWith('\x1f\x8b')
    ? 'gzip'
    : magic.startsWith('\x28\xb5\x2f\xfd')
      ? 'zstd'
      : 'none'
  let head: { bytes: Buffer; whole: boolean }
  try {
    head = await headBytes(path, compression, HEAD)
  } catch (cause) {
    throw fail(
      'unreadable-file',
      `The packed file ${quoted(path)} is damaged.`,
      'Copy or download it again.',
      {
        cause,
      },
    )
  }
  const encoding = encodingOf(head.bytes)
  if (!encoding)
    throw fail(
      'unreadable-file',
      `${quoted(path)} holds binary data, not a table${named?.[1] === 'parquet' ? '; it is no Parquet file either' : ''}.`,
      'Choose a CSV, TSV, Parquet or JSON lines file.',
    )
  const text = new TextDecoder(encoding).decode(head.bytes, { stream: !head.whole })
  if (!text.trim())
    throw fail('empty-data', `The file ${quoted(path)} is empty.`, 'Choose a file that holds rows.')
  if (encoding.startsWith('utf-16')) notes.push('The file is written in UTF-16; it was read as that.')
  if (isJson(text, path)) return settle({ ...found, format: 'jsonl', compression, encoding })
  const dialect = dialectOf(text, head.whole, wanted === 'tsv' || named?.[1] === 'tsv' ? '\t' : ',')
  notes.push(...dialect.notes)
  return settle({
    ...found,
    format: dialect.delimiter === '\t' ? 'tsv' : 'csv',
    compression,
    encoding,
    dialect,
  })
}
