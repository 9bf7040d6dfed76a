import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { toBinary } from '@bufbuild/protobuf'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Cell, DatasetVersion } from '#contract'
import { create, ExampleSchema, frameRecord } from '../../../main/engine/metadata/index.ts'
import { failureOf, listening, openWorkspace, type Workspace } from './workspace.ts'

let workspace: Workspace
beforeAll(() => {
  workspace = openWorkspace()
})
afterAll(() => workspace.close())

type Values = { integers: bigint[] } | { floats: number[] } | { bytes: Uint8Array[] }
type Row = Record<string, Values>
const texts = (...values: string[]): Values => ({ bytes: values.map(value => Buffer.from(value)) })

/** A record as the protobuf library writes it, which is not the reader that is tested. */
function record(row: Row): Uint8Array {
  const feature = Object.fromEntries(
    Object.entries(row).map(([name, values]) => {
      if ('integers' in values)
        return [name, { kind: { case: 'int64List' as const, value: { value: values.integers } } }]
      if ('floats' in values)
        return [name, { kind: { case: 'floatList' as const, value: { value: values.floats } } }]
      return [name, { kind: { case: 'bytesList' as const, value: { value: values.bytes } } }]
    }),
  )
  return toBinary(ExampleSchema, create(ExampleSchema, { features: { feature } } as never))
}
const tfrecord = (rows: Row[]) => Buffer.concat(rows.map(row => frameRecord(record(row))))
const rowsOf = async (version: DatasetVersion): Promise<Cell[][]> =>
  (await workspace.dataset.door.rows({ name: version.id, offset: 0, limit: 1000 } as never, listening)).rows
const names = (version: DatasetVersion) => version.columns.map(({ name }) => name)
const typesOf = (version: DatasetVersion) =>
  Object.fromEntries(version.columns.map(({ name, type }) => [name, type]))

const rows: Row[] = [
  {
    id: { integers: [1n] },
    x: { floats: [0.5] },
    name: texts('a'),
    list: { integers: [1n, 2n, 3n] },
    tags: texts('x', 'y'),
  },
  {
    id: { integers: [2n ** 62n] },
    x: { floats: [0.1] },
    name: texts('grün'),
    list: { integers: [7n] },
    tags: texts('"z"'),
  },
  { id: { integers: [-5n] }, name: texts(''), late: { floats: [1, 2.5] }, empty: { integers: [] } },
  {},
]
const cells = [
  [null, 1, null, '[1,2,3]', 'a', '["x","y"]', 0.5],
  [null, String(2n ** 62n), null, '[7]', 'grün', '["\\"z\\""]', Math.fround(0.1)],
  [null, -5, '[1,2.5]', null, '', null, null],
  [null, null, null, null, null, null, null],
]

/** Changes one bit within the third record. */
function flipInThird(bytes: Buffer): Buffer {
  const at = 14 + rows.slice(0, 2).reduce((sum, row) => sum + record(row).length + 16, 0)
  const spoiled = Buffer.from(bytes)
  spoiled[at] = (spoiled[at] ?? 0) ^ 1
  return spoiled
}

describe('tf.Example', () => {
  const bytes = tfrecord(rows)
  test.each([
    ['plain', 'a.tfrecord', bytes],
    ['gzip', 'a-00000-of-00001.tfrecord.gz', gzipSync(bytes)],
    ['zlib', 'a.tfrecords', deflateSync(bytes)],
    ['zstd', 'a.tfrecord.zst', zstdCompressSync(bytes)],
    ['another name', 'a.bin', bytes],
  ])('%s', async (_, name, content) => {
    const version = await workspace.import(workspace.file(name, content))
    expect(names(version)).toEqual(['empty', 'id', 'late', 'list', 'name', 'tags', 'x'])
    expect(typesOf(version)).toMatchObject({ id: 'integer', list: 'text', name: 'text', x: 'float' })
    expect(await rowsOf(version)).toEqual(cells)
    expect(version.notes).toEqual([
      '3 columns have several values in a record and are kept as JSON lists: "list", "tags", "late".',
    ])
    expect(version.source.format).toBe('tfrecord')
  })

  test('bytes that are not text, alone and in lists', async () => {
    const version = await workspace.import(
      workspace.file(
        'bytes.tfrecord',
        tfrecord([
          {
            image: { bytes: [Buffer.from('ff00', 'hex')] },
            all: { bytes: [Buffer.from('ff', 'hex'), Buffer.from('a')] },
          },
          { image: texts('text') },
        ]),
      ),
    )
    expect(await rowsOf(version)).toEqual([
      ['["/w==","YQ=="]', '/wA='],
      [null, 'dGV4dA=='],
    ])
    expect(version.notes).toEqual([
      '1 column holds bytes that are not text, kept as base64: "image".',
      expect.stringContaining('kept as JSON lists: "all"'),
      'Lists of bytes that are not text are kept as base64: "all".',
    ])
  })

  test('a feature that is a number here and a text there, and names that differ in letter case', async () => {
    const version = await workspace.import(
      workspace.file(
        'mixed.tfrecord',
        tfrecord([
          { a: { integers: [1n] }, A: texts('x'), f: { integers: [2n] } },
          { a: texts('b'), A: texts('y'), f: { floats: [0.5] } },
        ]),
      ),
    )
    expect(typesOf(version)).toEqual({ A: 'text', a: 'text', f: 'float' })
    expect(await rowsOf(version)).toEqual([
      ['x', '1', 2],
      ['y', 'b', 0.5],
    ])
  })

  test('shards are one table', async () => {
    const folder = dirname(
      workspace.file('shards/data_tfrecord-00000-of-00002.gz', gzipSync(tfrecord(rows.slice(0, 2)))),
    )
    workspace.file('shards/data_tfrecord-00001-of-00002.gz', gzipSync(tfrecord(rows.slice(2))))
    const version = await workspace.import(folder)
    expect(version.source.files).toBe(2)
    const at = names(version).indexOf('late')
    expect((await rowsOf(version)).map(row => row[at])).toEqual([null, null, '[1,2.5]', null])
  })

  test('every record in its place, whatever its features', async () => {
    const values: fc.Arbitrary<Values> = fc.oneof(
      fc.record({
        integers: fc.array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), { maxLength: 3 }),
      }),
      fc.record({ floats: fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { maxLength: 3 }) }),
      fc.record({
        bytes: fc.array(
          fc.string({ unit: 'grapheme' }).map(text => Buffer.from(text)),
          { maxLength: 3 },
        ),
      }),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.dictionary(fc.constantFrom('a', 'B', 'b', ''), values), { minLength: 1, maxLength: 30 }),
        async some => {
          const numbered = some.map((row, at) => ({ ...row, '#': { integers: [BigInt(at)] } }))
          const version = await workspace.import(
            workspace.file(`${crypto.randomUUID()}.tfrecord`, tfrecord(numbered)),
          )
          expect(version.rows).toBe(some.length)
          const read = await rowsOf(version)
          const at = names(version)
          expect(read.map(row => row[at.indexOf('#')])).toEqual(some.map((_, row) => row))
          for (const [row, features] of some.entries())
            for (const [name, one] of Object.entries(features)) {
              const list = Object.values(one)[0] as unknown[]
              const cell = read[row]?.[at.indexOf(name === '' ? 'column 1' : name)]
              if (name !== '') expect(cell === null || cell === undefined).toBe(list.length === 0)
            }
        },
      ),
      { numRuns: 25 },
    )
  })

  test.each([
    ['a wrong checksum in the third record', flipInThird, /^Record 3 of "x.tfrecord" is damaged/],
    [
      'a file that was cut off',
      (bytes: Buffer) => bytes.subarray(0, bytes.length - 3),
      /ends inside record 4/,
    ],
    [
      'a record that is something else',
      (bytes: Buffer) => Buffer.concat([bytes, frameRecord(Buffer.from('hello world'))]),
      /^Record 5 of "x.tfrecord" is no tf.Example; nothing was kept/,
    ],
    [
      'another message',
      () => Buffer.from(frameRecord(Buffer.from([0x12, 2, 0x0a, 0]))),
      /^Record 1 of "x.tfrecord" is no tf.Example/,
    ],
    ['a packed file that was cut off', (bytes: Buffer) => gzipSync(bytes).subarray(0, -9), /"x.tfrecord"/],
  ])('%s', async (_, spoil, says) => {
    const path = workspace.file(
      'x.tfrecord',
      spoil(tfrecord([...rows.slice(0, 3), { id: { integers: [9n] } }])),
    )
    const failure = await failureOf(workspace.import(path))
    expect(failure).toMatchObject({ code: 'unreadable-file', message: expect.stringMatching(says) })
  })

  const python = process.env.EDGEWRIGHT_TF_PYTHON
  test(python
    ? 'as TensorFlow writes it now'
    : 'as TensorFlow writes it now (skipped: set EDGEWRIGHT_TF_PYTHON to a Python with TensorFlow)', {
    skip: !python,
    timeout: 180_000,
  }, async () => {
    const folder = dirname(workspace.file('tensorflow/note', ''))
    const script = fileURLToPath(new URL('../../golden/sources/write_tfrecord.py', import.meta.url))
    const input = rows.map(row =>
      Object.fromEntries(
        Object.entries(row).map(([name, values]) => [
          name,
          'integers' in values
            ? ['int64', values.integers.map(String)]
            : 'floats' in values
              ? ['float', values.floats]
              : ['bytes', values.bytes.map(value => Buffer.from(value).toString('base64'))],
        ]),
      ),
    )
    execFileSync(python as string, [script, folder], {
      input: JSON.stringify(input),
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    for (const name of ['plain.tfrecord', 'gzip-00000-of-00001.gz', 'zlib.tfrecord']) {
      const version = await workspace.import(join(folder, name), { name })
      expect(names(version)).toEqual(['empty', 'id', 'late', 'list', 'name', 'tags', 'x'])
      expect(await rowsOf(version)).toEqual(cells)
    }
    const other = await failureOf(workspace.import(join(folder, 'sequence.tfrecord')))
    expect(other.message).toMatch(/Record 1 of "sequence.tfrecord" is no tf.Example/)
    // Both write a message, in whatever order of its features, with the same size.
    expect(readFileSync(join(folder, 'plain.tfrecord')).length).toBe(tfrecord(rows).length)
  })
})
