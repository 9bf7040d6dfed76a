import type { FileFormat } from '#contract'
import { fail } from '../../kit/index.ts'
import { isTfrecord } from '../../metadata/index.ts'

/** Files that are no tables: their first bytes (as Latin-1), what they are, what to do. */
const strangers: [string[], string, string][] = [
  [
    ['FEA1'],
    'a Feather file of the first version',
    'Save it as Feather version 2 (the default of pyarrow since 2020), as Parquet or as CSV.',
  ],
  [['%PDF-'], 'a PDF', 'Import the data it was made of, as CSV or Parquet.'],
  [
    ['\u0089PNG', '\u00ff\u00d8\u00ff', 'GIF87a', 'GIF89a'],
    'an image',
    'Choose a table, or the folder that the pictures lie in.',
  ],
  [['\u0089HDF'], 'an HDF5 file', 'Save its table as Parquet or CSV and import that.'],
  [['Obj\u0001'], 'an Avro file', 'Save it as Parquet and import that.'],
  [
    ['BZh91AY', '\u00fd7zXZ', '7z\u00bc\u00af'],
    'packed in a way that is not read here',
    'Unpack it, or pack it with gzip or zstd.',
  ],
]

/** An Arrow stream begins with a mark and the length of its schema. */
const isArrowStream = (head: Buffer) => {
  if (head.length < 12 || head.readUInt32LE(0) !== 0xffffffff) return false
  const length = head.readInt32LE(4)
  return length > 0 && length < 1 << 26 && head.readUInt32LE(8) < length
}

/**
 * The format of a file of bytes, by its first ones; null where it may be text. A ZIP archive and an OLE2 file, in which
 * workbooks come, are to be looked into.
 * @throws Failure unreadable-file for known files that are no tables
 */
export function formatOf(head: Buffer, name: string): FileFormat | 'zip' | 'ole2' | null {
  const magic = head.subarray(0, 16).toString('latin1')
  for (const [marks, what, remedy] of strangers)
    if (marks.some(mark => magic.startsWith(mark)))
      throw fail('unreadable-file', `${name} is ${what}, not a table.`, remedy)
  if (magic.startsWith('PAR1')) return 'parquet'
  if (magic.startsWith('ARROW1') || isArrowStream(head)) return 'arrow'
  if (magic.startsWith('SQLite format 3\0')) return 'sqlite'
  if (magic.startsWith('PK\u0003\u0004')) return 'zip'
  if (magic.startsWith('\u00d0\u00cf\u0011\u00e0\u00a1\u00b1\u001a\u00e1')) return 'ole2'
  return isTfrecord(head.subarray(0, 12)) ? 'tfrecord' : null
}
