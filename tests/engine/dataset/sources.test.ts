import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { DuckDBInstance } from '@duckdb/node-api'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Cell, DatasetVersion } from '#contract'
import { csv, failureOf, listening, openWorkspace, type Workspace } from './workspace.ts'

let workspace: Workspace
beforeAll(() => {
  workspace = openWorkspace()
})
afterAll(() => workspace.close())

const rowsOf = async (version: DatasetVersion): Promise<Cell[][]> =>
  (await workspace.dataset.door.rows({ name: version.id, offset: 0, limit: 1000 } as never, listening)).rows
const names = (version: DatasetVersion) => version.columns.map(({ name }) => name)
const types = (version: DatasetVersion) =>
  Object.fromEntries(version.columns.map(({ name, type }) => [name, type]))

/** Writes Parquet with DuckDB, which is not what is tested. */
async function parquet(name: string, select: string): Promise<string> {
  const path = workspace.file(name, '')
  const connection = await (await DuckDBInstance.create()).connect()
  await connection.run(`COPY (${select}) TO '${path}' (FORMAT parquet)`)
  connection.closeSync()
  return path
}

/** A new folder with files in it. */
function folder(files: Record<string, string | Uint8Array>): string {
  const base = dirname(workspace.file(`folder-${Math.random().toString(36).slice(2)}/.keep`, ''))
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(base, name)), { recursive: true })
    writeFileSync(join(base, name), content)
  }
  return base
}

describe('several files', () => {
  test('a folder is one table, in the natural order of its paths', async () => {
    const days = folder({
      'day10.csv': 'id,x\n4,d\n',
      'day2.csv': 'id,x\n2,b\n3,c\n',
      'day1.csv.gz': gzipSync('id,x\n1,a\n'),
      'late/day1.csv.zst': zstdCompressSync(Buffer.from('id,x\n5,e\n')),
      _SUCCESS: '',
      'README.md': 'nothing, to read',
    })
    const version = await workspace.import(days, { name: 'days' })
    expect(await rowsOf(version)).toEqual([
      [1, 'a'],
      [2, 'b'],
      [3, 'c'],
      [4, 'd'],
      [5, 'e'],
    ])
    expect(version.source).toMatchObject({ path: days, files: 4, format: 'csv' })
    expect(version.notes).toEqual([])
  })

  test('a pattern chooses files, and its words name the dataset', async () => {
    const days = folder({
      'a/x1.csv': 'a\n1\n',
      'a/x2.csv': 'a\n2\n',
      'b/x3.csv': 'a\n3\n',
      'b/y.csv': 'a\n9\n',
    })
    const all = await workspace.import(join(days, '**', 'x*.csv'))
    expect(await rowsOf(all)).toEqual([[1], [2], [3]])
    expect(all.dataset).toBe('x')
    const some = await workspace.import(join(days, 'a', '*.csv'))
    expect(await rowsOf(some)).toEqual([[1], [2]])
    expect(some.dataset).toBe('a')
    const either = await workspace.import(join(days, '{a,b}', 'x[23].csv'), { name: 'either' })
    expect(await rowsOf(either)).toEqual([[2], [3]])
  })

  test('columns are united by their names, letter case and all', async () => {
    const base = folder({
      '1.csv': 'a,b\n1,x\n',
      '2.csv': 'b,c,a\ny,2.5,2\n',
      '3.csv': 'A,a\nz,3\n',
    })
    const version = await workspace.import(base)
    expect(names(version)).toEqual(['a', 'b', 'c', 'A'])
    expect(types(version)).toEqual({ a: 'integer', b: 'text', c: 'float', A: 'text' })
    expect(await rowsOf(version)).toEqual([
      [1, 'x', null, null],
      [2, 'y', 2.5, null],
      [3, null, null, 'z'],
    ])
    expect(version.notes).toEqual([
      expect.stringMatching(/^3 columns are not in every file \("b", "c", "A"\)/),
    ])
  })

  test('a type comes from the values of all files', async () => {
    const base = folder({ '1.csv': 'a,b\n1,1\n', '2.csv': 'a,b\n2.5,x\n', '3.csv': 'a,b\n007,\n' })
    expect(types(await workspace.import(base))).toEqual({ a: 'text', b: 'text' })
  })

  test('Parquet of several types', async () => {
    const base = folder({})
    for (const [at, select] of [
      "SELECT 1::INTEGER AS a, 1 AS b, DATE '2020-01-01' AS d, 18446744073709551615::UBIGINT AS u",
      "SELECT 2.5::DOUBLE AS a, 'x' AS b, TIMESTAMP '2020-01-02 03:04:05' AS d, -1::BIGINT AS u",
      "SELECT 'nan'::FLOAT AS a, true AS b, NULL::DATE AS d, NULL::UBIGINT AS u",
    ].entries())
      await parquet(join(base, `${at}.parquet`).slice(dirname(workspace.file('x', '')).length + 1), select)
    const version = await workspace.import(join(base, '*.parquet'))
    expect(types(version)).toEqual({ a: 'float', b: 'text', d: 'timestamp', u: 'integer' })
    expect(await rowsOf(version)).toEqual([
      [1, '1', '2020-01-01T00:00:00Z', '18446744073709551615'],
      [2.5, 'x', '2020-01-02T03:04:05Z', -1],
      [null, 'true', null, null],
    ])
    expect(version.notes).toContain('1 values of "a" are not a number or infinite; they are kept as missing.')
  })

  test('JSON lines, and one that is not UTF-8 among CSV', async () => {
    const lines = folder({ '1.jsonl': '{"a":1,"b":{"c":2}}\n', '2.json': '[{"a":"x","z":true}]' })
    const version = await workspace.import(lines)
    expect(await rowsOf(version)).toEqual([
      ['1', '{"c":2}', null],
      ['x', null, true],
    ])
    const mixed = folder({
      '1.csv': 'a,b\n1,grün\n',
      '2.csv': Buffer.from('a,b\n2,gr\u00fcn\n', 'latin1'),
      '3.csv': Buffer.from('\ufeffa,b\n3,grün\n', 'utf16le'),
    })
    const text = await workspace.import(mixed)
    expect(await rowsOf(text)).toEqual([
      [1, 'grün'],
      [2, 'grün'],
      [3, 'grün'],
    ])
    expect(text.notes).toEqual([
      expect.stringMatching(/^3.csv: .*UTF-16/),
      expect.stringMatching(/^2.csv: .*Windows-1252/),
    ])
  })

  test('the hash is of all contents and their order, not of where they lie', async () => {
    const files = { '1.csv': 'a\n1\n', '2.csv': 'a\n2\n' }
    const [one, same] = [folder(files), folder(files)]
    const other = folder({ '1.csv': 'a\n2\n', '2.csv': 'a\n1\n' })
    const version = await workspace.import(one, { name: 'hashed' })
    expect((await workspace.import(same, { name: 'hashed' })).id).toBe(version.id)
    expect((await workspace.import(other, { name: 'hashed' })).id).not.toBe(version.id)
  })

  test('looking into them shows the first rows and how many files there are', async () => {
    const base = folder({ '1.csv': 'a\n1\n', '2.csv': 'a\n2\n', '3.csv': 'a\n3\n' })
    const seen = await workspace.dataset.door.inspect({ file: base }, listening)
    expect(seen).toMatchObject({ format: 'csv', files: 3, head: { rows: [[1], [2], [3]] } })
  })

  test.each([
    [
      'an empty folder',
      () => folder({}),
      'empty-data',
      /^The folder ".*" (is empty|holds no data files by name)\.$/,
    ],
    ['a folder without data', () => folder({ 'a.md': 'x' }), 'empty-data', /holds no data files/],
    [
      'several formats',
      () => folder({ '1.csv': 'a\n1\n', '2.jsonl': '{"a":1}\n' }),
      'bad-input',
      /"1.csv" is CSV text and "2.jsonl" is JSON; files that are read together must be of one format/,
    ],
    [
      'a pattern that nothing fits',
      () => join(folder({}), '*.csv'),
      'not-found',
      /No file fits the pattern .*\*\.csv/,
    ],
    [
      'a file of another table',
      () => folder({ '1.csv': 'a,b\n1,2\n', '2.csv': 'x,y\n3,4\n' }),
      'bad-input',
      /"2.csv" has no column of "1.csv"/,
    ],
    [
      'a broken file among them',
      () => folder({ '1.csv': 'a,b\n1,2\n', '2.csv': 'a,b\n1,2\n3\n4,5\n' }),
      'ragged-rows',
      /Line 3 of "2.csv" has 1 value/,
    ],
    ['nothing but empty files', () => folder({ '1.csv': '', '2.csv': '' }), 'empty-data', /are empty/],
    ['headers alone', () => folder({ '1.csv': 'a,b\n', '2.csv': 'a,b\n' }), 'empty-data', /no rows/],
  ])('%s', async (_, make, code, says) => {
    const failure = await failureOf(workspace.import(make()))
    expect(failure).toMatchObject({ code, message: expect.stringMatching(says) })
    expect(failure.remedy).toMatch(/\w.*\.$/)
  })

  test('a format may be chosen where there are several', async () => {
    const base = folder({ '1.csv': 'a\n1\n', '2.jsonl': '{"a":2}\n', '3.csv': '' })
    const version = await workspace.import(base, { format: 'jsonl' })
    expect(await rowsOf(version)).toEqual([[2]])
    const other = await workspace.import(base, { format: 'csv' })
    expect(await rowsOf(other)).toEqual([[1]])
    expect(other.notes).toEqual(['1 empty file was left out.'])
  })

  test('rows that are cut into files anywhere are the rows of the one file', async () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'B', '7', '.', ',', '"', '\n', '\r\n', 'é', ' ') })
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(text, text, text), { minLength: 1, maxLength: 12 }),
        fc.array(fc.integer({ min: 0, max: 12 }), { maxLength: 3 }),
        async (rows, cuts) => {
          const header = ['first', 'second', 'third']
          const ends = [...new Set([...cuts.map(cut => Math.min(cut, rows.length)), rows.length])].sort(
            (a, b) => a - b,
          )
          const parts = ends.map((end, at) => rows.slice(ends[at - 1] ?? 0, end))
          const base = folder(
            Object.fromEntries(parts.map((part, at) => [`${at}.csv`, csv([header, ...part])])),
          )
          const whole = workspace.file(`${Math.random().toString(36).slice(2)}.csv`, csv([header, ...rows]))
          const [split, one] = [await workspace.import(base), await workspace.import(whole)]
          expect(types(split)).toEqual(types(one))
          expect(await rowsOf(split)).toEqual(await rowsOf(one))
        },
      ),
      { numRuns: 15 },
    )
  })
})

describe('delimited text', () => {
  test.each([
    ['line feeds', '\n'],
    ['returns and line feeds', '\r\n'],
  ])('line ends in quotes, between lines that end with %s', async (_, end) => {
    const cells = ['one\nline', 'two\r\nlines', '"quoted",\r\n\r\nand "more"', '\n', 'plain']
    const content = ['a,b', ...cells.map((cell, at) => `"${cell.replaceAll('"', '""')}",${at}`), ''].join(end)
    for (const [name, bytes] of [
      ['q.csv', content],
      ['q.csv.gz', gzipSync(content)],
      ['q.csv.zst', zstdCompressSync(Buffer.from(content))],
    ] as const) {
      const version = await workspace.import(workspace.file(name, bytes))
      expect(await rowsOf(version)).toEqual(cells.map((cell, at) => [cell, at]))
      expect(version.notes).toEqual([])
    }
  })

  test('tab-separated text with zstd, and Parquet with gzip', async () => {
    const tsv = workspace.file('x.tsv.zst', zstdCompressSync(Buffer.from('a\tb\n1\t"x\ty"\n')))
    expect(await rowsOf(await workspace.import(tsv))).toEqual([[1, 'x\ty']])
    const { readFileSync } = await import('node:fs')
    const plain = await parquet('plain.parquet', "SELECT 5 AS a, 'x' AS b")
    const packed = workspace.file('packed.parquet.gz', gzipSync(readFileSync(plain)))
    expect(await rowsOf(await workspace.import(packed))).toEqual([[5, 'x']])
  })
})
