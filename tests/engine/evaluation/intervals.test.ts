import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fisher, holm, welch } from '../../../main/engine/evaluation/metrics/difference.ts'
import {
  incompleteBeta,
  lnGamma,
  studentReach,
  studentTails,
} from '../../../main/engine/evaluation/metrics/distributions.ts'
import { rootInterval, sampleOf, wilson } from '../../../main/engine/evaluation/metrics/intervals.ts'
import { seeded } from '../../../main/engine/kit/index.ts'

/** Squared errors of two models, for figures that SciPy 1.x gave too. */
const SQUARES = [1, 4, 0.25, 9, 2.25, 0.5, 1, 3]
const OTHERS = [2, 0.1, 0.4, 1, 0.3, 0.9]

describe('distributions, as SciPy computes them', () => {
  test.each([
    [0.3, 1.0957979948180756],
    [1, 0],
    [4.5, 2.4537365708424423],
    [170.2, 702.4639526315309],
    [1e6, 12815504.569147611],
  ])('ln gamma of %d', (x, value) => {
    expect(Math.abs(lnGamma(x) - value)).toBeLessThan(1e-12 * Math.max(1, value))
  })

  test.each([
    [0.2, 3, 0.5, 0.0027136820350937957],
    [0.7, 10, 20, 0.9999828580828269],
    [0.5, 0.5, 0.5, 0.5],
    [0.99, 300, 2, 0.19616357628514303],
  ])('incomplete beta at %d of %d and %d', (x, a, b, value) => {
    expect(incompleteBeta(x, a, b)).toBeCloseTo(value, 11)
  })

  test.each([
    [1, 12.706204736174694, 0.24223788318168682],
    [2, 4.302652729749462, 0.12961172022151082],
    [9, 2.262157162798205, 0.033861827682985735],
    [30, 2.0422724563012378, 0.01811564906806669],
    [99.5, 1.9840936109906238, 0.014054149865199383],
    [100_000, 1.9599877075346095, 0.012420919192559051],
  ])("Student's t with %d degrees of freedom", (freedom, reach, tails) => {
    expect(studentReach(0.95, freedom)).toBeCloseTo(reach, 7)
    expect(studentTails(2.5, freedom)).toBeCloseTo(tails, 9)
  })
})

describe('intervals', () => {
  test.each([
    [8, 10, 0.4901624715366418, 0.9433178485456248],
    [0, 10, 0, 0.27753279986288926],
    [10, 10, 0.7224672001371109, 1],
    [81, 263, 0.2552885198782742, 0.36620957698280004],
    [1, 1, 0.20654931437723745, 1],
  ])('Wilson: %d of %d', (hits, rows, low, high) => {
    const interval = wilson(hits, rows)
    expect(interval?.low).toBeCloseTo(low, 12)
    expect(interval?.high).toBeCloseTo(high, 12)
  })

  test('Wilson holds the share, within 0 and 1, mirrors, and narrows with rows', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (rows, at) => {
          const hits = Math.round(at * rows)
          const one = wilson(hits, rows) as { low: number; high: number }
          const mirror = wilson(rows - hits, rows) as { low: number; high: number }
          const more = wilson(hits * 10, rows * 10) as { low: number; high: number }
          expect(one.low).toBeGreaterThanOrEqual(0)
          expect(one.high).toBeLessThanOrEqual(1)
          expect(one.low).toBeLessThanOrEqual(hits / rows)
          expect(one.high).toBeGreaterThanOrEqual(hits / rows)
          expect(one.low).toBeCloseTo(1 - mirror.high, 10)
          expect(more.high - more.low).toBeLessThan(one.high - one.low)
        },
      ),
    )
    expect(wilson(0, 0)).toBeNull()
  })

  test('a root mean square: t on the logarithm, as SciPy has it', () => {
    const interval = rootInterval(sampleOf(SQUARES))
    expect(interval?.low).toBeCloseTo(1.0234472923585878, 8)
    expect(interval?.high).toBeCloseTo(2.564860955321451, 8)
    expect(rootInterval(sampleOf([4]))).toBeNull()
    expect(rootInterval(sampleOf([0, 0, 0]))).toBeNull()
  })

  test('a root mean square: of 4,000 samples of normal errors about 95% hold the true one', () => {
    const random = seeded(7)
    const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
    for (const [rows, least] of [
      [10, 0.88],
      [30, 0.92],
      [200, 0.94],
    ] as const) {
      let held = 0
      for (let i = 0; i < 4000; i++) {
        const { low, high } = rootInterval(
          sampleOf(Array.from({ length: rows }, () => (3 * normal()) ** 2)),
        ) as { low: number; high: number }
        held += Number(low <= 3 && high >= 3)
      }
      expect(held / 4000).toBeGreaterThan(least)
      expect(held / 4000).toBeLessThan(0.97)
    }
  })
})

describe('differences', () => {
  test.each([
    // The lady tasting tea, and the twins of convicts: Fisher's own examples.
    [3, 4, 1, 4, 0.48571428571428565],
    [2, 17, 10, 13, 0.0005367241191434358],
    [8, 10, 500, 600, 0.6769043608437487],
    [30, 50, 9000, 10_000, 2.705122489582446e-8],
    [0, 12, 40, 300, 0.3756092537951069],
  ])('Fisher: %d of %d beside %d of %d', (hits, rows, otherHits, otherRows, value) => {
    expect(Math.abs(fisher(hits, rows, otherHits, otherRows) / value - 1)).toBeLessThan(1e-9)
  })

  test('Fisher: millions of rows take no time, and what is all but impossible is 0', () => {
    const from = performance.now()
    expect(fisher(900_000, 1_000_000, 3_600_400, 4_000_000)).toBeGreaterThan(0.05)
    expect(fisher(500_000, 1_000_000, 3_600_000, 4_000_000)).toBe(0)
    expect(performance.now() - from).toBeLessThan(1000)
  })

  test('Fisher: is the same whichever share is named first, and for misses as for hits', () => {
    fc.assert(
      fc.property(fc.nat(40), fc.nat(40), fc.nat(40), fc.nat(40), (a, b, c, d) => {
        const chance = fisher(a, a + b, c, c + d)
        expect(chance).toBeGreaterThan(0)
        expect(chance).toBeLessThanOrEqual(1)
        expect(fisher(c, c + d, a, a + b)).toBeCloseTo(chance, 9)
        expect(fisher(b, a + b, d, c + d)).toBeCloseTo(chance, 9)
      }),
    )
  })

  test('Welch on logarithms, as SciPy has it, and 1 where nothing is said', () => {
    expect(welch(sampleOf(SQUARES), sampleOf(OTHERS))).toBeCloseTo(0.04166543134319282, 9)
    expect(welch(sampleOf(SQUARES), sampleOf(SQUARES))).toBeCloseTo(1, 12)
    expect(welch(sampleOf([3]), sampleOf(OTHERS))).toBe(1)
    expect(welch(sampleOf([0, 0]), sampleOf(OTHERS))).toBe(1)
  })

  test('Holm: the smallest by all, and never below one that was smaller', () => {
    const held = holm([0.01, 0.04, 0.03, 0.9])
    expect(held[0]).toBeCloseTo(0.04, 12)
    expect(held[2]).toBeCloseTo(0.09, 12)
    expect(held[1]).toBeCloseTo(0.09, 12)
    expect(held[3]).toBe(0.9)
    expect(holm([])).toEqual([])
  })

  test('of 40 slices of nothing but chance, one is called different in about one of 20 tries at most', () => {
    const random = seeded(3)
    let calls = 0
    for (let round = 0; round < 200; round++) {
      const rows = 2000
      const right = Uint8Array.from({ length: rows }, () => Number(random() < 0.8))
      const all = right.reduce((sum, one) => sum + one, 0)
      const chances = Array.from({ length: 40 }, (_, slice) => {
        const hits = right.subarray(slice * 50, slice * 50 + 50).reduce((sum, one) => sum + one, 0)
        return fisher(hits, 50, all - hits, rows - 50)
      })
      if (holm(chances).some(chance => chance < 0.05)) calls++
    }
    expect(calls).toBeLessThanOrEqual(18)
  })
})
