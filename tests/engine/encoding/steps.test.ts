import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Cell } from '#contract'
import {
  describeFeature,
  encode,
  encodeInstances,
  hash32,
  inputsOf,
  openMemory,
  type TransformSpec,
  widthOf,
} from '../../../main/engine/encoding/index.ts'
import { again, anyFeature, bits, COLUMNS, failureOf, feature, fitted, recipeOf, row } from './recipes.ts'

const transpose = (rows: Cell[][]) => COLUMNS.map((_, i) => rows.map(cells => cells[i] as Cell))
/** The cells of the inputs of a transform, in their order. */
const inputs = (spec: TransformSpec, cells: Cell[][]) =>
  inputsOf(spec).map(({ name }) => cells[COLUMNS.findIndex(column => column.name === name)] as Cell[])

/** Fits one feature of a column `x` and encodes cells with it, row after row. */
function made(
  type: (typeof COLUMNS)[number]['type'],
  step: object,
  train: Cell[],
  cells: Cell[],
  missing?: object,
) {
  const recipe = recipeOf([{ name: 'f', columns: ['x'], step, missing }])
  const spec = fitted(recipe, [{ name: 'x', type }], [train], { embeds: true })
  const encoded = [...encode(again(spec), [cells], cells.length)]
  return {
    spec,
    rows: cells.map((_, i) => encoded.slice(i * spec.width, (i + 1) * spec.width)),
    column: encoded,
  }
}
const f32 = Math.fround

describe('the same rows give the same bits', () => {
  test('as a batch, one by one through a device, as JSON, and with a specification read from JSON', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(anyFeature, {
          selector: one => (one as { name: string }).name,
          minLength: 1,
          maxLength: 5,
        }),
        fc.array(row, { minLength: 2, maxLength: 30 }),
        fc.boolean(),
        (features, rows, embeds) => {
          const spec = fitted(recipeOf(features, 'suggested'), COLUMNS, transpose(rows), { embeds })
          const cells = inputs(spec, transpose(rows))
          const whole = encode(spec, cells, rows.length)
          expect(whole.length).toBe(rows.length * spec.width)
          expect(whole.every(Number.isFinite)).toBe(true)
          expect(spec.width).toBe(spec.features.reduce((sum, each) => sum + widthOf(each), 0))
          for (const each of spec.features) expect(describeFeature(each).columns).toHaveLength(widthOf(each))
          const expected = bits(whole)
          expect(bits(encode(again(spec), again(cells), rows.length))).toEqual(expected)
          const memory = openMemory(again(spec))
          const instances = rows.map((_, i) =>
            Object.fromEntries(inputsOf(spec).map(({ name }, at) => [name, cells[at]?.[i]])),
          )
          expect(again(instances).flatMap(one => bits(encodeInstances(spec, [one], memory)))).toEqual(
            expected,
          )
          expect(bits(encodeInstances(spec, instances, openMemory(spec)))).toEqual(expected)
        },
      ),
      { numRuns: 400 },
    )
  })

  test('a fit does not depend on how the rows came in batches, and a device refuses what is of a wrong type', () => {
    fc.assert(
      fc.property(anyFeature, fc.array(row, { minLength: 1, maxLength: 30 }), (one, rows) => {
        const spec = fitted(recipeOf([one]), COLUMNS, transpose(rows))
        for (const { name, type } of inputsOf(spec)) {
          const instance = Object.fromEntries(inputsOf(spec).map(input => [input.name, null as unknown]))
          instance[name] = type === 'boolean' ? 'yes' : type === 'text' ? 3 : { a: 1 }
          expect(failureOf(() => encodeInstances(spec, [instance])).message).toContain(`"${name}" takes`)
        }
      }),
    )
  })

  test('a specification of format 1 gives the bits that it gave when it was released', () => {
    const old: TransformSpec = {
      format: 'edgewright-transform/1',
      features: [
        { kind: 'number', name: 'n', type: 'float', mean: 0.1, deviation: 0.7, missing: true },
        { kind: 'vocabulary', name: 'v', type: 'text', values: ['a', 'b'], other: true, missing: true },
        {
          kind: 'vocabulary',
          name: 'b',
          type: 'boolean',
          values: ['true', 'false'],
          other: false,
          missing: false,
        },
        { kind: 'buckets', name: 'h', type: 'text', buckets: 3, missing: true },
        {
          kind: 'calendar',
          name: 't',
          type: 'timestamp',
          first: 19000,
          last: 19500,
          mean: 19200,
          deviation: 90,
          missing: true,
        },
      ],
      leftOut: [],
      width: 20,
    }
    const one = encodeInstances(old, [
      { n: 0.3, v: 'c', b: false, h: 'x', t: '2023-03-09T17:45:12Z' },
      { n: null, v: null, b: null, h: null, t: null },
    ])
    const at = (2 * Math.PI) / 12
    const grid = (value: number) => Math.round(value * 2 ** 24) / 2 ** 24
    const days = Date.parse('2023-03-09T17:45:12Z') / 86_400_000
    const hash = [0, 0, 0]
    hash[hash32('x') % 3] = 1
    expect([...one]).toEqual(
      [
        [(0.3 - 0.1) / 0.7, 0],
        [0, 0, 1, 0],
        [0, 1],
        [...hash, 0],
        [grid(Math.sin(2 * at)), grid(Math.cos(2 * at))],
        [grid(Math.sin((2 * Math.PI * 4) / 7)), grid(Math.cos((2 * Math.PI * 4) / 7))],
        [grid(Math.sin((2 * Math.PI * 17) / 24)), grid(Math.cos((2 * Math.PI * 17) / 24))],
        [(days - 19200) / 90, 0],
        [0, 1],
        [0, 0, 0, 1],
        [0, 0],
        [0, 0, 0, 1],
        [0, 0, 0, 0, 0, 0],
        [0, 1],
      ]
        .flat()
        .map(f32),
    )
  })
})

describe('numbers', () => {
  const train = [1, 2, 3, 4, 10]
  test.each([
    ['standard', {}, (x: number) => (x - 4) / Math.sqrt(10)],
    ['min-max', {}, (x: number) => (x - 1) / 9],
    ['robust', {}, (x: number) => (x - 3) / 2],
    ['none', {}, (x: number) => x],
    ['none', { clip: { low: 2, high: 3.5 } }, (x: number) => Math.min(3.5, Math.max(2, x))],
    [
      'none',
      { clip: { by: 'quantiles', low: 0.25, high: 0.75 } },
      (x: number) => Math.min(4, Math.max(2, x)),
    ],
    ['min-max', { clip: { high: 5 } }, (x: number) => (Math.min(5, x) - 1) / 4],
  ])('%s %j', (scale, more, by) => {
    const cells = [1, 3, 10, -7, 1e6]
    made('float', { kind: 'number', scale, ...more }, train, cells).column.forEach((value, i) => {
      expect(value).toBe(f32(Math.min(1000 * (scale === 'none' ? 1e9 : 1), by(cells[i] as number))))
    })
  })

  test('log1p keeps the sign, is standard after, and stays finite', () => {
    const { column } = made(
      'float',
      { kind: 'number', scale: 'log1p' },
      [0, Math.E - 1, 1 - Math.E],
      [0, Math.E - 1, 1 - Math.E, 1e308],
    )
    const deviation = Math.sqrt(2 / 3)
    expect(column[0]).toBe(0)
    expect(column[1]).toBeCloseTo(1 / deviation, 6)
    expect(column[2]).toBeCloseTo(-1 / deviation, 6)
    expect(Number.isFinite(column[3])).toBe(true)
  })

  test('as they are, numbers stay within what 32 bits hold', () => {
    const { column } = made('float', { kind: 'number', scale: 'none' }, [1, 2], [1e308, -1e308])
    expect(column.every(Number.isFinite)).toBe(true)
  })

  test('where half of the rows have one value, robust falls back to the deviation', () => {
    const { spec } = made('float', { kind: 'number', scale: 'robust' }, [5, 5, 5, 5, 5, 5, 9], [5])
    expect(spec.features[0]).toMatchObject({ center: 5, spread: expect.closeTo(1.3997, 3) })
  })

  test.each([
    ['mean', 3],
    ['median', 2],
    ['most-frequent', 1],
    ['constant', 77],
  ])('a missing one becomes the %s', (fill, expected) => {
    const value = fill === 'constant' ? 77 : undefined
    const { rows, spec } = made(
      'float',
      { kind: 'number', scale: 'none' },
      [1, 1, 3, 7, null],
      [null, Number.NaN, 2],
      {
        fill,
        value,
        indicator: true,
      },
    )
    const wanted = fill === 'constant' ? 77 : expected
    expect(spec.features[0]).toMatchObject({ fill: wanted, indicator: true })
    expect(rows).toEqual([
      [wanted, 1],
      [wanted, 1],
      [2, 0],
    ])
  })

  test('an indicator is there only where the train split has missing values', () => {
    const step = { kind: 'number', scale: 'none' }
    expect(made('float', step, [1, 2], [null], { fill: 'mean', indicator: true }).rows).toEqual([[1.5]])
    expect(made('float', step, [1, null, 3], [null], { fill: 'mean' }).rows).toEqual([[2]])
  })
})

describe('ranges', () => {
  const train = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
  test('of equal rows, of equal width, and with given edges, the lower edge counted in', () => {
    const edges = (step: object) =>
      (made('float', { kind: 'buckets', ...step }, train, []).spec.features[0] as { edges: number[] }).edges
    expect(edges({ count: 4 })).toEqual([2.25, 4.5, 6.75])
    expect(edges({ by: 'equal-width', count: 3 })).toEqual([3, 6])
    expect(edges({ by: 'edges', edges: [7, 2, 7] })).toEqual([2, 7])
    const { rows } = made(
      'float',
      { kind: 'buckets', by: 'edges', edges: [2, 7] },
      [...train, null],
      [-5, 2, 6.9, 7, null],
    )
    expect(rows).toEqual([
      [1, 0, 0, 0],
      [0, 1, 0, 0],
      [0, 1, 0, 0],
      [0, 0, 1, 0],
      [0, 0, 0, 1],
    ])
  })
  test('as an index they are one whole number, missing the last', () => {
    const { rows } = made('float', { kind: 'buckets', by: 'edges', edges: [2, 7], as: 'index' }, train, [
      1,
      2,
      9,
      null,
    ])
    expect(rows).toEqual([[0], [1], [2], [3]])
  })
  test('a value that fills several quantiles makes fewer ranges', () => {
    const { spec } = made('integer', { kind: 'buckets', count: 10 }, [0, 0, 0, 0, 0, 0, 0, 0, 0, 5], [])
    expect((spec.features[0] as { edges: number[] }).edges).toEqual([expect.closeTo(0.5, 9)])
    const most = made('integer', { kind: 'buckets', count: 4 }, [0, 0, 0, 0, 0, 0, 0, 0, 3, 5, 9], [0, 3])
    expect((most.spec.features[0] as { edges: number[] }).edges).toEqual([1.5])
    const nearly = made('integer', { kind: 'buckets', count: 2 }, [0, 0, 0, 0, 7], [0, 7])
    expect(nearly.rows).toEqual([
      [1, 0],
      [0, 1],
    ])
  })
  test('quantiles of a million and a half rows are of an even sample', () => {
    const many = Array.from({ length: 1_500_000 }, (_, i) => i)
    const { spec } = made('integer', { kind: 'buckets', count: 4 }, many, [])
    const { edges } = spec.features[0] as { edges: number[] }
    ;[375_000, 750_000, 1_125_000].forEach((wanted, i) => {
      expect(Math.abs((edges[i] as number) - wanted)).toBeLessThan(3000)
    })
  })
})

describe('categories', () => {
  const train = ['a', 'a', 'a', 'b', 'b', 'c', 'd']
  test('the most frequent values, with a place that all others share', () => {
    const { rows } = made('text', { kind: 'vocabulary', most: 2 }, train, ['a', 'b', 'c', 'new', null])
    expect(rows).toEqual([
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
      [0, 0, 1],
      [0, 0, 0],
    ])
  })
  test('rare values are left out, several places take the others, none takes none', () => {
    const least = made('text', { kind: 'vocabulary', least: 2, other: 0 }, train, ['b', 'c'])
    expect(least.rows).toEqual([
      [0, 1],
      [0, 0],
    ])
    const { rows } = made('text', { kind: 'vocabulary', most: 1, other: 2 }, train, ['c', 'zz'])
    expect(rows[0]?.[1 + (hash32('c') % 2)]).toBe(1)
    expect(rows[1]?.[1 + (hash32('zz') % 2)]).toBe(1)
  })
  test('an index has a place for others and for missing ones whatever the train split holds', () => {
    expect(made('text', { kind: 'vocabulary', as: 'index' }, train, ['a', 'd', 'new', null]).column).toEqual([
      0, 3, 4, 5,
    ])
    const { column } = made('text', { kind: 'hash', buckets: 7, as: 'index' }, train, ['a', null])
    expect(column).toEqual([hash32('a') % 7, 7])
  })
  test('a trainer without an embedding gets the index as one-hot', () => {
    const recipe = recipeOf([{ name: 'f', columns: ['x'], step: { kind: 'vocabulary', as: 'index' } }])
    const spec = fitted(recipe, [{ name: 'x', type: 'text' }], [train])
    expect(spec.width).toBe(4)
    expect([...encode(spec, [['b']], 1)]).toEqual([0, 1, 0, 0])
  })
  test('whole numbers and booleans are categories too', () => {
    const { rows } = made(
      'integer',
      { kind: 'vocabulary' },
      [7, 7, '9007199254740993'],
      [7, '9007199254740993', 8],
    )
    expect(rows).toEqual([
      [1, 0],
      [0, 1],
      [0, 0],
    ])
    expect(
      made('boolean', { kind: 'hash', buckets: 5 }, [true, false], [true]).rows[0]?.[hash32('true') % 5],
    ).toBe(1)
  })
})

test('parts of a moment, as a circle and as columns', () => {
  const train = ['2020-01-01T00:00:00Z', '2020-12-31T23:00:00Z']
  const cells = ['2020-03-31T23:30:00+02:00', null]
  const { rows } = made(
    'timestamp',
    { kind: 'date', parts: ['day', 'hour', 'weekday'], as: 'one-hot' },
    train,
    cells,
  )
  expect(rows[0]?.map((value, i) => (value ? i : -1)).filter(i => i >= 0)).toEqual([30, 31 + 21, 31 + 24 + 2])
  expect(rows[1]?.every(value => value === 0)).toBe(true)
  const cycle = made('timestamp', { kind: 'date', parts: ['month', 'trend'] }, train, [
    '2020-04-01T00:00:00Z',
    '1990-01-01T00:00:00Z',
  ])
  expect(cycle.rows[0]?.slice(0, 2)).toEqual([1, 0])
  expect(cycle.rows[1]?.[2]).toBe(-1)
})

test('a cross tells apart what its columns together are', () => {
  const columns = [
    { name: 'a', type: 'text' as const },
    { name: 'b', type: 'text' as const },
    { name: 'n', type: 'float' as const },
  ]
  const cells: Cell[][] = [
    ['x', 'x', 'y', '1:x', null, 'x'],
    ['u', 'v', 'u', '', 'u', 'u'],
    [1, 1, 1, 9, 9, 9],
  ]
  const step = { kind: 'cross', buckets: 4096, bins: 2, as: 'index' }
  const spec = fitted(recipeOf([{ name: 'f', columns: ['a', 'b', 'n'], step }]), columns, cells, {
    embeds: true,
  })
  const places = [...encode(spec, cells, 6)]
  expect(new Set(places).size).toBe(6)
  expect(places[0]).toBe(hash32('1:x1:u#0') % 4096)
  expect(places[5]).toBe(hash32('1:x1:u#1') % 4096)
  expect(places[4]).toBe(hash32('-1:u#1') % 4096)
})

describe('rows that are dropped', () => {
  const recipe = recipeOf([
    { name: 'x', columns: ['x'], step: { kind: 'number' }, missing: { fill: 'drop' } },
    { name: 'y', columns: ['y'], step: { kind: 'number' } },
  ])
  test('a device refuses to answer without the value, in words, and can still be tried', () => {
    const spec = fitted(
      recipe,
      [
        { name: 'x', type: 'float' },
        { name: 'y', type: 'float' },
      ],
      [
        [1, 2],
        [3, null],
      ],
    )
    const failure = failureOf(() =>
      encodeInstances(spec, [
        { x: 1, y: null },
        { x: null, y: 1 },
      ]),
    )
    expect(failure).toMatchObject({
      code: 'bad-input',
      message: 'Row 2: "x" is missing, and the model gives no answer without it.',
    })
    expect(inputsOf(spec)[0]).toMatchObject({ required: true, example: 1 })
  })
})

describe('a recipe that does not fit the data is refused with the feature', () => {
  const cells = COLUMNS.map(() => [null])
  test.each([
    [{ columns: ['nope'], step: { kind: 'number' } }, /column "nope", which this data does not have/],
    [{ columns: ['word'], step: { kind: 'number' } }, /Scaling does not work for "word", which holds texts/],
    [{ columns: ['float'], step: { kind: 'date' } }, /date parts does not work for "float"/],
    [{ columns: ['day'], step: { kind: 'vocabulary' } }, /vocabulary does not work for "day"/],
    [{ columns: ['float'], step: { kind: 'cross' } }, /crosses fewer than two/],
    [{ columns: ['float', 'float'], step: { kind: 'cross' } }, /crosses fewer than two/],
    [{ columns: ['float', 'whole'], step: { kind: 'number' } }, /several columns/],
    [{ columns: ['float'], step: { kind: 'window', time: 'time' } }, /how far its window reaches/],
    [{ columns: ['float'], step: { kind: 'window', time: 'word', rows: 3 } }, /takes its time from "word"/],
    [
      { columns: ['float'], step: { kind: 'window', time: 'time', group: 'day', rows: 3 } },
      /grouped by "day"/,
    ],
    [{ columns: ['float'], step: { kind: 'buckets', by: 'edges' } }, /no edges/],
    [{ columns: ['day'], step: { kind: 'date', parts: ['hour'] } }, /hour of a date/],
    [{ columns: ['float'], step: { kind: 'number', clip: { low: 2, high: 1 } } }, /clipped to nothing/],
    [{ columns: ['float'], step: { kind: 'number', clip: { by: 'quantiles', low: 5 } } }, /no shares/],
    [{ columns: ['word'], step: { kind: 'hash' }, missing: { fill: 'mean' } }, /has no mean/],
    [{ columns: ['word'], step: { kind: 'hash' }, missing: { fill: 'constant' } }, /filled with nothing/],
    [{ columns: ['word'], step: { kind: 'hash' }, missing: { fill: 'constant', value: 3 } }, /filled with 3/],
  ])('%j', (given, words) => {
    const failure = failureOf(() => fitted(recipeOf([{ name: 'f', ...given }]), COLUMNS, cells))
    expect(failure).toMatchObject({ code: 'bad-input', message: expect.stringMatching(words) })
    expect(failure.remedy).not.toBe('')
  })
  test('two features of one name, and one with the name of another column', () => {
    const one = { name: 'f', columns: ['float'], step: { kind: 'number' } }
    expect(failureOf(() => fitted(recipeOf([one, one]), COLUMNS, cells)).message).toMatch(/Two features/)
    const other = { ...one, name: 'whole' }
    expect(failureOf(() => fitted(recipeOf([other], 'suggested'), COLUMNS, cells)).message).toMatch(
      /another column/,
    )
  })
})

test('columns that nobody chose a step for get what is suggested, and what is not learned from is not read', () => {
  const cells: Cell[][] = [
    [1, 2, 3],
    [1.5, 2.5, 3.5],
    ['a', 'b', 'a'],
    [true, false, true],
    ['2020-01-01', '2020-01-02', '2020-01-03'],
    ['2020-01-01T00:00:00Z', '2020-01-01T01:00:00Z', '2020-01-01T02:00:00Z'],
  ]
  const recipe = recipeOf(
    [
      feature({ name: 'whole', columns: ['whole'], step: { kind: 'leave-out' } }),
      feature({ name: 'sized', columns: ['float'], step: { kind: 'buckets', count: 2 } }),
      feature({ name: 'both', columns: ['word', 'flag'], step: { kind: 'cross', buckets: 4 } }),
      feature({ name: 'lately', columns: ['float'], step: { kind: 'window', time: 'time', rows: 2 } }),
    ],
    'suggested',
  )
  const spec = fitted(recipe, COLUMNS, cells, { left: ['flag'] })
  expect(spec.features.map(({ name }) => name)).toEqual(['sized', 'word', 'day', 'time', 'lately'])
  expect(inputsOf(spec).map(({ name }) => name)).toEqual(['float', 'word', 'day', 'time'])
  expect(Object.fromEntries(spec.leftOut.map(({ name, reason }) => [name, reason]))).toEqual({
    whole: 'the transform leaves it out',
    both: 'its column "flag" is not learned from',
  })
})
