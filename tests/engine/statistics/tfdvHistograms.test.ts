import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  everyNth,
  oneValueHistogram,
  quantilesHistogram,
  standardHistogram,
} from '../../../main/engine/statistics/tfdv/histograms.ts'
import { Moments } from '../../../main/engine/statistics/tfdv/moments.ts'
import { type Boundaries, quantilesOf } from '../../../main/engine/statistics/tfdv/quantiles.ts'
import { pythonFloat } from '../../../main/engine/statistics/tfdv/slices.ts'

const entries = fc
  .uniqueArray(
    fc.double({ min: -1e6, max: 1e6, noNaN: true }).map(value => value + 0),
    {
      minLength: 1,
      maxLength: 400,
    },
  )
  .chain(values =>
    fc.tuple(
      fc.constant(values.toSorted((a, b) => a - b)),
      fc.array(fc.integer({ min: 1, max: 50 }), { minLength: values.length, maxLength: values.length }),
    ),
  )
  .map(([values, weights]) => values.map((value, at): [number, number] => [value, weights[at] as number]))
const boundariesOf = (all: [number, number][], parts: number) => quantilesOf(all, parts) as Boundaries

describe('quantile boundaries', () => {
  test('of few values, by hand', () => {
    const found = boundariesOf(
      [
        [1, 2],
        [2, 1],
        [3, 1],
      ],
      4,
    )
    expect([...found.values]).toEqual([1, 1, 2, 3, 3])
    expect([...found.cumulative]).toEqual([2, 2, 3, 4, 4])
  })
  test('lie at the values whose ranks hold theirs', () => {
    fc.assert(
      fc.property(entries, fc.integer({ min: 2, max: 50 }), (all, parts) => {
        const total = all.reduce((sum, [, weight]) => sum + weight, 0)
        const most = Math.max(...all.map(([, weight]) => weight))
        const { values, cumulative } = boundariesOf(all, parts)
        expect(values[0]).toBe(all[0]?.[0])
        expect(values[parts]).toBe(all.at(-1)?.[0])
        expect([...values]).toEqual([...values].sort((a, b) => a - b))
        for (const [rank, value] of values.entries()) {
          const upTo = all.filter(([other]) => other <= value).reduce((sum, [, weight]) => sum + weight, 0)
          expect(cumulative[rank]).toBe(upTo)
          expect(Math.abs(upTo - (rank * total) / parts)).toBeLessThanOrEqual(most)
        }
      }),
    )
  })
  test('values without weight are not there', () => {
    expect(quantilesOf([[1, 0]], 4)).toBeNull()
    expect([
      ...boundariesOf(
        [
          [1, 0],
          [2, 1],
          [3, 0],
        ],
        2,
      ).values,
    ]).toEqual([2, 2, 2])
  })
})

describe('histograms', () => {
  const sum = ({ buckets }: { buckets: { sampleCount: number }[] }) =>
    buckets.reduce((all, { sampleCount }) => all + sampleCount, 0)
  test('hold all rows', () => {
    fc.assert(
      fc.property(entries, all => {
        const total = all.reduce((rows, [, weight]) => rows + weight, 0)
        const boundaries = boundariesOf(all, 1000)
        const range = { min: all[0]?.[0] as number, max: all.at(-1)?.[0] as number, infinite: 0 }
        expect(sum(quantilesHistogram(everyNth(boundaries, 100)))).toBeCloseTo(total, 6)
        const standard = standardHistogram(boundaries, range, 10)
        expect(Math.abs(sum(standard) - total)).toBeLessThan(total * 1e-9)
        expect(standard.buckets).toHaveLength(all.length === 1 ? 1 : 10)
      }),
    )
  })
  test('infinities stand apart', () => {
    const all: [number, number][] = [
      [Number.NEGATIVE_INFINITY, 3],
      [1, 2],
      [2, 4],
      [Number.POSITIVE_INFINITY, 5],
    ]
    const { buckets } = standardHistogram(boundariesOf(all, 1000), { min: 1, max: 2, infinite: 5 }, 10)
    expect(buckets).toHaveLength(12)
    expect([buckets[0]?.sampleCount, buckets[11]?.sampleCount]).toEqual([3, 5])
    expect(sum({ buckets })).toBeCloseTo(14, 9)
  })
  test('bounds so far apart that no edge is finite leave it empty', () => {
    const all: [number, number][] = [
      [-1.7e308, 1],
      [1.7e308, 1],
    ]
    expect(
      standardHistogram(boundariesOf(all, 1000), { min: -1.7e308, max: 1.7e308, infinite: 0 }, 10).buckets,
    ).toEqual([])
  })
  test('one value a row', () => {
    expect(
      oneValueHistogram(25).buckets.map(({ lowValue, highValue, sampleCount }) => [
        lowValue,
        highValue,
        sampleCount,
      ]),
    ).toEqual(new Array(10).fill([1, 1, 2.5]))
  })
})

describe('moments', () => {
  test('keep the digits of values far from zero', () => {
    const moments = new Moments()
    for (let at = 0; at < 100_000; at++) moments.push(1e9 + (at % 10), 1)
    const { mean, variance } = moments.end()
    expect(mean).toBeCloseTo(1e9 + 4.5, 6)
    expect(Math.abs(variance - 8.25)).toBeLessThan(1e-9)
  })
  test('of weights', () => {
    const moments = new Moments()
    moments.push(1, 3)
    moments.push(5, 1)
    moments.push(100, 0)
    expect(moments.end()).toEqual({ mean: 2, variance: 3 })
    expect(new Moments().end()).toEqual({ mean: 0, variance: 0 })
  })
  test('of one great value', () => {
    const moments = new Moments()
    moments.push(1e200, 7)
    expect(moments.end()).toEqual({ mean: 1e200, variance: 0 })
  })
})

test.each<[number, string]>([
  [1, '1.0'],
  [0.1, '0.1'],
  [Math.fround(0.1), '0.10000000149011612'],
  [1e16, '1e+16'],
  [1.5e-7, '1.5e-07'],
  [0.0001, '0.0001'],
  [123456789012345680, '1.2345678901234568e+17'],
  [9007199254740992, '9007199254740992.0'],
  [-0, '-0.0'],
  [Number.NaN, 'nan'],
  [Number.NEGATIVE_INFINITY, '-inf'],
])('%s is %s in Python', (value, text) => {
  expect(pythonFloat(value)).toBe(text)
})
