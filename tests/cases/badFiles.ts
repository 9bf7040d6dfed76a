import { mkdirSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FailureCode } from '#contract'

/** A file that cannot be imported: how to make it in a folder, and what a person must be told. */
export interface BadFile {
  what: string
  /** @returns its path */
  make(folder: string): string
  code: FailureCode
  /** What the sentence must say. */
  says: RegExp
  /** More of the import's plan. */
  plan?: Record<string, unknown>
}

const write = (name: string, content: string | Uint8Array) => (folder: string) => {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489', 'hex')

export const badFiles: BadFile[] = [
  {
    what: 'a file that is not there',
    make: folder => join(folder, 'nowhere.csv'),
    code: 'not-found',
    says: /There is no file .*nowhere\.csv/,
  },
  {
    what: 'an empty folder',
    make: folder => {
      const path = join(folder, 'a folder.csv')
      mkdirSync(path)
      return path
    },
    code: 'empty-data',
    says: /The folder "a folder.csv" is empty/,
  },
  { what: 'an empty file', make: write('empty.csv', ''), code: 'empty-data', says: /empty \(0 bytes\)/ },
  { what: 'a file of blank lines', make: write('blank.csv', '\n \n\n'), code: 'empty-data', says: /empty/ },
  { what: 'a byte order mark alone', make: write('mark.csv', '\ufeff'), code: 'empty-data', says: /empty/ },
  {
    what: 'a header and no rows',
    make: write('header.csv', 'a,b,c\n'),
    code: 'empty-data',
    says: /a header and no rows/,
  },
  {
    what: 'a row that is too short',
    make: write('short.csv', 'a,b\n1,"x\ny"\n2\n3,4\n'),
    code: 'ragged-rows',
    says: /Line 4 .* has 1 value where the header has 2 names/,
  },
  {
    what: 'a row that is too long',
    make: write('long.csv', 'a,b\n1,2\n3,4\n5,6,7\n'),
    code: 'ragged-rows',
    says: /Line 4 .* has 3 values where the header has 2 names/,
  },
  {
    what: 'a row that is too long, far behind',
    make: write('far.csv', `a,b\n${'1,2\n'.repeat(400_000)}5,6,7\n${'1,2\n'.repeat(9)}`),
    code: 'ragged-rows',
    says: /Line 400002 .* has 3 values/,
  },
  {
    what: 'a quotation mark that is never closed',
    make: write('quote.csv', 'a,b\n1,2\n3,"four\n5,6\n'),
    code: 'unreadable-file',
    says: /quotation mark on line 3 .* never closed/,
  },
  { what: 'a Parquet of 0 bytes', make: write('zero.parquet', ''), code: 'empty-data', says: /0 bytes/ },
  {
    what: 'a CSV that was renamed to Parquet',
    make: write('table.parquet', 'a,b\n1,2\n'),
    code: 'unreadable-file',
    says: /"table.parquet" is CSV text and not Parquet/,
  },
  {
    what: 'a Parquet that was cut off',
    make: write('cut.parquet', Buffer.concat([Buffer.from('PAR1'), Buffer.alloc(500, 7)])),
    code: 'unreadable-file',
    says: /cut off/,
  },
  {
    what: 'a Parquet with a broken footer',
    make: write(
      'footer.parquet',
      Buffer.concat([Buffer.from('PAR1'), Buffer.alloc(500, 7), Buffer.from('PAR1')]),
    ),
    code: 'unreadable-file',
    says: /Parquet file .* is damaged/,
  },
  { what: 'a picture', make: write('picture.csv', PNG), code: 'unreadable-file', says: /is an image/ },
  {
    what: 'bytes that are no text',
    make: write(
      'noise.parquet',
      Uint8Array.from({ length: 5000 }, (_, at) => (at * 7919) % 256),
    ),
    code: 'unreadable-file',
    says: /binary data.*no Parquet/,
  },
  {
    what: 'a workbook',
    make: write('sheet.csv', Buffer.from('504b0304140006000800', 'hex')),
    code: 'unreadable-file',
    says: /Excel/,
  },
  {
    what: 'a packed file that was cut off',
    make: folder => {
      const path = write('cut.csv.gz', Buffer.from('1f8b0800000000000003', 'hex'))(folder)
      truncateSync(path, 10)
      return path
    },
    code: 'unreadable-file',
    says: /damaged/,
  },
  {
    what: 'text in an encoding nobody said',
    make: write(
      'sjis.csv',
      Buffer.concat([
        Buffer.from('a,b\n'),
        Buffer.from('83658358836731,32', 'hex'),
        Buffer.from([0x81, 0x8d, 10]),
      ]),
    ),
    code: 'wrong-encoding',
    says: /not text in UTF-8, UTF-16 or Windows-1252/,
  },
  {
    what: 'a line that is no JSON',
    make: write('bad.jsonl', '{"a":1}\n{"a":\n{"a":3}\n'),
    code: 'unreadable-file',
    says: /Line 2 .* not valid JSON/,
  },
  {
    what: 'JSON lines that are no objects',
    make: write('lists.jsonl', '[1,2]\n[3,4]\n'),
    code: 'unreadable-file',
    says: /not objects/,
  },
  {
    what: 'an empty JSON array',
    make: write('none.json', '[]'),
    code: 'empty-data',
    says: /no (rows|columns)/,
  },
  {
    what: 'a format that it is not',
    make: write('table.csv', 'a,b\n1,2\n'),
    plan: { format: 'parquet' },
    code: 'unreadable-file',
    says: /is not Parquet; it looks like CSV text/,
  },
  {
    what: 'a key that is no column',
    make: write('key.csv', 'a,b\n1,2\n'),
    plan: { key: ['id'] },
    code: 'bad-input',
    says: /key names "id"/,
  },
  {
    what: 'shares that do not add up',
    make: write('shares.csv', 'a,b\n1,2\n'),
    plan: { train: 0.5, eval: 0.1, test: 0.1 },
    code: 'bad-input',
    says: /add up to 0\.7/,
  },
]
