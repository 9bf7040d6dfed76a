import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Palette, timeline } from '../../../renderer/charts/index.ts'

const palette = new Proxy({} as Palette, { get: (_, key) => `#${String(key)}` })

const axisOf = (values: number[], format: 'number' | 'percent' | 'count', limit?: number) => {
  const { option } = timeline(
    { label: 'a', moments: values.map(String), lines: [{ name: 'a', values, limit: limit ?? null }], format },
    palette,
  )
  return option.yAxis as { min: number; max: number; interval: number }
}

test('the axis ends at a line of its grid, above every value and its limit, in 1 to 6 steps', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 8 }),
      fc.option(fc.double({ min: 1e-6, max: 1e9, noNaN: true }), { nil: undefined }),
      (values, limit) => {
        const most = Math.max(...values, limit ?? 0)
        fc.pre(most === 0 || most > 1e-9)
        const { min, max, interval } = axisOf(values, 'number', limit)
        expect(min).toBe(0)
        expect(max).toBeGreaterThan(most)
        const steps = max / interval
        expect(Math.abs(steps - Math.round(steps))).toBeLessThan(1e-6)
        expect(steps).toBeLessThan(6.5)
      },
    ),
  )
})

test('the steps are ones that a person counts in; things that are counted have whole ones', () => {
  expect(axisOf([48_842], 'count')).toMatchObject({ max: 60_000, interval: 20_000 })
  expect(axisOf([1, 0], 'count')).toMatchObject({ interval: 1 })
  expect(axisOf([0], 'count')).toMatchObject({ interval: 1 })
  expect(axisOf([0.0571], 'percent').interval).toBeCloseTo(0.02)
})
