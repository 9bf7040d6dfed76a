import type { FileFormat } from '#contract'

/** Formats by the ending of a name, and what they are called in a sentence. */
const endings: [RegExp, FileFormat][] = [
  [/\.csv$/i, 'csv'],
  [/\.(tsv|tab)$/i, 'tsv'],
  [/\.(parquet|pq)$/i, 'parquet'],
  [/\.(json|jsonl|ndjson)$/i, 'jsonl'],
  [/\.(arrow|arrows|feather|ipc)$/i, 'arrow'],
  // TFX numbers its shards behind the ending: data_tfrecord-00000-of-00010.
  [/[._](tfrecords?|tfrec|tfr)(-\d+-of-\d+)?$/i, 'tfrecord'],
  [/\.(xlsx|xlsm)$/i, 'excel'],
  [/\.(sqlite3?|db3?)$/i, 'sqlite'],
]

const packed = /\.(gz|zst|zz|zlib)$/i

/** What a file calls itself, or null. */
export const namedFormat = (path: string): FileFormat | null =>
  endings.find(([ending]) => ending.test(path.replace(packed, '')))?.[1] ?? null

/** A name without what says its format. */
export function withoutEnding(name: string): string {
  const bare = name.replace(packed, '')
  const found = [...endings.map(([ending]) => ending), /\.(txt|data)$/i].find(ending => ending.test(bare))
  return found ? bare.replace(found, '') : bare
}

/** How a format is called in a sentence. */
export const wordOf: Record<FileFormat, string> = {
  csv: 'CSV text',
  tsv: 'tab-separated text',
  parquet: 'Parquet',
  jsonl: 'JSON',
  arrow: 'Arrow',
  tfrecord: 'TFRecord',
  excel: 'an Excel workbook',
  sqlite: 'an SQLite database',
  postgres: 'a PostgreSQL database',
  images: 'pictures',
}

/** What a name with the ending of a format says that it is. */
export const shortOf: Record<FileFormat, string> = {
  ...wordOf,
  csv: 'CSV',
  excel: 'Excel workbook',
  sqlite: 'SQLite database',
}

/** Text by its content, whatever it is called. */
export const isText = (format: FileFormat): boolean =>
  format === 'csv' || format === 'tsv' || format === 'jsonl'
