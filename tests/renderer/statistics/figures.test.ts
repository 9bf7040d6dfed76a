import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ColumnType, FeatureOrder } from '#contract'
import { csvOf } from '../../../renderer/rooms/statistics/csv.ts'
import { measure, partWords, shareWords, valueWords } from '../../../renderer/rooms/statistics/measured.ts'
import {
  conditionOfBin,
  conditionOfValue,
  queryOfRows,
  whereOfSlice,
} from '../../../renderer/rooms/statistics/rows.ts'
import { heightsOf, onlyIn, shapeOf } from '../../../renderer/rooms/statistics/shape.ts'
import { drawnSides, MOST_SLICES, sidesOf } from '../../../renderer/rooms/statistics/sides.ts'
import {
  decilesOf,
  fewerBins,
  fewerEdges,
  intoParts,
  partsOf,
  riseOf,
  shareBelow,
  sumOf,
} from '../../../renderer/rooms/statistics/spread.ts'
import { faultsOf, THRESHOLDS } from '../../../renderer/rooms/statistics/thresholds.ts'
import { printView, readView, typesOf, type View } from '../../../renderer/rooms/statistics/useView.ts'
import { statistics } from '../engine/samples.ts'
import { listed, numbers, texts } from './listed.ts'

const float = (counts: number[]) => measure(numbers(counts), 'float', false)

describe('figures of a set of rows', () => {
  test('shares are of the rows, missing ones counted in; zeros are of the values', () => {
    const of = measure(
      numbers([8, 2], {
        missing: 10,
        numeric: {
          mean: 1,
          deviation: 1,
          min: 0,
          median: 1,
          max: 20,
          zeros: 5,
          histogram: { edges: [0, 10, 20], counts: [8, 2] },
        },
      }),
      'float',
      false,
    )
    expect(of.missingShare).toBe(0.5)
    expect(of.zeroShare).toBe(0.5)
    expect([partWords(0), partWords(0.0004), partWords(0.324)]).toEqual(['0%', '<1%', '32%'])
    expect(shareWords(0)).toBe('0')
    expect(shareWords(0.0001)).toBe('<0.1%')
  })
  test('with weights the weighted figures stand where there are some', () => {
    const statistics = numbers([4, 6], {
      weighted: {
        count: 2.5,
        missing: 7.5,
        mean: 9,
        deviation: null,
        median: 3,
        counts: [2, 0.5],
        top: [],
      },
    })
    const of = measure(statistics, 'float', true)
    expect(of).toMatchObject({ count: 2.5, missingShare: 0.75, mean: 9, deviation: 2, counts: [2, 0.5] })
    expect(measure(statistics, 'float', false)).toMatchObject({ count: 10, mean: 5, counts: [4, 6] })
  })
  test('a day of the data is the same day in every time zone, with its year', () => {
    const zone = process.env.TZ
    process.env.TZ = 'America/Los_Angeles'
    expect(valueWords('date', Date.UTC(2012, 0, 1) / 1000)).toBe('Jan 1, 2012')
    if (zone === undefined) delete process.env.TZ
    else process.env.TZ = zone
  })
})

describe('what turns red', () => {
  test.each([
    ['at the threshold', THRESHOLDS.missing * 1000, undefined],
    ['beyond it', THRESHOLDS.missing * 1000 + 1, 'More than 2% missing'],
  ])('missing, %s', (_, missing, said) => {
    expect(faultsOf(measure(numbers([1000 - missing], { missing }), 'float', false), 'float').missing).toBe(
      said,
    )
  })
  test('more than a tenth of zeros, but not of truths', () => {
    const of = measure(texts({ a: 1 }), 'text', false)
    expect(faultsOf({ ...of, zeroShare: 0.1 }, 'integer').zeros).toBeUndefined()
    expect(faultsOf({ ...of, zeroShare: 0.11 }, 'integer').zeros).toBe('More than 10% zeros')
    expect(faultsOf({ ...of, zeroShare: 0.5 }, 'boolean').zeros).toBeUndefined()
  })
  test('nothing there, and numbers that are not finite', () => {
    const none = measure({ ...texts({}), missing: 4 }, 'text', false)
    expect(faultsOf(none, 'text').count).toBe('No value is there')
    const odd = { ...float([3]), max: Number.POSITIVE_INFINITY }
    expect(faultsOf(odd, 'float').mean).toContain('finite')
    expect(faultsOf(measure(texts({ x: 2 }), 'float', false), 'float').mean).toContain('finite')
    expect(faultsOf(float([1, 2]), 'float')).toEqual({})
  })
})

const counts = fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 80 })

describe('bins', () => {
  test('merging keeps every row and the outer edges', () => {
    fc.assert(
      fc.property(counts, fc.integer({ min: 1, max: 64 }), (counts, most) => {
        const edges = counts.map((_, at) => at).concat(counts.length)
        const merged = fewerBins(counts, most, sumOf)
        const bounds = fewerEdges(edges, most)
        expect(sumOf(merged)).toBe(sumOf(counts))
        expect(merged.length).toBeLessThanOrEqual(most)
        expect(bounds).toHaveLength(merged.length + 1)
        expect([bounds[0], bounds.at(-1)]).toEqual([0, counts.length])
      }),
    )
  })
  test('deciles rise within the range, and bins by them hold every row', () => {
    fc.assert(
      fc.property(
        counts.filter(list => sumOf(list) > 0),
        fc.boolean(),
        (counts, isWhole) => {
          const of = float(counts)
          const bounds = decilesOf(of, isWhole)
          expect(bounds).toHaveLength(11)
          for (let at = 1; at < 11; at++)
            expect(bounds[at] as number).toBeGreaterThanOrEqual(bounds[at - 1] as number)
          const rows = sumOf(intoParts(of, partsOf(bounds, isWhole), isWhole))
          // each bin is rounded to whole rows
          expect(Math.abs(rows - sumOf(counts))).toBeLessThanOrEqual(11)
        },
      ),
    )
  })
  test('the share below a bound never falls', () => {
    fc.assert(
      fc.property(
        counts,
        fc.array(fc.float({ min: -10, max: 900, noNaN: true }), { minLength: 2 }),
        (list, at) => {
          const rise = riseOf(float(list), false)
          if (!rise.length) return
          const shares = [...at].sort((a, b) => a - b).map(bound => shareBelow(rise, bound))
          for (let i = 1; i < shares.length; i++)
            expect(shares[i] as number).toBeGreaterThanOrEqual((shares[i - 1] as number) - 1e-12)
        },
      ),
    )
  })
  test('exact quantiles are used as they are, ties too', () => {
    const quantiles = [0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 30]
    const of = { ...float([90, 5, 5]), quantiles }
    expect(decilesOf(of, true)).toEqual(quantiles)
    // nine of eleven bounds are 0: it is a bin of its own, and what is above it another
    const parts = partsOf(quantiles)
    expect(parts).toEqual([
      { from: 0, to: 0 },
      { from: 0, to: 5, after: true },
      { from: 5, to: 30 },
    ])
    expect(partsOf([1, 9, 9, 10, 10, 11], true)).toEqual([
      { from: 1, to: 9 },
      { from: 9, to: 9 },
      { from: 10, to: 10 },
      { from: 10, to: 11, after: true },
    ])
    expect(intoParts(of, parts, true)).toEqual([80, 10, 10])
    // how many zeros there are is known better than by deciles
    expect(intoParts({ ...of, min: 0, zeroShare: 0.87 }, parts, true)).toEqual([87, 3, 10])
  })
  test('even bins give even deciles', () => {
    expect(decilesOf({ ...float([10, 10, 10, 10, 10]) }, false).map(Math.round)).toEqual([
      0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50,
    ])
  })
})

describe('the common shape of several sets of rows', () => {
  const [age, workclass] = statistics().features as [
    (typeof statistics extends () => infer S ? S : never)['features'][0],
    (typeof statistics extends () => infer S ? S : never)['features'][0],
  ]
  const of = (feature: typeof age) =>
    [feature.splits.train, feature.splits.eval].map(one => (one ? measure(one, feature.type, false) : null))

  test('numbers share their bins; a press on one finds its rows', () => {
    const shape = shapeOf(age, of(age), 'width', 64)
    expect(shape.edges).toEqual([17, 41, 65, 90])
    expect(shape.counts).toEqual([
      [780, 15, 5],
      [80, 15, 5],
    ])
    expect(shape.where[0]).toEqual([{ column: 'age', is: 'range', values: [17, 41] }])
    expect(shape.where[2]).toEqual([{ column: 'age', is: 'range', values: [65, 90], closed: true }])
    expect(heightsOf(shape.counts[0] as number[], of(age)[0] ?? null, 'share')[0]).toBe(780 / 800)
  })
  test('values that only eval has stand after those of train, and are called new', () => {
    const [train, evaluation] = of(workclass)
    const shape = shapeOf(workclass, [train ?? null, evaluation ?? null], 'width', 8)
    expect(shape.names).toEqual(['Private', 'State-gov', 'Never-worked'])
    expect(shape.counts[0]?.[2]).toBe(0)
    expect(shape.where[2]).toEqual([{ column: 'workclass', is: 'equals', values: ['Never-worked'] }])
    if (!train || !evaluation) throw new Error('no split')
    expect(onlyIn(evaluation, train)).toEqual(['Never-worked'])
    expect(onlyIn(evaluation, { ...train, isWhole: false })).toEqual([])
  })
  test('a value beyond the end of a cut list is not said to be absent', () => {
    const [train, evaluation] = of(workclass)
    if (!train || !evaluation) throw new Error('no split')
    const rare = { ...train, top: [{ value: 'Rare', count: 3 }] }
    expect(shapeOf(workclass, [rare, evaluation], 'width', 8).counts[1]?.[0]).toBe(0)
    expect(shapeOf(workclass, [rare, { ...evaluation, isWhole: false }], 'width', 8).counts[1]?.[0]).toBe(
      null,
    )
  })
  test('by quantiles the first set fills each bin alike', () => {
    const even = float([10, 10, 10, 10, 10])
    const skewed = float([50, 0, 0, 0, 0])
    const shape = shapeOf({ name: 'x', type: 'float' }, [even, skewed], 'quantiles', 64)
    for (const n of shape.counts[0] as number[]) expect(n).toBeCloseTo(5)
    expect(shape.counts[1]?.[0]).toBeCloseTo(25)
    expect(shape.edges).toBeNull()
  })
  test('one value alone still has a bin; no value has none', () => {
    const one = { ...float([7]), min: 3, max: 3, quantiles: new Array<number>(11).fill(3) }
    const shape = shapeOf({ name: 'x', type: 'float' }, [one], 'quantiles', 16)
    expect(shape.counts[0]).toEqual([7])
    expect(shape.where[0]).toEqual([{ column: 'x', is: 'equals', values: [3] }])
    expect(shapeOf({ name: 'x', type: 'text' }, [null], 'width', 16).names).toEqual([])
  })
  test('a set of rows that lacks the column is unknown, not empty', () => {
    expect(shapeOf(age, [...of(age), null], 'width', 64).counts[2]).toEqual([null, null, null])
  })
})

describe('the rows behind a bar', () => {
  test('whole numbers in bins of one are found by their value', () => {
    expect(conditionOfBin({ name: 'n', type: 'integer' }, 3, 4, false)).toEqual({
      column: 'n',
      is: 'equals',
      values: [3],
    })
  })
  test('moments are compared by their ISO text', () => {
    const day = Date.UTC(2012, 0, 1) / 1000
    expect(conditionOfBin({ name: 'd', type: 'date' }, day, day + 90_000, false).values).toEqual([
      '2012-01-01',
      '2012-01-03',
    ])
    expect(conditionOfBin({ name: 't', type: 'timestamp' }, day, day + 0.5, true)).toEqual({
      column: 't',
      is: 'range',
      values: ['2012-01-01T00:00:00.000Z', '2012-01-01T00:00:00.500Z'],
      closed: true,
    })
  })
  test('listed values become cells of their column', () => {
    const cell = (type: ColumnType, value: string) => conditionOfValue({ name: 'x', type }, value).values[0]
    expect(cell('boolean', 'true')).toBe(true)
    expect(cell('boolean', '0')).toBe(false)
    expect(cell('integer', '12')).toBe(12)
    expect(cell('integer', '9007199254740993')).toBe('9007199254740993')
    expect(cell('text', '12')).toBe('12')
    expect(cell('text', '')).toBe('')
  })
  test('the name of a slice says its rows, unless it can be read in two ways', () => {
    const sex = { name: 'sex', type: 'text' as const }
    const race = { name: 'race', type: 'text' as const }
    expect(whereOfSlice('sex_Male', [sex])).toEqual([{ column: 'sex', is: 'equals', values: ['Male'] }])
    expect(whereOfSlice('sex_Male_race_White', [sex, race])).toEqual([
      { column: 'sex', is: 'equals', values: ['Male'] },
      { column: 'race', is: 'equals', values: ['White'] },
    ])
    expect(whereOfSlice('sex_a_race_b_race_c', [sex, race])).toBeNull()
    expect(whereOfSlice('young', [sex])).toBeNull()
  })
  test('the address of rows', () => {
    expect(queryOfRows({ name: 'a@2', where: [], split: 'eval' })).toEqual({ name: 'a@2', split: 'eval' })
  })
})

describe('sets of rows', () => {
  const other = { ref: 'adult@1', label: 'v1' }
  test('splits that have rows, then what is laid beside', () => {
    const sides = sidesOf({
      statistics: { rows: 10, splits: { train: 8, eval: 2, test: 0 } },
      data: 'adult',
      sliceBy: [],
      other,
    })
    expect(sides.map(side => side.label)).toEqual(['Train', 'Eval', 'v1'])
    expect(sides[1]?.rowsAt).toEqual({ name: 'adult', where: [], split: 'eval' })
    expect(sides[2]?.rowsAt).toEqual({ name: 'adult@1', where: [] })
  })
  test('nothing split: all rows', () => {
    const [only] = sidesOf({ statistics: { rows: 3, splits: {} }, data: 'f', sliceBy: [], other: null })
    expect(only).toMatchObject({ key: 'whole', role: 'train' })
  })
  test('slices stand beside all rows, the largest are drawn, a hidden one is not', () => {
    const slices = Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`sex_${n}`, n]))
    const sides = sidesOf({
      statistics: { rows: 36, splits: { train: 36 }, slices },
      data: 'adult',
      sliceBy: [{ name: 'sex', type: 'text' }],
      other: null,
    })
    expect(sides).toHaveLength(10)
    expect(sides.slice(0, 3).map(side => side.label)).toEqual(['All rows', '8', '7'])
    expect(drawnSides(sides, [])).toHaveLength(MOST_SLICES + 1)
    expect(drawnSides(sides, ['whole']).map(side => side.label)).toEqual(['8', '7', '6', '5', '4'])
    expect(
      drawnSides(
        sides,
        sides.map(side => side.key),
      ),
    ).toHaveLength(1)
  })
})

test('the table as CSV has a line a feature and set of rows, figures as they are', () => {
  const sides = sidesOf({ statistics: { rows: 6, splits: {} }, data: 'f', sliceBy: [], other: null })
  const text = csvOf([listed({ name: 'a,b', all: numbers([1, 2, 3], { missing: 2 }) })], sides, false)
  const [head, line] = text.split('\r\n')
  expect(head?.split(',')).toHaveLength(18)
  expect(line).toContain('"a,b",float,All rows,6,2,0.25,6,0,0,5,2,0,5,30,')
})

describe('the address of a view', () => {
  const word = fc.string({ minLength: 1 }).filter(text => text.trim() === text)
  const view: fc.Arbitrary<View> = fc.record({
    data: fc.option(word),
    slice: fc.array(word, { maxLength: 3 }),
    weight: fc.option(word),
    within: fc.option(word),
    correlations: fc.boolean(),
    with: fc.option(word),
    search: fc.string(),
    kind: fc.constantFrom('all', 'numeric', 'categorical'),
    types: fc.subarray([...ColumnType.options]),
    order: fc.constantFrom(...FeatureOrder.options),
    descending: fc.boolean(),
    log: fc.boolean(),
    bins: fc.constantFrom('width', 'quantiles'),
    as: fc.constantFrom('share', 'count'),
    hidden: fc.array(word, { maxLength: 4 }),
    feature: fc.option(word),
  })
  test('reads back what was written', () => {
    fc.assert(
      fc.property(view, said => {
        expect(readView(printView(said) as never)).toEqual(said)
      }),
    )
  })
  test('what is as usual is left out, what is wrong is not taken', () => {
    expect(printView(readView({}))).toEqual({})
    expect(readView({ order: 'size', types: ['text', 'blob'], bins: '7' })).toMatchObject({
      order: 'data',
      types: ['text'],
      bins: 'width',
    })
  })
  test('a kind asks for its types, and its types for fewer', () => {
    expect(typesOf({ kind: 'all', types: [] })).toBeUndefined()
    expect(typesOf({ kind: 'categorical', types: [] })).toEqual(['text', 'boolean'])
    expect(typesOf({ kind: 'numeric', types: ['date'] })).toEqual(['date'])
    expect(typesOf({ kind: 'numeric', types: ['text'] })).toHaveLength(4)
  })
})
