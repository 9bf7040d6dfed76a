import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import {
  Bool,
  Dictionary,
  Field,
  Float64,
  Int32,
  Int64,
  List,
  Table,
  tableToIPC,
  Utf8,
  vectorFromArray,
} from 'apache-arrow'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Cell, DatasetVersion } from '#contract'
import { failureOf, listening, openWorkspace, type Workspace } from './workspace.ts'

let workspace: Workspace
beforeAll(() => {
  workspace = openWorkspace()
})
afterAll(() => workspace.close())

const golden = (name: string) => fileURLToPath(new URL(`../../golden/sources/${name}`, import.meta.url))
const rowsOf = async (version: DatasetVersion): Promise<Cell[][]> =>
  (await workspace.dataset.door.rows({ name: version.id, offset: 0, limit: 1000 } as never, listening)).rows

/** What pyarrow wrote: of each column its type and its cells in three rows. */
const written: Record<string, [string, Cell, Cell, Cell]> = {
  int8: ['integer', 1, null, -128],
  uint16: ['integer', 1, null, 65535],
  int32: ['integer', 1, null, -5],
  int64: ['integer', String(2n ** 60n), null, -5],
  uint64: ['integer', String(2n ** 64n - 1n), null, 5],
  float16: ['float', 1.5, null, -0.25],
  float32: ['float', 0.5, null, null],
  float64: ['float', 0.1, null, null],
  decimal: ['float', 1.25, null, -3.5],
  whole: ['integer', '12345678901234567890123', null, -7],
  wide: ['float', 1.25, null, -3.5],
  bool: ['boolean', true, null, false],
  text: ['text', 'a', null, 'grün'],
  large: ['text', 'a', null, 'grün'],
  view: ['text', 'short', null, 'a text that is longer than twelve bytes'],
  date32: ['date', '2020-01-31', null, '1960-01-01'],
  date64: ['date', '2020-01-31', null, '1960-01-01'],
  seconds: ['timestamp', '2020-01-31T01:02:03Z', null, '1960-01-01T00:00:00Z'],
  millis: ['timestamp', '2020-01-31T01:02:03.004Z', null, '1960-01-01T00:00:00Z'],
  micros: ['timestamp', '2020-01-31T01:02:03.004567Z', null, '1960-01-01T00:00:00Z'],
  nanos: ['timestamp', '2020-01-31T01:02:03.004567Z', null, '1969-12-31T23:59:59.999999Z'],
  time32: ['text', '01:02:03', null, '00:00:00'],
  time64: ['text', '01:02:03.0045', null, '00:00:00'],
  duration: ['integer', 1500, null, -1],
  interval: ['text', 'P1M2DT0.000000003S', null, 'P0M0DT0S'],
  list: ['text', '[1,2]', null, '[]'],
  struct: ['text', '{"x":1,"y":"b"}', null, '{"x":null,"y":"c"}'],
  map: ['text', '{"k":1}', null, '{}'],
  pair: ['text', '[1.5,2]', null, '[3,4]'],
  deep: ['text', '[{"d":"2020-01-31"}]', null, '[null]'],
  category: ['text', 'x', null, 'y'],
  binary: ['text', 'ab', null, 'cd'],
  blob: ['text', 'YWJjZA==', null, '/wABAg=='],
  nothing: ['text', null, null, null],
  absent: ['integer', null, null, null],
  X: ['integer', 1, 2, 3],
  x: ['integer', 4, 5, 6],
}
const columns = Object.entries(written).map(([name, [type]]) => ({ name, type }))
const rows = [1, 2, 3].map(row => Object.values(written).map(column => column[row] as Cell))

describe('what pyarrow wrote', () => {
  test.each([
    ['uncompressed.feather', rows],
    ['lz4.feather', rows],
    ['zstd.feather', rows],
    ['twice.arrows', [...rows, ...rows]],
  ])('%s', async (name, expected) => {
    const version = await workspace.import(golden(name))
    expect(version.columns).toEqual(columns)
    expect(await rowsOf(version)).toEqual(expected)
    expect(version.source.format).toBe('arrow')
    expect(version.notes).toEqual([
      '5 nested columns are kept as JSON text: "list", "struct", "map" and 2 more.',
      '"duration" holds durations, kept as a number of milliseconds.',
      '1 column holds bytes that are not text, kept as base64: "blob".',
      expect.stringMatching(/^[12] values of "float32" are not a number/),
      expect.stringMatching(/^[12] values of "float64" are not a number/),
    ])
  })

  test('packed once more, under another name, and looked into', async () => {
    const packed = workspace.file('packed.bin', gzipSync(readFileSync(golden('zstd.feather'))))
    expect(await rowsOf(await workspace.import(packed))).toEqual(rows)
    const seen = await workspace.dataset.door.inspect({ file: golden('twice.arrows') }, listening)
    expect(seen).toMatchObject({ format: 'arrow', head: { columns, rows: [...rows, ...rows] } })
  })

  test('the first version of Feather is told from the second', async () => {
    expect(await failureOf(workspace.import(golden('first.feather')))).toMatchObject({
      code: 'unreadable-file',
      message: '"first.feather" is a Feather file of the first version, not a table.',
    })
  })
})

test('batches of random values, as a file and as a stream', async () => {
  const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value)
  const row = fc.record({
    i: maybe(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })),
    l: maybe(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
    f: maybe(fc.double({ noNaN: true, noDefaultInfinity: true })),
    b: maybe(fc.boolean()),
    s: maybe(fc.string({ unit: 'binary' })),
    n: maybe(fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 3 })),
  })
  const bigs = (value: bigint | null) =>
    value === null ? null : Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(row, { minLength: 1, maxLength: 20 }), { minLength: 1, maxLength: 3 }),
      fc.constantFrom('file' as const, 'stream' as const),
      async (batches, kind) => {
        const all = batches.flat()
        const table = (some: typeof all) =>
          new Table({
            i: vectorFromArray(
              some.map(({ i }) => i),
              new Int32(),
            ),
            l: vectorFromArray(
              some.map(({ l }) => l),
              new Int64(),
            ),
            f: vectorFromArray(
              some.map(({ f }) => f),
              new Float64(),
            ),
            b: vectorFromArray(
              some.map(({ b }) => b),
              new Bool(),
            ),
            s: vectorFromArray(
              some.map(({ s }) => s),
              new Utf8(),
            ),
            n: vectorFromArray(
              some.map(({ n }) => n),
              new List(new Field('item', new Int32())),
            ),
          } as never)
        const [first, ...others] = batches.map(table)
        const bytes = tableToIPC((first as Table).concat(...others), kind)
        const version = await workspace.import(workspace.file(`${crypto.randomUUID()}.arrow`, bytes))
        expect(await rowsOf(version)).toEqual(
          all.map(({ i, l, f, b, s, n }) => [i, bigs(l), f, b, s, n && JSON.stringify(n)]),
        )
      },
    ),
    { numRuns: 25 },
  )
})

test('a dictionary of another batch', async () => {
  const type = new Dictionary(new Utf8(), new Int32())
  const table = new Table({ d: vectorFromArray(['a', 'b', null, 'a'], type) } as never)
  for (const kind of ['file', 'stream'] as const) {
    const version = await workspace.import(workspace.file(`d-${kind}.arrow`, tableToIPC(table, kind)))
    expect(await rowsOf(version)).toEqual([['a'], ['b'], [null], ['a']])
  }
})

test('files that were cut off anywhere fail, and a stream that ends between batches is said', async () => {
  const bytes = readFileSync(golden('lz4.feather'))
  for (let at = 8; at < bytes.length - 1; at += 401) {
    const failure = await failureOf(
      workspace.import(workspace.file(`cut-${at}.feather`, bytes.subarray(0, at))),
    )
    expect(failure.code).toMatch(/^(unreadable-file|empty-data)$/)
    expect(failure.message).toMatch(/cut off|damaged/)
  }
  const stream = readFileSync(golden('twice.arrows'))
  const open = workspace.file('open.arrows', stream.subarray(0, stream.length - 8))
  const version = await workspace.import(open)
  expect(version.rows).toBe(6)
  expect(version.notes).toContain(
    'The Arrow stream has no mark at its end; if rows are missing, it was cut off.',
  )
  for (let at = 12; at < stream.length - 9; at += 397) {
    const path = workspace.file(`cut-${at}.arrows`, stream.subarray(0, at))
    const cut = await workspace.import(path).catch(error => error.failure)
    if ('rows' in cut)
      expect(cut.notes).toContain(
        'The Arrow stream has no mark at its end; if rows are missing, it was cut off.',
      )
    else expect(cut).toMatchObject({ code: expect.stringMatching(/^(unreadable-file|empty-data)$/) })
  }
})
