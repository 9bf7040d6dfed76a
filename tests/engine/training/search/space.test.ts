import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalJson } from '../../../../main/engine/kit/index.ts'
import { trialsOf } from '../../../../main/engine/training/search/draw.ts'
import { hopelessBy } from '../../../../main/engine/training/search/median.ts'
import { rungsOf } from '../../../../main/engine/training/search/rungs.ts'
import { spaceOf } from '../../../../main/engine/training/search/space.ts'

const figures = (...values: number[]) => values.map((value, i) => ({ epoch: i + 1, value }))

describe('a space', () => {
  test('of a grid is all combinations, the last name changing fastest', () => {
    const space = spaceOf({
      rate: { min: 0.001, max: 0.1, log: true, steps: 3 },
      dropout: { min: 0, max: 0.3, step: 0.1 },
      layers: [[8], [8, 4]],
      batch: 32,
    })
    const trials = trialsOf('grid', space, 1, undefined)
    expect(trials).toHaveLength(24)
    expect(trials.slice(0, 3)).toEqual([
      { rate: 0.001, dropout: 0, layers: [8], batch: 32 },
      { rate: 0.001, dropout: 0, layers: [8, 4], batch: 32 },
      { rate: 0.001, dropout: 0.1, layers: [8], batch: 32 },
    ])
    expect([...new Set(trials.map(({ rate }) => rate))]).toEqual([0.001, 0.01, 0.1])
    expect([...new Set(trials.map(({ dropout }) => dropout))]).toEqual([0, 0.1, 0.2, 0.3])
    const some = trialsOf('grid', space, 1, 5)
    expect(new Set(some.map(each => canonicalJson(each))).size).toBe(5)
    expect(
      trialsOf('grid', spaceOf({ n: { min: 1, max: 3, integer: true, steps: 9 } }), 1, undefined),
    ).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }])
  })

  test('is drawn from without repeats, in bounds, the same for the same seed', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 31 - 1 }),
        fc.integer({ min: 1, max: 60 }),
        fc.boolean(),
        fc.boolean(),
        (seed, wanted, log, integer) => {
          const space = spaceOf({ a: { min: 1, max: 40, log, integer }, b: ['x', 'y'] })
          const trials = trialsOf('random', space, seed, wanted)
          expect(trials).toEqual(trialsOf('random', space, seed, wanted))
          expect(trials).toHaveLength(wanted)
          expect(new Set(trials.map(each => canonicalJson(each))).size).toBe(wanted)
          for (const { a } of trials as { a: number }[]) {
            expect(a >= 1 && a <= 40).toBe(true)
            if (integer) expect(Number.isInteger(a)).toBe(true)
          }
        },
      ),
      { seed: 6, numRuns: 60 },
    )
    // A space that holds fewer is gone through whole.
    const few = trialsOf('random', spaceOf({ a: { min: 1, max: 3, integer: true }, b: [true, false] }), 1, 20)
    expect(few).toHaveLength(6)
    const rates = trialsOf('random', spaceOf({ rate: { min: 1e-4, max: 1, log: true } }), 1, 400)
    const low = rates.filter(({ rate }) => (rate as number) < 1e-2).length
    expect(low).toBeGreaterThan(160)
    expect(low).toBeLessThan(240)
  })

  test.each([
    [{}, /nothing to search/],
    [{ a: 1, b: 'x' }, /nothing to search/],
    [{ a: [] }, /"a" has no values/],
    [{ a: { min: 1 } }, /needs two numbers/],
    [{ a: { min: 2, max: 1 } }, /ends at 1/],
    [{ a: { min: 0, max: 1, log: true } }, /not above 0/],
    [{ a: { min: 0, max: 1, step: -1 } }, /no step above 0/],
    [{ a: { min: 0.5, max: 3, integer: true } }, /whole numbers/],
    [{ a: { min: 0, max: 1, setps: 3 } }, /unknown "setps"/],
    [{ a: { min: 0, max: 1, steps: 1 } }, /"steps"/],
  ])('is refused where it is none: %j', (hparams, why) => {
    expect(() => spaceOf(hparams)).toThrow(why)
  })

  test('of a grid must say its steps, and be no more than can be trained', () => {
    expect(() => trialsOf('grid', spaceOf({ a: { min: 0, max: 1 } }), 1, undefined)).toThrow(/how many steps/)
    const wide = { min: 0, max: 1, steps: 1000 }
    const space = spaceOf({ a: wide, b: wide, c: wide })
    expect(() => trialsOf('grid', space, 1, undefined)).toThrow(/1000000000 combinations/)
    expect(trialsOf('grid', space, 1, 7)).toHaveLength(7)
  })
})

test('rungs of halving: a third goes on with three times the epochs', () => {
  expect(rungsOf(9, 27, {})).toEqual([
    { trials: 9, epochs: 3 },
    { trials: 3, epochs: 9 },
    { trials: 1, epochs: 27 },
  ])
  expect(rungsOf(16, 8, { factor: 2, least: 2 })).toEqual([
    { trials: 16, epochs: 2 },
    { trials: 8, epochs: 4 },
    { trials: 4, epochs: 8 },
  ])
  expect(rungsOf(2, 10, {})).toEqual([{ trials: 2, epochs: 10 }])
  expect(rungsOf(100, 1, {})).toEqual([{ trials: 100, epochs: 1 }])
  expect(() => rungsOf(9, 5, { least: 6 })).toThrow(/No trial comes to epoch 6/)
})

describe('the median stopping rule', () => {
  const four = [figures(4, 3, 2, 1), figures(4, 3, 2, 1), figures(6, 4, 3, 2), figures(8, 6, 4, 2)]
  test('holds the best so far to the median of the running averages', () => {
    // Averages of the first two: 3.5, 3.5, 5, 7.
    expect(hopelessBy(figures(9, 4.3), four, 'least')).toMatchObject({ best: 4.3, median: 4.25, epoch: 2 })
    expect(hopelessBy(figures(9, 4.25), four, 'least')).toBeNull()
    expect(hopelessBy(figures(9, 4.3), four, 'most')).toBeNull()
    expect(hopelessBy(figures(1, 2), four, 'most')).toMatchObject({ best: 2 })
  })
  test('waits for four finished ones, and for the first quarter', () => {
    expect(hopelessBy(figures(99), four.slice(1), 'least')).toBeNull()
    expect(hopelessBy(figures(99), four, 'least', 2)).toBeNull()
    expect(hopelessBy(figures(99), four, 'least')).not.toBeNull()
    expect(hopelessBy([], four, 'least')).toBeNull()
  })
})
