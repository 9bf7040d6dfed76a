import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FeatureNameStatisticsSchema, fromText } from '../../../main/engine/metadata/index.ts'
import {
  type Distribution,
  distributionOf,
  measureDrift,
} from '../../../main/engine/validation/tfdv/index.ts'

const words = (counts: Record<string, number>): Distribution => {
  const buckets = Object.entries(counts).map(
    ([label, count]) => `buckets { label: "${label}" sample_count: ${count} }`,
  )
  const text = `type: STRING string_stats { rank_histogram { ${buckets.join(' ')} } }`
  return distributionOf(fromText(FeatureNameStatisticsSchema, text))
}

const numbers = (ranges: [low: number, high: number, mass: number][], nan = 0): Distribution => {
  const buckets = ranges.map(
    ([low, high, mass]) => `buckets { low_value: ${low} high_value: ${high} sample_count: ${mass} }`,
  )
  const histogram = `histograms { type: QUANTILES num_nan: ${nan} ${buckets.join(' ')} }`
  return distributionOf(fromText(FeatureNameStatisticsSchema, `num_stats { ${histogram} }`))
}

describe('drift names the bins that make it', () => {
  test('L-infinity: the last of the values with the largest difference', () => {
    const drift = measureDrift(words({ x: 60, y: 40 }), words({ x: 50, y: 50 }), 'lInfinity')
    expect(drift?.formula).toBe('max |p − q|')
    expect(drift?.value).toBeCloseTo(0.1, 12)
    expect(drift?.largest).toMatchObject({ label: 'y', a: 0.4, b: 0.5 })
  })

  test('normalized difference: counts beside all counts', () => {
    const drift = measureDrift(words({ x: 30 }), words({ x: 10, z: 10 }), 'normalizedDifference')
    expect(drift?.bins).toEqual([
      { label: 'x', a: 0.6, b: 0.2, part: 0.6 - 0.2 },
      { label: 'z', a: 0, b: 0.2, part: 0.2 },
    ])
    expect(drift?.value).toBeCloseTo(0.4, 12)
  })

  test('Jensen-Shannon of ranges that are split at common edges', () => {
    const drift = measureDrift(numbers([[0, 2, 10]]), numbers([[1, 3, 10]]), 'jensenShannon')
    expect(drift?.bins.map(({ low, high, a, b }) => [low, high, a, b])).toEqual([
      [0, 1, 0.5, 0],
      [1, 2, 0.5, 0.5],
      [2, 3, 0, 0.5],
    ])
    expect(drift?.value).toBeCloseTo(0.5, 12)
  })

  test('single numbers, infinities and NaN have bins of their own', () => {
    const drift = measureDrift(
      numbers(
        [
          [0, 0, 5],
          [1, 1, 5],
        ],
        2,
      ),
      numbers([[0, 0, 5]], 1),
      'jensenShannon',
    )
    expect(drift?.bins.map(({ label, low, high }) => label ?? [low, high])).toEqual([
      [0, 0],
      [1, 1],
      'NaN',
      'NaN',
    ])
  })

  test('numbers and words have nothing in common', () => {
    expect(measureDrift(words({ x: 1 }), numbers([[0, 1, 1]]), 'jensenShannon')).toBeNull()
    expect(measureDrift(numbers([[0, 1, 1]]), numbers([]), 'jensenShannon')).toBeNull()
    expect(measureDrift(numbers([]), numbers([]), 'lInfinity', { quirks: true })).toBeNull()
  })

  test('numbers have an L-infinity distance, but for the quirks', () => {
    const [a, b] = [
      numbers([
        [0, 1, 3],
        [1, 2, 1],
      ]),
      numbers([
        [0, 1, 1],
        [1, 2, 3],
      ]),
    ]
    expect(measureDrift(a, b, 'lInfinity')?.largest).toEqual({ low: 1, high: 2, a: 0.25, b: 0.75, part: 0.5 })
    expect(measureDrift(a, b, 'lInfinity', { quirks: true })).toBeNull()
  })
})

describe('every measure', () => {
  const counts = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'é'), fc.integer({ min: 1, max: 99 }), {
    minKeys: 1,
  })
  const histogram = fc
    .array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 99 })), {
      minLength: 1,
      maxLength: 6,
    })
    .map(parts => {
      let low = 0
      return parts.map(([width, mass]): [number, number, number] => {
        low += width
        return [low - width, low, mass]
      })
    })

  test.each(['lInfinity', 'normalizedDifference', 'jensenShannon'] as const)(
    '%s is symmetric, 0 to 1, 0 of itself',
    name => {
      fc.assert(
        fc.property(counts, counts, (one, other) => {
          const [a, b] = [words(one), words(other)]
          const value = measureDrift(a, b, name)?.value ?? Number.NaN
          expect(value).toBeCloseTo(measureDrift(b, a, name)?.value ?? Number.NaN, 12)
          expect(value).toBeGreaterThanOrEqual(-1e-12)
          expect(value).toBeLessThanOrEqual(1 + 1e-12)
          expect(measureDrift(a, a, name)?.value).toBe(0)
        }),
      )
    },
  )

  test('the parts of the divergence add up to it, and each side to 1', () => {
    fc.assert(
      fc.property(histogram, histogram, (one, other) => {
        const drift = measureDrift(numbers(one), numbers(other), 'jensenShannon')
        const sum = (of: (bin: { a: number; b: number; part: number }) => number) =>
          drift?.bins.reduce((all, bin) => all + of(bin), 0) ?? Number.NaN
        expect(sum(({ part }) => part)).toBeCloseTo(drift?.value ?? Number.NaN, 10)
        expect(sum(({ a }) => a)).toBeCloseTo(1, 10)
        expect(sum(({ b }) => b)).toBeCloseTo(1, 10)
      }),
    )
  })
})
