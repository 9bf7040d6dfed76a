import { describe, expect, test } from 'vitest'
import {
  answerOf,
  differenceOf,
  disagreementsOf,
} from '../../../main/engine/optimization/proof/difference.ts'
import { comparedOf, lossesOf, verdictOf } from '../../../main/engine/optimization/proof/index.ts'
import { addNoise, snrOf } from '../../../main/engine/optimization/proof/noise.ts'

describe('the difference of outputs', () => {
  test('is the largest and the mean square of all', () => {
    const { maxDifference, rmsDifference } = differenceOf([1, 2, 3, 4], [1, 2.5, 3, 3])
    expect(maxDifference).toBe(1)
    expect(rmsDifference).toBeCloseTo(Math.sqrt(1.25 / 4))
    expect(differenceOf([], [])).toEqual({ maxDifference: 0, rmsDifference: 0 })
  })

  test('of what is no number on one side alone is as large as can be', () => {
    expect(differenceOf([1, Number.NaN], [Number.NaN, 1]).maxDifference).toBe(Number.MAX_VALUE)
    expect(differenceOf([Number.NaN], [Number.NaN]).maxDifference).toBe(0)
    expect(differenceOf([Number.POSITIVE_INFINITY], [1]).maxDifference).toBe(Number.POSITIVE_INFINITY)
  })
})

test('the answer of a row is its greatest output, or whether a single one is at least a half', () => {
  expect(answerOf([0, 1, 0.2, 0.9, 0.1, 0.3], 0, 3)).toBe(1)
  expect(answerOf([0, 1, 0.2, 0.9, 0.1, 0.3], 1, 3)).toBe(0)
  expect([0, 1, 2].map(row => answerOf([0.49, 0.5, 0.9], row, 1))).toEqual([0, 1, 1])
})

describe('disagreements', () => {
  const before = [0.9, 0.1, 0.2, 0.8, 0.6, 0.4, 0.3, 0.7]
  const after = [0.8, 0.2, 0.7, 0.3, 0.6, 0.4, 0.1, 0.9]

  test('are listed with their place and label, and counted by class', () => {
    expect(disagreementsOf(before, after, 4, 2, ['no', 'yes'], [0, 1, 0, 1], [10, 11, 12, 13])).toEqual({
      disagreements: { count: 1, rows: [{ row: 11, before: 'yes', after: 'no', label: 'yes' }] },
      perClass: [
        { label: 'no', support: 2, before: 1, after: 1 },
        { label: 'yes', support: 2, before: 1, after: 0.5 },
      ],
    })
  })

  test('without labels say nothing of classes, and without names number them', () => {
    expect(disagreementsOf(before, after, 4, 2, [])).toEqual({
      disagreements: { count: 1, rows: [{ row: 1, before: '1', after: '0', label: null }] },
      perClass: [],
    })
  })

  test('leave out classes that no row has, and labels that are no class', () => {
    const { perClass } = disagreementsOf(before, after, 4, 2, ['no', 'yes'], [0, 0, 7, -1])
    expect(perClass).toEqual([{ label: 'no', support: 2, before: 0.5, after: 1 }])
  })

  test('list no more than two hundred', () => {
    const rows = 500
    const zeros = new Array(rows).fill(0)
    const { disagreements } = disagreementsOf(zeros, new Array(rows).fill(1), rows, 1, [])
    expect(disagreements?.count).toBe(rows)
    expect(disagreements?.rows).toHaveLength(200)
  })
})

describe('what is compared', () => {
  const samples = { rows: 2, inputs: [], from: 'here' }
  const seen = {
    before: Float32Array.of(1, 0, 5, 0, 1, 5),
    after: Float32Array.of(0, 1, 5, 0, 1, 5),
    width: 3,
    answer: 2,
  }

  test('is the first output alone', () => {
    expect(comparedOf(seen, samples, []).disagreements).toMatchObject({ count: 1, rows: [{ row: 0 }] })
  })

  test('is no class where values are wanted, or where a single value was never called one', () => {
    const nothing = { disagreements: null, perClass: [] }
    expect(comparedOf(seen, samples, null)).toEqual(nothing)
    expect(comparedOf({ ...seen, answer: 1 }, samples, [])).toEqual(nothing)
    expect(comparedOf({ ...seen, answer: 1 }, samples, ['no', 'yes']).disagreements?.count).toBe(1)
  })
})

describe('a tolerance', () => {
  const perClass = [
    { label: 'cat', support: 90, before: 1, after: 0.99 },
    { label: 'dog', support: 10, before: 0.9, after: 0.8 },
  ]
  const figures = { perClass, disagreements: null, rows: 100 }

  test('counts points of all rows and of the class that lost most', () => {
    const { overall, worst } = lossesOf(figures)
    expect(overall).toBeCloseTo(0.9 + 1)
    expect(worst?.label).toBe('dog')
    expect(worst?.points).toBeCloseTo(10)
  })

  test('counts rows that are answered otherwise where no labels are known', () => {
    const disagreements = { count: 3, rows: [] }
    expect(lossesOf({ perClass: [], disagreements, rows: 60 })).toEqual({ overall: 5, worst: null })
    expect(lossesOf({ perClass: [], disagreements: null, rows: 0 })).toEqual({ overall: 0, worst: null })
  })

  test.each([
    [{ points: 1, classPoints: 3 }, false, 'It loses 1.9 points where 1.0 point is allowed.'],
    [{ points: 2, classPoints: 3 }, false, 'The class "dog" loses 10.0 points where 3.0 points are allowed.'],
    [{ points: 2, classPoints: 10 }, true, 'It loses 1.9 points, no class more than 10.0 points.'],
  ])('of %j', (wanted, passed, reason) => {
    expect(verdictOf(lossesOf(figures), wanted)).toEqual({ wanted, passed, reason })
  })

  test('is met by what wins, and by exactly what is allowed', () => {
    const better = lossesOf({
      ...figures,
      perClass: [{ label: 'cat', support: 10, before: 0.5, after: 0.7 }],
    })
    expect(verdictOf(better, { points: 0, classPoints: 0 })).toMatchObject({
      passed: true,
      reason: 'It loses 0.0 points, no class more than 0.0 points.',
    })
    expect(verdictOf({ overall: 1, worst: null }, { points: 1, classPoints: 1 })).toMatchObject({
      passed: true,
      reason: 'It loses 1.0 point.',
    })
  })
})

test('signal to noise is in dB over all rows, and null where nothing differs', () => {
  const sum = { signal: 0, noise: 0 }
  addNoise(sum, [1, 2], [1, 2])
  expect(snrOf(sum)).toBeNull()
  addNoise(sum, [3], [2])
  expect(snrOf(sum)).toBeCloseTo(10 * Math.log10(14))
  expect(snrOf({ signal: 0, noise: 1 })).toBeLessThan(-1000)
})
