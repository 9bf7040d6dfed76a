import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readPalette } from '../../../renderer/charts/index.ts'
import { driftChart } from '../../../renderer/rooms/validation/driftChart.ts'
import {
  comparedSplit,
  driftLines,
  isOver,
  markOfDrift,
  sidesOf,
} from '../../../renderer/rooms/validation/driftWords.ts'
import { routeOfAnomaly, whereOfBin } from '../../../renderer/rooms/validation/rows.ts'
import ValidationPage from '../../../renderer/rooms/validation/ValidationPage.vue'
import { type Mounted, mountPage, press, shownText } from '../engine/mountPage.ts'
import { anomaly, schema, validation } from '../engine/samples.ts'
import { answers, drift, suggestion } from './checked.ts'

let mounted: Mounted
beforeEach(() => localStorage.clear())
afterEach(() => {
  mounted?.wrapper.unmount()
  document.body.innerHTML = ''
})
const table = () => [...document.querySelectorAll<HTMLElement>('table[aria-label="All drifts"] tbody tr')]
const words = (row: HTMLElement | undefined) =>
  [...(row?.children ?? [])].map(cell => cell.textContent?.replace(/\s+/g, ' ').trim())

describe('all drifts', () => {
  const drifts = [
    {
      feature: 'sex',
      kind: 'drift' as const,
      drift: drift({ measure: 'l-infinity', value: 0.002, threshold: null }),
    },
    { feature: 'age', kind: 'drift' as const, drift: drift() },
    { feature: 'hours', kind: 'skew' as const, drift: drift({ value: 0.01, threshold: 0.02 }) },
    { feature: 'gain', kind: 'drift' as const, drift: drift({ value: 0.05, threshold: null }) },
  ]
  const open = (path = '/validation?tab=drift') =>
    mountPage(
      ValidationPage,
      answers({
        show: async () => ({
          schema: schema(),
          validation: validation({ drifts, title: 'Check of Adult income v1' }),
        }),
        suggestions: async () => ({
          suggestions: [
            suggestion({
              id: 'gain.drift',
              feature: 'gain',
              kind: 'drift',
              set: { drift: [{ measure: 'jensen-shannon', threshold: 0.03 }] },
            }),
          ],
        }),
      }),
      { path },
    )

  test('stand by their value, also those without an alarm; where nobody set a limit the suggested one is named', async () => {
    mounted = await open()
    expect(table().map(words)).toEqual([
      ['age', 'drift', 'JSD', '0.2600', '0.0200'],
      ['gain', 'drift', 'JSD', '0.0500', '0.0300 suggested'],
      ['hours', 'skew', 'JSD', '0.0100', '0.0200'],
      ['sex', 'drift', 'L∞', '0.0020', 'no limit'],
    ])
    expect(table().map(row => row.querySelector('[data-status]')?.getAttribute('aria-label'))).toEqual([
      'Over its limit',
      'Over the suggested limit',
      'Within its limit',
      'No limit',
    ])
  })

  test('the largest is shown first, and any other by a press', async () => {
    mounted = await open()
    expect(shownText()).toContain('0.2600where 0.0200 is allowed')
    table()[3]?.click()
    await flushPromises()
    expect(shownText()).toContain('0.0020no limit is set')
    expect(mounted.router.currentRoute.value.query.feature).toBe('sex')
  })

  test('an address names the feature', async () => {
    mounted = await open('/validation?tab=drift&feature=gain')
    expect(shownText()).toContain('0.0500where 0.0300 is suggested')
  })

  test('can be narrowed to those over their limit', async () => {
    mounted = await open()
    await press('Over the limit')
    expect(table().map(row => words(row)[0])).toEqual(['age', 'gain'])
  })

  test('without any it says why', async () => {
    mounted = await mountPage(ValidationPage, answers(), { path: '/validation?tab=drift' })
    expect(shownText()).toContain('There was nothing to compare with.')
  })
})

describe('the two sides', () => {
  test('of one version are its train and eval rows, in their colors', () => {
    expect(comparedSplit('census v1, train', 'census v1')).toBe('eval')
    expect(sidesOf('census v1, train', 'census v1', 'eval')).toEqual({
      before: { label: 'census v1, train', role: 'train' },
      now: { label: 'census v1, eval', role: 'eval' },
    })
  })
  test('of another version are what was before and what is now', () => {
    expect(comparedSplit('census v1, train', 'census v2')).toBeNull()
    expect(sidesOf('census v1, train', 'census v2', null)).toEqual({
      before: { label: 'census v1, train', role: 'other' },
      now: { label: 'census v2', role: 'current' },
    })
  })
  test('are drawn in the bins that were compared, from low to high', () => {
    const chart = driftChart('age', drift(), sidesOf('a', 'b', null), readPalette())
    expect(chart?.table.rows).toEqual([
      ['17 to 41', 0.6, 0.3],
      ['41 to 65', 0.3, 0.3],
      ['65 to 90', 0.1, 0.4],
    ])
    expect(chart?.legend.map(({ label }) => label)).toEqual(['a', 'b'])
    expect(driftChart('age', drift({ bins: [] }), sidesOf('a', 'b', null), readPalette())).toBeNull()
  })
  test('values of text stand with the most frequent first, and only as many as can be told apart', () => {
    const bins = Array.from({ length: 40 }, (_, at) => ({
      label: `v${at}`,
      low: null,
      high: null,
      before: at / 1000,
      now: 0,
      part: 0,
    }))
    const chart = driftChart('city', drift({ bins }), sidesOf('a', 'b', null), readPalette())
    expect(chart?.table.rows[0]?.[0]).toBe('v39')
    expect(chart?.table.rows.length).toBeLessThan(20)
  })
})

describe('limits', () => {
  test('a value at its limit is not over it', () => {
    expect(isOver({ value: 0.02, threshold: 0.02 })).toBe(false)
    expect(isOver({ value: 0.0201, threshold: 0.02 })).toBe(true)
    expect(isOver({ value: 1, threshold: null })).toBe(false)
  })
  test('a limit that was set is not replaced by a suggested one, nor one of another measure or of skew', () => {
    const suggested = [
      suggestion({ feature: 'age', set: { drift: [{ measure: 'l-infinity', threshold: 0.5 }] } }),
      suggestion({ feature: 'age', set: { drift: [{ measure: 'jensen-shannon', threshold: 0.5 }] } }),
    ]
    const of = (kind: 'drift' | 'skew', threshold: number | null) =>
      driftLines([{ feature: 'age', kind, drift: drift({ threshold }) }], suggested)[0]
    expect(of('drift', 0.02)?.drift.threshold).toBe(0.02)
    expect(of('drift', null)).toMatchObject({ suggested: true, drift: { threshold: 0.5 } })
    expect(of('skew', null)).toMatchObject({ suggested: false, drift: { threshold: null } })
    const within = of('drift', null)
    expect(within && markOfDrift(within)).toEqual({ kind: 'good', words: 'Within the suggested limit' })
  })
})

describe('rows', () => {
  const [last, first, middle] = drift().bins
  if (!last || !first || !middle) throw new Error('three bins')
  const of = (type: 'integer' | 'text' | 'boolean' | 'date', bin: typeof last) =>
    whereOfBin({ name: 'x', type }, bin, drift().bins)

  test('of a bin reach to its upper bound and hold it; a lower bound is held by the bin that ends there', () => {
    expect(of('integer', first)).toEqual([{ column: 'x', is: 'range', values: [17, 41], closed: true }])
    expect(of('integer', last)).toEqual([
      { column: 'x', is: 'range', values: [65, 90], closed: true },
      { column: 'x', is: 'differs', values: [65] },
    ])
    expect(of('integer', { ...middle, high: null })).toEqual([
      { column: 'x', is: 'range', values: [41, null] },
      { column: 'x', is: 'differs', values: [41] },
    ])
    expect(of('integer', { ...first, high: 17 })).toEqual([{ column: 'x', is: 'equals', values: [17] }])
  })
  test('of a value are those that equal it, as a cell of its column', () => {
    const named = (label: string) => ({ ...first, label, low: null, high: null })
    expect(of('text', named('12'))).toEqual([{ column: 'x', is: 'equals', values: ['12'] }])
    expect(of('integer', named('12'))).toEqual([{ column: 'x', is: 'equals', values: [12] }])
    expect(of('boolean', named('true'))).toEqual([{ column: 'x', is: 'equals', values: [true] }])
    expect(of('integer', named('NaN'))).toBeNull()
  })
  test('of moments are asked for by their text', () => {
    const day = { ...first, low: 0, high: 86_400 }
    const bins = [day, { ...day, low: 86_400, high: 172_800 }]
    expect(whereOfBin({ name: 'x', type: 'date' }, day, bins)).toEqual([
      { column: 'x', is: 'range', values: ['1970-01-01', '1970-01-02'], closed: true },
    ])
  })
  test('of an anomaly that is not about single rows lead nowhere', () => {
    expect(routeOfAnomaly('a', anomaly({ where: null }))).toBeNull()
    expect(routeOfAnomaly('a', anomaly({ feature: 'age', where: null, only: [3, 7] }))).toEqual({
      path: '/data',
      query: { name: 'a', only: '3,7', column: 'age' },
    })
  })
})
