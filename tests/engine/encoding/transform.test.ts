import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Cell, Column } from '#contract'
import {
  encode,
  encodeInstances,
  fitTransform,
  hash32,
  type TransformSpec,
} from '../../../main/engine/encoding/index.ts'
import { FailureError } from '../../../main/engine/kit/index.ts'

const bits = (values: Float32Array): number[] => [
  ...new Uint32Array(values.buffer, values.byteOffset, values.length),
]
const again = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T

function fitTo(columns: Column[], cells: Cell[][]): TransformSpec {
  const fitter = fitTransform(columns)
  fitter.add(cells)
  return fitter.finish()
}

/** Cells of the features that were kept, in their order. */
const kept = (spec: TransformSpec, columns: Column[], cells: Cell[][]): Cell[][] =>
  spec.features.map(feature => cells[columns.findIndex(column => column.name === feature.name)] as Cell[])

const failureOf = (run: () => unknown) => {
  try {
    run()
  } catch (error) {
    if (error instanceof FailureError) return error.failure
    throw error
  }
  throw new Error('nothing was thrown')
}

const COLUMNS: Column[] = [
  { name: 'whole', type: 'integer' },
  { name: 'float', type: 'float' },
  { name: 'word', type: 'text' },
  { name: 'long', type: 'text' },
  { name: 'flag', type: 'boolean' },
  { name: 'day', type: 'date' },
  { name: 'time', type: 'timestamp' },
]

const iso = fc
  .date({ min: new Date('0050-01-01'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true })
  .map(date => date.toISOString())
const missing = (cell: fc.Arbitrary<Cell>) => fc.option(cell, { nil: null, freq: 6 })
const row = fc.tuple(
  missing(
    fc.oneof(
      fc.integer({ min: -1000, max: 1000 }),
      fc.maxSafeInteger(),
      fc.constant(-0),
      fc.bigInt({ min: 10n ** 17n, max: 10n ** 20n }).map(String),
    ),
  ),
  missing(
    fc.oneof(
      fc.double({ min: -1e6, max: 1e6, noNaN: true }),
      fc.double(),
      fc.constantFrom(Number.NaN, -0, 5e-324, 1.7976931348623157e308, Number.NEGATIVE_INFINITY),
    ),
  ),
  missing(fc.constantFrom('a', 'b', 'ä', '漢字', '', ' a')),
  missing(fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }))),
  missing(fc.boolean()),
  missing(iso.map(text => text.slice(0, 10))),
  missing(iso),
)

describe('the same rows give the same bits', () => {
  test('as a batch, one by one, in pieces, as JSON instances, and with a specification read from JSON', () => {
    fc.assert(
      fc.property(
        fc.array(row, { minLength: 2, maxLength: 60 }),
        fc.array(row, { maxLength: 20 }),
        (train, later) => {
          const transpose = (rows: Cell[][]) => COLUMNS.map((_, i) => rows.map(cells => cells[i] as Cell))
          const spec = fitTo(COLUMNS, transpose(train))
          const rows = [...train, ...later]
          const cells = kept(spec, COLUMNS, transpose(rows))
          const whole = encode(spec, cells, rows.length)
          const expected = bits(whole)
          expect(whole.length).toBe(rows.length * spec.width)
          expect(whole.every(Number.isFinite)).toBe(true)

          expect(bits(encode(again(spec), cells, rows.length))).toEqual(expected)
          const single = rows.flatMap((_, i) =>
            bits(
              encode(
                spec,
                cells.map(column => [column[i] as Cell]),
                1,
              ),
            ),
          )
          expect(single).toEqual(expected)
          const instances = rows.map((_, i) =>
            Object.fromEntries(spec.features.map((feature, f) => [feature.name, cells[f]?.[i]])),
          )
          expect(bits(encodeInstances(spec, instances))).toEqual(expected)
          expect(bits(encodeInstances(again(spec), again(instances)))).toEqual(expected)
        },
      ),
      { numRuns: 300 },
    )
  })

  test('a fit does not depend on how the rows came in batches', () => {
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 40 }), fc.nat(40), (rows, cut) => {
        const columnsOf = (part: Cell[][]) => COLUMNS.map((_, i) => part.map(cells => cells[i] as Cell))
        const fitter = fitTransform(COLUMNS)
        fitter.add(columnsOf(rows.slice(0, cut)))
        fitter.add(columnsOf(rows.slice(cut)))
        expect(fitter.finish()).toEqual(fitTo(COLUMNS, columnsOf(rows)))
      }),
    )
  })
})

describe('numbers', () => {
  const column: Column[] = [{ name: 'x', type: 'float' }]
  test('are scaled by mean and deviation of the train split, missing ones stand at the mean with a flag', () => {
    const spec = fitTo(column, [[1, 2, 3, null, 6]])
    expect(spec.features).toEqual([
      { kind: 'number', name: 'x', type: 'float', mean: 3, deviation: Math.sqrt(3.5), missing: true },
    ])
    const z = (x: number) => Math.fround((x - 3) / Math.sqrt(3.5))
    expect([...encode(spec, [[1, null, 6]], 3)]).toEqual([z(1), 0, 0, 1, z(6), 0])
  })
  test('without missing values in the train split there is no flag', () => {
    const spec = fitTo(column, [[1, 3]])
    expect(spec.width).toBe(1)
    expect([...encode(spec, [[null, 3]], 2)]).toEqual([0, 1])
  })
  test('a value far out stays finite', () => {
    const spec = fitTo(column, [[0, 1]])
    expect([...encode(spec, [[1e308, -1e308]], 2)]).toEqual([1000, -1000])
  })
  test('integers beyond 2^53 come as text', () => {
    const spec = fitTo([{ name: 'x', type: 'integer' }], [['9007199254740993', '9007199254740999']])
    expect(encode(spec, [['9007199254740993']], 1)[0]).toBeLessThan(0)
  })
})

describe('texts', () => {
  const column: Column[] = [{ name: 'x', type: 'text' }]
  test('get a column a value, most frequent first, ties by code unit', () => {
    const spec = fitTo(column, [['b', 'a', 'c', 'c', null]])
    expect(spec.features[0]).toMatchObject({ values: ['c', 'a', 'b'], other: false, missing: true })
    expect([...encode(spec, [['a', 'never seen', null]], 3)]).toEqual([0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])
  })
  test('values beyond the 100 most frequent share a column where they are rare', () => {
    const cells = Array.from({ length: 3000 }, (_, i) => (i < 2900 ? `v${i % 100}` : `rare${i % 40}`))
    const spec = fitTo(column, [cells])
    expect(spec.features[0]).toMatchObject({ kind: 'vocabulary', other: true })
    expect(spec.width).toBe(101)
    expect(encode(spec, [['rare1']], 1)[100]).toBe(1)
    expect(encode(spec, [['never seen']], 1)[100]).toBe(1)
  })
  test('of very many values go into buckets', () => {
    const cells = Array.from({ length: 3000 }, (_, i) => `v${i % 700}`)
    const spec = fitTo(column, [cells])
    expect(spec.features[0]).toEqual({
      kind: 'buckets',
      name: 'x',
      type: 'text',
      buckets: 64,
      missing: false,
    })
    const encoded = encode(spec, [['v5', 'never seen']], 2)
    expect(encoded.indexOf(1)).toBe(hash32('v5') % 64)
    expect(encoded.reduce((sum, value) => sum + value)).toBe(2)
  })
  test('the bucket of a text never changes', () => {
    expect(['', 'a', 'Zürich', '漢字', '\ud800'].map(hash32)).toEqual(PINNED)
  })
})

/** FNV-1a of "" is its offset basis; the finalizer makes 0x811c9dc5 to the first of these. Kept from the first version. */
const PINNED = [
  hash32Reference(new Uint8Array()),
  hash32Reference(new Uint8Array([0x61])),
  hash32Reference(new Uint8Array([0x5a, 0xc3, 0xbc, 0x72, 0x69, 0x63, 0x68])),
  hash32Reference(new Uint8Array([0xe6, 0xbc, 0xa2, 0xe5, 0xad, 0x97])),
  hash32Reference(new Uint8Array([0xef, 0xbf, 0xbd])),
]

/** The same in exact integers, written from the definition. */
function hash32Reference(bytes: Uint8Array): number {
  const M = 2n ** 32n
  let h = 2166136261n
  for (const byte of bytes) h = ((h ^ BigInt(byte)) * 16777619n) % M
  h ^= h >> 16n
  h = (h * 0x85ebca6bn) % M
  h ^= h >> 13n
  h = (h * 0xc2b2ae35n) % M
  h ^= h >> 16n
  return Number(h)
}

describe('dates', () => {
  test('become month, day of the week and a trend', () => {
    const spec = fitTo([{ name: 'd', type: 'date' }], [['1970-01-01', '1970-01-03']])
    expect(spec.features[0]).toMatchObject({ kind: 'calendar', mean: 1, deviation: 1 })
    // January; a Thursday, the day 4 of 7.
    const [sin, cos, sinDay, cosDay, trend] = encode(spec, [['1970-01-01']], 1)
    expect([sin, cos, trend]).toEqual([0, 1, -1])
    expect(sinDay).toBeCloseTo(Math.sin((8 * Math.PI) / 7), 6)
    expect(cosDay).toBeCloseTo(Math.cos((8 * Math.PI) / 7), 6)
  })
  test('hold the trend where the train split ended: the device always lives later', () => {
    const spec = fitTo([{ name: 'd', type: 'date' }], [['1970-01-01', '1970-01-03']])
    const trendOf = (date: string) => encode(spec, [[date]], 1)[4]
    expect([trendOf('1970-01-02'), trendOf('1970-01-03'), trendOf('2026-11-21')]).toEqual([0, 1, 1])
    expect(trendOf('1869-01-01')).toBe(-1)
  })
  test('an offset is taken into account, and none means UTC', () => {
    const spec = fitTo([{ name: 't', type: 'timestamp' }], [['2020-01-01T00:00:00', '2020-06-01 12:00:00']])
    const [a, b, c] = ['2019-12-31T23:30:00-01:00', '2020-01-01 00:30:00', '2020-01-01T00:30:00.000Z'].map(
      text => bits(encode(spec, [[text]], 1)),
    )
    expect(a).toEqual(b)
    expect(b).toEqual(c)
  })
  test.each(['2023-02-29', '2023-13-01', '31.12.2023', 'soon', '2023-01-01T25:00:00'])(
    '%s is refused',
    text => {
      const spec = fitTo([{ name: 'd', type: 'date' }], [['2023-01-01', '2024-02-29']])
      const failure = failureOf(() => encode(spec, [[text]], 1))
      expect(failure.code).toBe('bad-input')
      expect(failure.message).toContain('"d"')
    },
  )
})

describe('columns that say nothing are left out with the reason', () => {
  test.each<[string, Column['type'], Cell[], RegExp]>([
    ['constant', 'integer', Array(30).fill(7), /same/],
    ['constant text', 'text', Array(30).fill('x'), /same/],
    ['empty', 'float', Array(30).fill(null), /no values/],
    ['empty dates', 'date', Array(30).fill(null), /no values/],
    ['names', 'text', Array.from({ length: 30 }, (_, i) => `id-${i}`), /of its own/],
    ['overflowing', 'float', [1e308, -1e308, 1e308, -1e308], /too far apart/],
  ])('%s', (name, type, cells, reason) => {
    const spec = fitTo([{ name, type }], [cells])
    expect(spec.features).toEqual([])
    expect(spec.width).toBe(0)
    expect(spec.leftOut).toEqual([{ name, reason: expect.stringMatching(reason) }])
  })
})

describe('instances', () => {
  const columns: Column[] = [
    { name: 'age', type: 'integer' },
    { name: 'city', type: 'text' },
    { name: 'same', type: 'integer' },
  ]
  const spec = fitTo(columns, [
    [1, 2, 3],
    ['a', 'a', 'b'],
    [1, 1, 1],
  ])
  test.each<[string, unknown, RegExp, RegExp]>([
    ['an unknown feature', { age: 1, city: 'a', ages: 2 }, /"ages"/, /"age" \(a number\), "city" \(a text\)/],
    ['a missing feature', { age: 1 }, /lacks the feature "city"/, /null/],
    [
      'a text for a number',
      { age: 'old', city: 'a' },
      /"age" takes a number, and not the text "old"/,
      /"age"/,
    ],
    ['a number for a text', { age: 1, city: 5 }, /"city" takes a text, and not the number 5/, /"city"/],
    ['a list for a number', { age: [1], city: 'a' }, /"age".*a list/, /a number/],
    ['a list', [1, 'a'], /not an object/, /"age"/],
    ['null', null, /not an object/, /"age"/],
    ['a number', 3, /not an object/, /"age"/],
  ])('%s is refused', (_, instance, message, remedy) => {
    const failure = failureOf(() => encodeInstances(spec, [{ age: 1, city: 'a' }, instance]))
    expect(failure.code).toBe('bad-input')
    expect(failure.message).toMatch(message)
    expect(failure.message).toContain('2')
    expect(failure.remedy).toMatch(remedy)
  })
  test('a column that was left out may come along, and null is a missing value', () => {
    expect(bits(encodeInstances(spec, [{ age: 1, city: null, same: 9 }]))).toEqual(
      bits(encodeInstances(spec, [{ city: null, age: 1 }])),
    )
  })
  test('names that objects inherit are no features', () => {
    const odd = fitTo([{ name: 'toString', type: 'float' }], [[1, 2]])
    expect(failureOf(() => encodeInstances(odd, [{}])).message).toMatch(/lacks/)
  })
})
