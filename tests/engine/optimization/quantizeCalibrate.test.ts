import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { counted } from '../../../main/engine/optimization/quantize/calibrate/counts.ts'
import { percentile } from '../../../main/engine/optimization/quantize/calibrate/percentile.ts'
import {
  CALIBRATORS,
  type CalibrateBy,
  calibration,
} from '../../../main/engine/optimization/quantize/index.ts'

const value = fc.float({
  noNaN: true,
  noDefaultInfinity: true,
  min: Math.fround(-1e6),
  max: Math.fround(1e6),
})
const samples = fc.array(fc.array(value, { minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 12 })

const rangeBy = (by: CalibrateBy, rows: readonly ArrayLike<number>[]) => {
  const calibrator = CALIBRATORS[by]()
  for (const row of rows) calibrator.add(row)
  return calibrator.range()
}

/** Normal numbers that are the same each time. */
function normal(count: number, seed = 1): Float32Array {
  let state = seed
  const next = () => {
    state = (state * 1664525 + 1013904223) % 2 ** 32
    return (state + 1) / (2 ** 32 + 1)
  }
  return Float32Array.from(
    { length: count },
    () => Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next()),
  )
}

describe('every way to calibrate', () => {
  test.each(Object.keys(CALIBRATORS) as CalibrateBy[])('%s stays within what was seen', by => {
    fc.assert(
      fc.property(samples, rows => {
        const all = rows.flat()
        const range = rangeBy(by, rows)
        const width = Math.max(...all) - Math.min(...all)
        expect(range?.min).toBeLessThanOrEqual(range?.max as number)
        expect(range?.min).toBeGreaterThanOrEqual(Math.min(...all, 0) - 1e-6 * width)
        expect(range?.max).toBeLessThanOrEqual(Math.max(...all, 0) + 1e-6 * width)
      }),
    )
  })

  test.each(Object.keys(CALIBRATORS) as CalibrateBy[])('%s passes over what is no number', by => {
    const odd = Float32Array.of(Number.NaN, -1, Number.POSITIVE_INFINITY, 2, Number.NEGATIVE_INFINITY)
    expect(rangeBy(by, [odd, odd])).toEqual(rangeBy(by, [Float32Array.of(-1, 2), Float32Array.of(-1, 2)]))
    expect(rangeBy(by, [Float32Array.of(Number.NaN)])).toBeUndefined()
    expect(rangeBy(by, [[]])).toBeUndefined()
  })

  test.each(Object.keys(CALIBRATORS) as CalibrateBy[])('%s takes a single value', by => {
    for (const only of [0, 3, -3, 1e-20]) {
      const range = rangeBy(by, [[only], [only]])
      expect(Math.abs((range?.min as number) - only)).toBeLessThanOrEqual(Math.abs(only) / 1000 + 1e-6)
      expect(Math.abs((range?.max as number) - only)).toBeLessThanOrEqual(Math.abs(only) / 1000 + 1e-6)
    }
  })
})

test('minmax is the extent of all samples', () => {
  fc.assert(
    fc.property(samples, rows => {
      expect(rangeBy('minmax', rows)).toEqual({
        min: Math.min(...rows.flat()),
        max: Math.max(...rows.flat()),
      })
    }),
  )
})

test('average keeps 95 of 100 of what it had', () => {
  const range = rangeBy('average', [
    [-1, 1],
    [-3, 5],
  ])
  expect(range?.min).toBeCloseTo(-1.1, 12)
  expect(range?.max).toBeCloseTo(1.2, 12)
})

describe('counts', () => {
  test('hold every value, however far it lies out', () => {
    fc.assert(
      fc.property(samples, rows => {
        let counts: ReturnType<typeof counted>
        let before = 0
        for (const row of rows) {
          counts = counted(counts, row)
          const now = counts?.bins.reduce((sum, count) => sum + count, 0) as number
          expect(now - before).toBe(row.length)
          before = now
        }
        const all = rows.flat()
        expect(counts?.extent).toEqual({ min: Math.min(...all), max: Math.max(...all) })
      }),
    )
  })

  test('are those of a single pass, give or take a bin', () => {
    fc.assert(
      fc.property(samples, rows => {
        let counts: ReturnType<typeof counted>
        for (const row of rows) counts = counted(counts, row)
        if (!counts) return
        const { bins, low, step } = counts
        const sorted = rows.flat().sort((a, b) => a - b)
        let seen = 0
        for (const [i, count] of bins.entries()) {
          seen += count
          // As many values lie below the end of the bin, but for those within a bin of it.
          const end = low + (i + 1) * step
          expect(sorted.filter(each => each < end - step).length).toBeLessThanOrEqual(seen)
          expect(sorted.filter(each => each <= end + step).length).toBeGreaterThanOrEqual(seen)
        }
      }),
      { numRuns: 5 },
    )
  })

  test('reach from the smallest to the largest of numbers', () => {
    const counts = counted(counted(undefined, [1e-30]), [3e38, -3e38])
    expect(counts?.bins.reduce((sum, count) => sum + count, 0)).toBe(3)
    expect(Number.isFinite(counts?.step)).toBe(true)
  })
})

test('percentile leaves out as many values at either end', () => {
  const values = normal(100_000)
  const one = percentile(0.98)
  for (let at = 0; at < values.length; at += 1000) one.add(values.subarray(at, at + 1000))
  const range = one.range() as { min: number; max: number }
  const below = values.filter(each => each < range.min).length
  const above = values.filter(each => each > range.max).length
  expect(below).toBeGreaterThan(800)
  expect(below).toBeLessThanOrEqual(1000)
  expect(above).toBeGreaterThan(800)
  expect(above).toBeLessThanOrEqual(1000)
  expect(percentile(1).range()).toBeUndefined()
})

test('percentile holds all of few values', () => {
  expect(rangeBy('percentile', [[-2, 0, 5]])).toEqual({ min: -2, max: 5 })
})

test('mse cuts off a lone value that would cost all others their steps, and nothing of even ones', () => {
  const values = normal(400_000)
  const far = rangeBy('mse', [values, [60]]) as { min: number; max: number }
  expect(far.max).toBeLessThan(45)
  const even = Float32Array.from({ length: 5000 }, (_, i) => i / 2500 - 1)
  const whole = rangeBy('mse', [even]) as { min: number; max: number }
  expect(whole.max).toBeGreaterThan(0.97)
  expect(whole.min).toBeLessThan(-0.97)
})

test('a calibration tells tensors apart, and leaves out those that were never numbers', () => {
  const seen = calibration('minmax')
  seen.add([
    [3, [1, 2]],
    [5, [Number.NaN]],
  ])
  seen.add([[3, [-4]]])
  expect([...seen.ranges()]).toEqual([[3, { min: -4, max: 2 }]])
})
