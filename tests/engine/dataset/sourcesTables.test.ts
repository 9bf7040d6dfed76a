import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Cell, DatasetVersion } from '#contract'
import { plainZip, readEntry, type ZipEntry, zipDirectory } from '../../../main/engine/dataset/sources/zip.ts'
import { failureOf, listening, openWorkspace, type Workspace } from './workspace.ts'

let workspace: Workspace
beforeAll(() => {
  workspace = openWorkspace()
})
afterAll(() => workspace.close())

const golden = (name: string) => fileURLToPath(new URL(`../../golden/sources/${name}`, import.meta.url))
const rowsOf = async (version: DatasetVersion): Promise<Cell[][]> =>
  (await workspace.dataset.door.rows({ name: version.id, offset: 0, limit: 1000 } as never, listening)).rows
const typesOf = (version: DatasetVersion) =>
  Object.fromEntries(version.columns.map(({ name, type }) => [name, type]))

describe('Excel', () => {
  test('a sheet with empty rows, dates, truths, texts that look like numbers, and a column without a name', async () => {
    const version = await workspace.import(golden('openpyxl.xlsx'))
    expect(version.columns).toEqual([
      { name: 'id', type: 'integer' },
      { name: 'name', type: 'text' },
      { name: 'day', type: 'date' },
      { name: 'moment', type: 'timestamp' },
      { name: 'yes', type: 'boolean' },
      { name: 'value', type: 'float' },
      { name: 'code', type: 'text' },
      { name: 'column 8', type: 'text' },
      { name: 'clock', type: 'text' },
      { name: 'ID', type: 'integer' },
    ])
    expect(await rowsOf(version)).toEqual([
      [1, 'a', '2020-01-31', '2020-01-31T12:30:00Z', true, 1.5, '007', 'x', '01:02:03', 9],
      [2, null, '1960-01-01', null, false, 2, '5', null, null, null],
      [4, 'grün & <b>\nline', null, '2021-12-31T23:59:59Z', null, -3, null, null, null, null],
    ])
    expect(version.notes).toEqual(['1 empty row was left out.', '1 column has no name; named by position.'])
    expect(version.source.format).toBe('excel')
  })

  test('a sheet by its name, and all of them where it is looked into', async () => {
    const version = await workspace.import(golden('openpyxl.xlsx'), { table: 'Second & last' })
    expect(await rowsOf(version)).toEqual([[10]])
    const seen = await workspace.dataset.door.inspect({ file: golden('openpyxl.xlsx') }, listening)
    expect(seen).toMatchObject({ format: 'excel', tables: ['First', 'Second & last', 'Nothing'] })
  })

  test('formulas have their values, and errors are missing', async () => {
    const version = await workspace.import(golden('formulas.xlsx'))
    expect(await rowsOf(version)).toEqual([
      [3, 6, 'x'],
      [4, null, 'y'],
      [5, 10, null],
    ])
    expect(version.notes).toEqual(['2 cells hold an error such as #DIV/0!; they are kept as missing.'])
  })

  const ole2 = (stream: string) => {
    const file = Buffer.alloc(2048)
    Buffer.from('d0cf11e0a1b11ae1', 'hex').copy(file)
    file.writeUInt16LE(9, 30)
    file.writeUInt32LE(1, 48)
    file.write(stream, 1024, 'utf16le')
    return file
  }
  const zip = (names: string[]) => plainZip(names.map(name => ({ name, bytes: Buffer.from('<x/>') })))

  test.each([
    [
      'a sheet that is not there',
      () => golden('openpyxl.xlsx'),
      { table: 'no' },
      'not-found',
      /has no sheet "no"/,
    ],
    [
      'an empty sheet',
      () => golden('openpyxl.xlsx'),
      { table: 'Nothing' },
      'empty-data',
      /"Nothing" .* has no rows/,
    ],
    ['a query', () => golden('openpyxl.xlsx'), { query: 'SELECT 1' }, 'bad-input', /is no database/],
    [
      'the old kind',
      () => workspace.file('a.xls', ole2('Workbook')),
      {},
      'unreadable-file',
      /of the old kind \(\.xls\)/,
    ],
    [
      'a password',
      () => workspace.file('p.xlsx', ole2('EncryptedPackage')),
      {},
      'unreadable-file',
      /protected with a password/,
    ],
    [
      'a plain archive',
      () => workspace.file('a.zip', zip(['a.txt'])),
      {},
      'unreadable-file',
      /ZIP archive without an Excel workbook/,
    ],
    [
      'a binary workbook',
      () => workspace.file('a.xlsb', zip(['xl/workbook.bin'])),
      {},
      'unreadable-file',
      /\.xlsb/,
    ],
    [
      'an OpenDocument',
      () => workspace.file('a.ods', zip(['mimetype', 'content.xml'])),
      {},
      'unreadable-file',
      /OpenDocument/,
    ],
    [
      'a workbook of nothing',
      () => workspace.file('n.xlsx', zip(['[Content_Types].xml', 'xl/workbook.xml'])),
      {},
      'unreadable-file',
      /Excel workbook "n.xlsx" is damaged/,
    ],
    [
      'one that was cut off',
      () => workspace.file('c.xlsx', readFileSync(golden('openpyxl.xlsx')).subarray(0, 3000)),
      {},
      'unreadable-file',
      /damaged ZIP archive or Excel workbook/,
    ],
  ])('%s', async (_, make, plan, code, says) => {
    const failure = await failureOf(workspace.import(make(), plan))
    expect(failure).toMatchObject({ code, message: expect.stringMatching(says) })
    expect(failure.remedy).toMatch(/\w.*\.$/)
  })

  test('a workbook that would be huge is refused before it is unpacked, and one that lies while it is', async () => {
    const bytes = readFileSync(golden('openpyxl.xlsx'))
    const directory = zipDirectory(golden('openpyxl.xlsx')) ?? []
    const sheet = directory.find(({ name }) => name === 'xl/worksheets/sheet1.xml')
    const place = bytes.lastIndexOf('xl/worksheets/sheet1.xml') - 46
    const claim = (size: number) => {
      const spoiled = Buffer.from(bytes)
      spoiled.writeUInt32LE(size, place + 24)
      return spoiled
    }
    const huge = await failureOf(workspace.import(workspace.file('bomb.xlsx', claim(2 ** 31))))
    expect(huge).toMatchObject({
      code: 'unreadable-file',
      message: expect.stringMatching(/2048 MB when it is unpacked/),
    })
    const lie = workspace.file('lie.xlsx', claim(100))
    expect(await failureOf(workspace.import(lie))).toMatchObject({
      message: expect.stringMatching(/damaged/),
    })
    expect(() => readEntry(lie, { ...(sheet as ZipEntry), unpacked: 100 })).toThrow()
  })
})

describe('SQLite', () => {
  const database = (name: string, sql: string) => {
    const path = workspace.file(name, '')
    const db = new Database(path)
    db.exec(sql)
    db.close()
    return path
  }
  let many = ''
  beforeAll(() => {
    many = database(
      'many.sqlite',
      `CREATE TABLE kinds (i INTEGER, r REAL, t TEXT, b BLOB, f BOOLEAN, d DATE, ts TIMESTAMP, any, n NUMERIC, "Upper" TEXT);
       INSERT INTO kinds VALUES
         (1, 1, 'grün', x'ff00', 1, '2020-01-31', '2020-01-31 12:30:15.5', 5, 7, 'upper'),
         (9223372036854775807, 0.5, '', 'text', 0, '1960-01-01', '2020-01-31T12:30:00+02:00', 'x', 0.5, NULL),
         (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
       CREATE TABLE "odd "" name" (a); INSERT INTO "odd "" name" VALUES (1);
       CREATE VIEW double AS SELECT i * 2 AS twice FROM kinds WHERE i = 1;
       CREATE TABLE empty (a);`,
    )
  })

  test('values of all kinds; those of several become text', async () => {
    const version = await workspace.import(many, { table: 'kinds' })
    expect(typesOf(version)).toEqual({
      i: 'integer',
      r: 'float',
      t: 'text',
      b: 'text',
      f: 'boolean',
      d: 'date',
      ts: 'timestamp',
      any: 'text',
      n: 'float',
      Upper: 'text',
    })
    expect(await rowsOf(version)).toEqual([
      [1, 1, 'grün', '/wA=', true, '2020-01-31', '2020-01-31T12:30:15.5Z', '5', 7, 'upper'],
      [
        '9223372036854775807',
        0.5,
        '',
        'dGV4dA==',
        false,
        '1960-01-01',
        '2020-01-31T10:30:00Z',
        'x',
        0.5,
        null,
      ],
      [null, null, null, null, null, null, null, null, null, null],
    ])
  })

  test('a query is kept, views and odd names are read, and one table needs no name', async () => {
    const query = 'SELECT i AS id, t FROM kinds WHERE i < 5'
    const asked = await workspace.import(many, { query })
    expect(await rowsOf(asked)).toEqual([[1, 'grün']])
    expect(asked.source.query).toBe(query)
    expect(await rowsOf(await workspace.import(many, { table: 'double' }))).toEqual([[2]])
    expect(await rowsOf(await workspace.import(many, { table: 'ODD " NAME' }))).toEqual([[1]])
    const one = database('one.db', 'CREATE TABLE x (a); INSERT INTO x VALUES (1), (2)')
    expect(await rowsOf(await workspace.import(one))).toEqual([[1], [2]])
    const seen = await workspace.dataset.door.inspect({ file: many, table: 'kinds' }, listening)
    expect(seen.tables).toEqual(['double', 'empty', 'kinds', 'odd " name'])
  })

  test('what is still in the log beside the file is read', async () => {
    const path = workspace.file('log.sqlite', '')
    const db = new Database(path)
    db.pragma('journal_mode = WAL')
    db.exec('CREATE TABLE x (a); INSERT INTO x VALUES (1)')
    try {
      const first = await workspace.import(path, { name: 'log' })
      expect(await rowsOf(first)).toEqual([[1]])
      db.exec('INSERT INTO x VALUES (2)')
      expect(await rowsOf(await workspace.import(path, { name: 'log' }))).toEqual([[1], [2]])
    } finally {
      db.close()
    }
  })

  test.each([
    ['no table named of many', {}, 'bad-input', /holds 4 tables/],
    ['a table that is not there', { table: 'no' }, 'not-found', /has no table "no"/],
    ['a table without rows', { table: 'empty' }, 'empty-data', /no rows/],
    [
      'a mistake in the query',
      { query: 'SELEC' },
      'bad-input',
      /refuses the query: near "SELEC": syntax error/,
    ],
    ['a query that writes', { query: 'DELETE FROM kinds' }, 'bad-input', /would change the database/],
    [
      'a query that writes and gives rows',
      { query: 'DELETE FROM kinds RETURNING i' },
      'bad-input',
      /would change/,
    ],
    ['two queries', { query: 'SELECT 1; SELECT 2' }, 'bad-input', /not one SELECT/],
    ['both', { query: 'SELECT 1', table: 'kinds' }, 'bad-input', /both given/],
  ])('%s', async (_, plan, code, says) => {
    const failure = await failureOf(workspace.import(many, plan))
    expect(failure).toMatchObject({ code, message: expect.stringMatching(says) })
  })

  test('many rows come in order', async () => {
    const path = database(
      'long.db',
      `CREATE TABLE x (id INTEGER PRIMARY KEY, s TEXT);
       WITH RECURSIVE g(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM g WHERE i < 300000)
       INSERT INTO x SELECT i, 'row ' || i FROM g;`,
    )
    const version = await workspace.import(path)
    expect(version.rows).toBe(300_000)
    const page = await workspace.dataset.door.rows(
      { name: version.id, offset: 299_998, limit: 5 } as never,
      listening,
    )
    expect(page.rows).toEqual([
      [299_999, 'row 299999'],
      [300_000, 'row 300000'],
    ])
  })
})
