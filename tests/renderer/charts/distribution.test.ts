import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { distribution, type Palette, SIDE_LOOKS, spreadShape } from '../../../renderer/charts/index.ts'

const palette = new Proxy({} as Palette, { get: (_, key) => `#${String(key)}` })

describe('the small chart of a row', () => {
  const size = { width: 118, height: 22 }
  test('bars stay inside whatever the values are, and what is there is seen', () => {
    fc.assert(
      fc.property(
        fc.array(fc.option(fc.double({ min: 0, max: 1e9, noNaN: true })), { minLength: 1, maxLength: 30 }),
        fc.boolean(),
        (values, log) => {
          const { bars } = spreadShape([{ role: 'train', values }], size, log)
          expect(bars).toHaveLength(values.length)
          bars.forEach((bar, at) => {
            expect(bar.y).toBeGreaterThanOrEqual(0)
            expect(bar.y + bar.height).toBeLessThanOrEqual(size.height + 0.11)
            expect(bar.height > 0).toBe((values[at] ?? 0) > 0)
          })
        },
      ),
    )
  })
  test('others are outlines in the same scale; one without values draws nothing', () => {
    const { bars, outlines } = spreadShape(
      [
        { role: 'train', values: [1, 0.5] },
        { role: 'eval', values: [2, 0] },
        { role: 'other', values: [null, null] },
      ],
      size,
    )
    expect(outlines.map(one => one.role)).toEqual(['eval'])
    expect(bars[0]?.height).toBeLessThan(20)
    expect(outlines[0]?.path.startsWith('M0 21.5V2H59')).toBe(true)
  })
  test('a logarithmic height shows small bins taller', () => {
    const of = (log: boolean) =>
      spreadShape([{ role: 'train', values: [1000, 1] }], size, log).bars[1]?.height ?? 0
    expect(of(true)).toBeGreaterThan(of(false))
  })
})

describe('the large chart of a feature', () => {
  const data = {
    label: 'age',
    names: ['0 to 10', '10 to 20'],
    sides: [
      { label: 'Train', role: 'train' as const, values: [3, 0] },
      { label: 'v1', role: 'other' as const, values: [1, null] },
    ],
    as: 'count' as const,
    edges: [0, 10, 20],
  }
  test('the first side is filled, the others are outlines with their own dashes', () => {
    const chart = distribution(data, palette)
    const series = chart.option.series as { type: string; name: string }[]
    expect(series.map(one => [one.type, one.name])).toEqual([
      ['custom', 'Train'],
      ['line', 'v1'],
    ])
    expect(chart.legend.map(one => one.shape)).toEqual(['fill', 'dotted'])
    expect(chart.table.rows).toEqual([
      ['0 to 10', 3, 1],
      ['10 to 20', 0, null],
    ])
    expect(chart.text).toContain('age in 2 bins')
  })
  test('a logarithmic axis starts below the least bar', () => {
    const { yAxis } = distribution({ ...data, log: true }, palette).option
    expect(yAxis).toMatchObject({ type: 'log', min: 0.5 })
  })
  test('values lie as groups of bars', () => {
    const chart = distribution({ ...data, edges: undefined, bars: true }, palette)
    expect((chart.option.series as { type: string }[]).map(one => one.type)).toEqual(['bar', 'bar'])
    expect(chart.table.columns[0]?.label).toBe('Value')
  })
  test('no two sets of rows that stand together look the same', () => {
    for (const together of [
      ['train', 'eval', 'test', 'other'],
      ['whole', 'slice-1', 'slice-2', 'slice-3', 'slice-4', 'slice-5', 'other'],
    ] as const) {
      const looks = together.map(role => `${SIDE_LOOKS[role].color} ${SIDE_LOOKS[role].dash}`)
      expect(new Set(looks).size).toBe(together.length)
    }
  })
})
