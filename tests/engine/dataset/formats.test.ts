import { readFileSync } from 'node:fs'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Cell, DatasetVersion } from '#contract'
import { failureOf, listening, openWorkspace, type Workspace } from './workspace.ts'

let workspace: Workspace
beforeAll(() => {
  workspace = openWorkspace()
})
afterAll(() => workspace.close())

const rowsOf = async (version: DatasetVersion): Promise<Cell[][]> =>
  (await workspace.dataset.door.rows({ name: version.id, offset: 0, limit: 1000 }, listening)).rows
const typesOf = (version: DatasetVersion) =>
  Object.fromEntries(version.columns.map(({ name, type }) => [name, type]))

/** Writes a file, imports it, and gives the version and its rows. */
async function read(name: string, content: string | Uint8Array, plan?: Parameters<Workspace['import']>[1]) {
  const version = await workspace.import(workspace.file(name, content), plan)
  return { version, types: typesOf(version), rows: await rowsOf(version) }
}

/** Writes a Parquet file with DuckDB, which is not what is tested. */
async function parquet(name: string, select: string): Promise<string> {
  const path = workspace.file(name, '')
  const connection = await (await DuckDBInstance.create()).connect()
  await connection.run(`COPY (${select}) TO '${path}' (FORMAT parquet)`)
  connection.closeSync()
  return path
}

describe('delimited text', () => {
  test.each([
    ['header of two lines, records that end as it breaks', 'a,"b\nc"\n1,x\n2,y\n'],
    ['header that breaks as Unix, records that end as Windows', 'a,"b\nc"\r\n1,x\r\n2,y\r\n'],
    ['header that breaks as Windows, records that end as Unix', 'a,"b\r\nc"\n1,x\n2,y\n'],
    ['header and cell of two lines', 'a,"b\nc"\r\n1,"x\r\nx"\r\n2,"y\ny"\r\n'],
  ])('%s', async (what, content) => {
    const { rows } = await read(`${what}.csv`, content)
    expect(rows.map(([, second]) => String(second)[0])).toEqual(['x', 'y'])
  })
  test.each([
    ['too many values', 'a,"b\nc"\r\n1,x\r\n2,y,z\r\n', 'ragged-rows', 'Line 4'],
    ['too few values', 'a,"b\nc"\n1,x\n2\n', 'ragged-rows', 'Line 4'],
    ['a quotation mark without end', 'a,"b\nc"\n1,x\n2,"y\n3,z\n', 'unreadable-file', 'line 4'],
  ])('%s under a header of two lines', async (what, content, code, place) => {
    const failure = await failureOf(read(`${what}.csv`, content))
    expect(failure).toMatchObject({ code, message: expect.stringContaining(place) })
  })
  test('types come from all values, and each cell stays what it was', async () => {
    const { version, types, rows } = await read(
      'types.csv',
      'int,float,yes,day,moment,text,zip,big,empty\n' +
        '1,1.5,true,2020-01-31,2020-01-31 12:30:00,a,00501,9007199254740993,\n' +
        '-2,2,FALSE,2020-02-29,2020-01-31T12:30:00.250Z,"b, ""c""",10001,3,\n' +
        ',-1e-3,true,,,,02134,,\n',
    )
    expect(types).toEqual({
      int: 'integer',
      float: 'float',
      yes: 'boolean',
      day: 'date',
      moment: 'timestamp',
      text: 'text',
      zip: 'text',
      big: 'integer',
      empty: 'text',
    })
    expect(rows).toEqual([
      [1, 1.5, true, '2020-01-31', '2020-01-31T12:30:00Z', 'a', '00501', '9007199254740993', null],
      [-2, 2, false, '2020-02-29', '2020-01-31T12:30:00.25Z', 'b, "c"', '10001', 3, null],
      [null, -0.001, true, null, null, null, '02134', null, null],
    ])
    expect(version.notes).toEqual([])
    expect(version.source.format).toBe('csv')
  })

  test('one late value decides, not the first thousands', async () => {
    const { types, rows } = await read('late.csv', `n,m\n${'7,1\n'.repeat(30_000)}seven,1.5\n`)
    expect(types).toEqual({ n: 'text', m: 'float' })
    expect(rows[0]).toEqual(['7', 1])
  })

  test('values that are no numbers are kept as missing, and said', async () => {
    const { version, rows } = await read('nan.csv', 'a\n1.5\nNaN\ninf\n')
    expect(rows).toEqual([[1.5], [null], [null]])
    expect(version.notes).toEqual([expect.stringMatching(/^2 values of "a" are not a number/)])
    expect((await read('words.csv', 'a,b\nnan,1\ninf,2\n')).types.a).toBe('text')
  })

  test('dates in other forms, and those that nobody can tell apart', async () => {
    const { version, types, rows } = await read(
      'dates.csv',
      'us,german,moment,either\n12/31/2020,31.12.2020,12/31/2020 08:05,01/02/2020\n1/2/2021,1.2.2021,1/2/2021 8:05,03/04/2021\n',
    )
    expect(types).toEqual({ us: 'date', german: 'date', moment: 'timestamp', either: 'text' })
    expect(rows[1]).toEqual(['2021-01-02', '2021-02-01', '2021-01-02T08:05:00Z', '03/04/2021'])
    expect(version.notes).toEqual([expect.stringContaining('"either" holds dates that could be day/month')])
  })

  test.each([
    ['tabs', 'x.tsv', 'a\tb\n1\tx, y\n', 'tsv'],
    ['semicolons', 'x.csv', 'a;b\n1;x, y\n', 'csv'],
    ['bars', 'x.txt', 'a|b\n1|x, y\n', 'csv'],
    ['a byte order mark', 'mark.csv', '\ufeffa,b\n1,"x, y"\n', 'csv'],
    ['returns and line feeds', 'crlf.csv', 'a,b\r\n1,"x, y"\r\n', 'csv'],
    ['returns alone', 'cr.csv', 'a,b\r1,"x, y"\r', 'csv'],
    ['no last line end', 'end.csv', 'a,b\n1,"x, y"', 'csv'],
    ['gzip', 'x.csv.gz', gzipSync('a,b\n1,"x, y"\n'), 'csv'],
    ['zstd', 'x.csv.zst', zstdCompressSync(Buffer.from('a,b\n1,"x, y"\n')), 'csv'],
    ['gzip without its ending', 'packed.csv', gzipSync('a,b\n1,"x, y"\n'), 'csv'],
  ])('with %s', async (_, name, content, format) => {
    const { version, rows, types } = await read(name, content)
    expect(types).toEqual({ a: 'integer', b: 'text' })
    expect(rows).toEqual([[1, 'x, y']])
    expect(version.source.format).toBe(format)
  })

  test('a comma in decimals where the semicolon parts', async () => {
    expect((await read('comma.csv', 'a;b\n1,5;2\n-3,25;4\n')).rows).toEqual([
      [1.5, 2],
      [-3.25, 4],
    ])
  })

  test('line ends of two kinds, and line ends within quotes', async () => {
    const mixed = await read('mixed.csv', 'a,b\r\n1,2\n3,4\r\n')
    expect(mixed.rows).toEqual([
      [1, 2],
      [3, 4],
    ])
    expect(mixed.version.notes).toEqual([expect.stringContaining('mixes kinds of line ends')])
    expect((await read('quoted.csv', 'a,b\n"x\ny",1\n"\n",2\n')).rows).toEqual([
      ['x\ny', 1],
      ['\n', 2],
    ])
  })

  test.each([
    ['UTF-16, little end first', Buffer.from('\ufeffa,b\ngrün,日本\n', 'utf16le'), /UTF-16/],
    ['UTF-16, big end first', Buffer.from('\ufeffa,b\ngrün,日本\n', 'utf16le').swap16(), /UTF-16/],
    ['UTF-16 without a mark', Buffer.from('alpha,beta\ngrün,Tag\n', 'utf16le'), /UTF-16/],
    ['Latin-1', Buffer.from('a,b\ngrün,ça\n', 'latin1'), /Windows-1252/],
    [
      'Latin-1, far behind',
      Buffer.from(`a,b\n${'plain,text\n'.repeat(300_000)}grün,ça\n`, 'latin1'),
      /Windows-1252/,
    ],
  ])('in %s', async (what, content, note) => {
    const { version } = await read(`${what}.csv`, content)
    expect(version.notes).toEqual([expect.stringMatching(note)])
    const page = await workspace.dataset.door.rows(
      { name: version.id, offset: version.rows - 1, limit: 1 },
      listening,
    )
    expect(page.rows[0]?.[0]).toBe('grün')
  })

  test('names: odd ones stay, doubles and empty ones are told apart', async () => {
    const { version } = await read(
      'names.csv',
      'A,a,"q""x",a.b,"two\nlines",a,,"[x]\'; --"\n1,2,3,4,5,6,7,8\n',
    )
    expect(version.columns.map(({ name }) => name)).toEqual([
      'A',
      'a',
      'q"x',
      'a.b',
      'two\nlines',
      'a 2',
      'column 7',
      "[x]'; --",
    ])
    expect(version.notes).toHaveLength(2)
    const page = await workspace.dataset.door.rows(
      { name: version.id, offset: 0, limit: 1, columns: ["[x]'; --", 'a', 'A', 'q"x'] },
      listening,
    )
    expect(page.rows).toEqual([[8, 2, 1, 3]])
  })

  test('a file without a header, and headers that are numbers', async () => {
    const { version } = await read('iris.data', '5.1,3.5,setosa\n4.9,3.0,setosa\n')
    expect(version.columns.map(({ name }) => name)).toEqual(['column 1', 'column 2', 'column 3'])
    expect(version.rows).toBe(2)
    expect(version.notes[0]).toMatch(/no header/)
    expect((await read('years.csv', 'country,2010,2011\nA,1,2\nB,3,4\n')).version.rows).toBe(2)
  })

  test('a name that is a pattern is still one file', async () => {
    workspace.file('data1.csv', 'other\n1\n')
    const { rows } = await read('data[1]*?.csv', 'a\n5\n')
    expect(rows).toEqual([[5]])
  })

  test('10,000 columns', async () => {
    const names = Array.from({ length: 10_000 }, (_, at) => `col${at}`)
    const lines = Array.from({ length: 60 }, (_, row) =>
      names.map((_, at) => (at % 3 ? `${row * at}` : `v${row}`)).join(','),
    )
    const { version } = await read('wide.csv', `${names.join(',')}\n${lines.join('\n')}\n`)
    expect(version.columns).toHaveLength(10_000)
    expect(version.splits.train + version.splits.eval + version.splits.test).toBe(60)
    const seenBefore = await workspace.dataset.door.inspect({ file: version.source.path }, listening)
    expect(seenBefore.width).toBe(10_000)
    expect(seenBefore.head.rows[59 - 10]?.slice(0, 2)).toEqual(['v49', 49])
    const want = { name: version.id, offset: 58, limit: 2, columns: ['col9999', 'col1', 'col5000'] }
    const page = await workspace.dataset.door.rows(want, listening)
    expect(page.rows).toEqual([
      ['v58', 58, 58 * 5000],
      ['v59', 59, 59 * 5000],
    ])
    const seen: Cell[][] = []
    for await (const batch of workspace.dataset.read(version, {
      columns: ['col9999', 'col1'],
      split: 'train',
    }))
      seen.push(
        ...Array.from({ length: batch.rows }, (_, at) => batch.columns.map(column => column[at] as Cell)),
      )
    expect(seen).toHaveLength(version.splits.train)
    expect(seen.every(([text, number]) => text === `v${number}`)).toBe(true)
  }, 180_000)
})

describe('JSON', () => {
  const lines =
    '{"n":1,"x":1,"s":"5","ok":true,"when":"2020-01-31","deep":{"a":[1,2]}}\n' +
    '{"n":2,"x":2.5,"s":"six","ok":false,"N":9,"a.b":"q\\"q"}\n\n{"n":null}\n'

  test.each([
    ['lines', 'x.jsonl', lines],
    ['an array', 'x.json', `[${lines.trim().split(/\n+/).join(',\n')}]`],
    ['lines with a mark', 'mark.jsonl', `\ufeff${lines}`],
    ['packed lines', 'x.jsonl.gz', gzipSync(lines)],
  ])('%s', async (_, name, content) => {
    const { version, types, rows } = await read(name, content)
    expect(version.source.format).toBe('jsonl')
    expect(types).toEqual({
      n: 'integer',
      x: 'float',
      s: 'text',
      ok: 'boolean',
      when: 'date',
      deep: 'text',
      N: 'integer',
      'a.b': 'text',
    })
    const table = rows.map(row => Object.fromEntries(version.columns.map(({ name }, at) => [name, row[at]])))
    expect(table[0]).toEqual({
      n: 1,
      x: 1,
      s: '5',
      ok: true,
      when: '2020-01-31',
      deep: '{"a":[1,2]}',
      N: null,
      'a.b': null,
    })
    expect(table[1]).toMatchObject({ n: 2, x: 2.5, s: 'six', ok: false, N: 9, 'a.b': 'q"q' })
    expect(table).toHaveLength(3)
  })

  test('a key that first comes far behind is a column', async () => {
    const { types } = await read('late.jsonl', `${'{"a":1}\n'.repeat(50_000)}{"a":2,"late":"x"}\n`)
    expect(types).toEqual({ a: 'integer', late: 'text' })
  })
})

describe('Parquet', () => {
  test('the file says the types; what a table cannot hold becomes text', async () => {
    const path = await parquet(
      'types.parquet',
      `SELECT 1::TINYINT AS "B", 2::BIGINT AS c, 18446744073709551615::UBIGINT AS big, 1.25::DECIMAL(9,2) AS dec,
         1.5::FLOAT AS f, true AS yes, DATE '2020-01-31' AS d, TIMESTAMPTZ '2020-01-31 12:00:00+02' AS t,
         'x' AS "q""q", [1, 2] AS list, {'a': 1, 'b': [2]} AS deep, 'abc'::BLOB AS raw, 'NaN'::DOUBLE AS nan,
         'a'::ENUM('a', 'b') AS kind`,
    )
    const version = await workspace.import(path)
    expect(version.source.format).toBe('parquet')
    expect(version.columns.map(({ name, type }) => `${name}:${type}`)).toEqual([
      'B:integer',
      'c:integer',
      'big:integer',
      'dec:float',
      'f:float',
      'yes:boolean',
      'd:date',
      't:timestamp',
      'q"q:text',
      'list:text',
      'deep:text',
      'raw:text',
      'nan:float',
      'kind:text',
    ])
    expect(await rowsOf(version)).toEqual([
      [
        1,
        2,
        '18446744073709551615',
        1.25,
        1.5,
        true,
        '2020-01-31',
        '2020-01-31T10:00:00Z',
        'x',
        '[1,2]',
        '{"a":1,"b":[2]}',
        'abc',
        null,
        'a',
      ],
    ])
    expect(version.notes).toHaveLength(2)
  })

  test('names that differ in letter case only', async () => {
    const path = await parquet('case.parquet', 'SELECT 1 AS "ColumnOne", 2 AS "cXlumnone", 3 AS "columntwo"')
    // No writer at hand makes such a file, so its names are changed in place.
    const bytes = readFileSync(path).toString('latin1').replaceAll('cXlumnone', 'columnone')
    const { version, rows } = await read('case.parquet', Buffer.from(bytes, 'latin1'))
    expect(version.columns.map(({ name }) => name)).toEqual(['ColumnOne', 'columnone', 'columntwo'])
    expect(rows).toEqual([[1, 2, 3]])
  })

  test('text that calls itself Parquet is read where a person says what it is, and said', async () => {
    const { version, rows } = await read('table.parquet', 'a,b\n1,2\n', { format: 'csv' })
    expect(rows).toEqual([[1, 2]])
    expect(version.source.format).toBe('csv')
    expect(version.notes).toEqual([expect.stringMatching(/name says Parquet, but the file is CSV text/)])
  })
})

test('looking into a file shows what it would be, and keeps nothing', async () => {
  const before = workspace.leftovers()
  const path = workspace.file(
    'look.csv',
    `a,b\n${Array.from({ length: 80 }, (_, at) => `${at},x${at}`).join('\n')}\n`,
  )
  const seen = await workspace.dataset.door.inspect({ file: path }, listening)
  expect(seen).toMatchObject({
    format: 'csv',
    head: {
      columns: [
        { name: 'a', type: 'integer' },
        { name: 'b', type: 'text' },
      ],
    },
  })
  expect(seen.head.rows).toHaveLength(50)
  expect(seen.head.rows[49]).toEqual([49, 'x49'])
  expect(workspace.leftovers()).toEqual(before)
})

test('the samples are there, and their label and what is left out are columns of theirs', async () => {
  const { samples } = await workspace.dataset.door.samples({}, listening)
  expect(samples.map(({ name }) => name)).toEqual(['weather', 'strikes', 'penguins', 'flights'])
  for (const { file, label, leaveOut } of samples) {
    const { head } = await workspace.dataset.door.inspect({ file }, listening)
    const names = head.columns.map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining([label, ...leaveOut]))
  }
})
