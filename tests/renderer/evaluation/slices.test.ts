import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Evaluation, SliceFigures } from '#contract'
import type { Answers } from '../../../renderer/engine/fake.ts'
import EvaluationPage from '../../../renderer/rooms/evaluation/EvaluationPage.vue'
import {
  chanceText,
  intervalText,
  leftOutText,
  methodText,
  routeOfSlice,
  type Slices,
  sliceCount,
  sliceDomain,
  sliceTitle,
} from '../../../renderer/rooms/evaluation/slices/sliceWords.ts'
import { button, type Mounted, mountPage, press, shownText } from '../engine/mountPage.ts'
import { AT, hash, job, succeeded } from '../engine/samples.ts'
import { flowOf } from '../training/flow.ts'
import { run } from '../training/runs.ts'
import { evaluation } from './evaluations.ts'

const slice = (changes: Partial<SliceFigures> = {}): SliceFigures => ({
  name: 'night',
  column: null,
  where: [{ column: 'height', is: 'range', values: [null, 200] }],
  rows: 40,
  value: 0.65,
  metrics: { accuracy: 0.65, f1: 0.5, auc: 0.8 },
  interval: { low: 0.495, high: 0.779 },
  chance: 0.31,
  verdict: 'same',
  ...changes,
})
const fog = slice({
  name: 'fog',
  column: 'sky',
  where: [{ column: 'sky', is: 'equals', values: ['fog'] }],
  rows: 1200,
  value: 0.5,
  metrics: { accuracy: 0.5, f1: 0.4 },
  interval: { low: 0.47, high: 0.53 },
  chance: 0.0004,
  verdict: 'worse',
})
const clear = slice({
  name: 'clear',
  column: 'sky',
  where: [{ column: 'sky', is: 'equals', values: ['clear'] }],
  rows: 900,
  value: 0.9,
  metrics: { accuracy: 0.9, f1: 0.85, auc: 0.95 },
  interval: { low: 0.88, high: 0.92 },
  chance: 0.02,
  verdict: 'better',
})
const sliced = (changes: Partial<Slices> = {}): Slices => ({
  metric: 'accuracy',
  confidence: 0.95,
  method: 'wilson',
  by: ['sky'],
  minRows: 10,
  slices: [slice(), clear, fog],
  leftOut: [{ column: 'sky', name: 'hail', why: 'fewer than 10 rows (3)' }],
  ...changes,
})

const withSlices = ({ slices, leftOut, ...how }: Slices, changes: Partial<Evaluation> = {}): Evaluation =>
  evaluation({ ...changes, sliced: how, slices, leftOut })

/** An engine whose dataset has the saved slice "night". */
const withSaved = (over: Answers): Answers => {
  const answers = flowOf([run('run-1')], over)
  const night = {
    id: 's',
    dataset: 'strikes' as never,
    name: 'night',
    where: slice().where,
    at: AT,
    rows: 40,
  }
  return { ...answers, dataset: { ...answers.dataset, slices: async () => ({ slices: [night] }) } }
}

describe('words of slices', () => {
  test('names, intervals, chances and what was left out', () => {
    expect(sliceTitle(fog)).toBe('sky: fog')
    expect(sliceTitle(slice())).toBe('night')
    expect(intervalText('accuracy', fog.interval)).toBe('47.0 to 53.0%')
    expect(intervalText('rmse', { low: 1.02, high: 1.31 })).toBe('1.020 to 1.310')
    expect(intervalText('rmse', null)).toBe('–')
    expect(chanceText(fog)).toContain('less than 0.1%')
    expect(chanceText(slice())).toContain('31%')
    expect(chanceText(clear)).toContain('2.0%')
    expect(leftOutText(sliced())).toBe('sky: hail – fewer than 10 rows (3)')
    expect(leftOutText(sliced({ leftOut: [] }))).toBeNull()
    expect(sliceCount(sliced())).toBe('1 saved, 2 by sky')
    expect(methodText(sliced())).toMatch(/Wilson.*Fisher.*3 slices/)
    expect(methodText(sliced({ method: 'log-t', slices: [fog] }))).toMatch(/Student.*Welch's t-test\.$/)
  })

  test('the axis holds every value, every interval and the figure of all rows', () => {
    const [low, high] = sliceDomain(sliced(), 0.7)
    expect(low).toBeLessThan(0.47)
    expect(high).toBeGreaterThan(0.92)
    const [from, to] = sliceDomain(sliced({ slices: [slice({ value: 0.7, interval: null })] }), 0.7)
    expect(from).toBeLessThan(0.7)
    expect(to).toBeGreaterThan(0.7)
  })

  test('the rows of a slice are those of the split, within what the run may see', () => {
    const within = [{ column: 'cost', is: 'present' as const, values: [] }]
    const route = routeOfSlice(fog, evaluation(), 'strikes', within) as { path: string; query: object }
    expect(route.path).toBe('/data')
    expect(route.query).toEqual({
      name: 'strikes',
      where: JSON.stringify([...within, ...fog.where]),
      split: 'test',
    })
  })
})

describe('slices on the evaluation page', () => {
  let mounted: Mounted
  beforeEach(() => localStorage.clear())
  afterEach(() => {
    mounted?.wrapper.unmount()
    document.body.innerHTML = ''
  })
  const open = (one: Evaluation, over = {}) =>
    mountPage(
      EvaluationPage,
      withSaved({
        evaluation: {
          list: async () => ({ evaluations: [one] }),
          gate: async () => ({ rules: [] }),
          ...over,
        },
      }),
      { path: '/evaluation?tab=slices' },
    )
  const panel = () =>
    [...document.querySelectorAll('section')].find(
      one => one.querySelector('h2')?.textContent === 'Slices',
    ) as HTMLElement | undefined
  const names = () =>
    [...(panel()?.querySelectorAll('tbody tr') ?? [])].map(row =>
      row.querySelector('td')?.textContent?.trim(),
    )

  test('the worst stands first, and what is worse by more than chance is marked', async () => {
    mounted = await open(withSlices(sliced()))
    expect(names()).toEqual(['fog', 'night', 'clear'])
    const verdicts = [...(panel()?.querySelectorAll('[data-verdict]') ?? [])].map(one =>
      one.textContent?.trim(),
    )
    expect(verdicts).toEqual(['Worse', 'Within chance', 'Better'])
    expect(panel()?.textContent).toContain('Against all, 70.0%')
    expect(panel()?.textContent).toContain('47.0 to 53.0%')
    expect(panel()?.textContent).toContain('Left out: sky: hail – fewer than 10 rows (3).')
    const bars = [...(panel()?.querySelectorAll('svg[aria-label*="where all rows have"]') ?? [])]
    expect(bars.map(one => one.getAttribute('aria-label'))[0]).toBe('50.0% where all rows have 70.0%')
    // The bar of what is worse ends where that of all rows stands; the one of what is better begins there.
    const line = bars[0]?.querySelector('line')?.getAttribute('x1')
    const end = (bar?: Element) => {
      const rect = bar?.querySelector('rect')
      return [
        Number.parseFloat(rect?.getAttribute('x') ?? ''),
        Number.parseFloat(rect?.getAttribute('x') ?? '') +
          Number.parseFloat(rect?.getAttribute('width') ?? ''),
      ]
    }
    expect(end(bars[0])[1]).toBeCloseTo(Number.parseFloat(line ?? ''), 6)
    expect(end(bars[2])[0]).toBeCloseTo(Number.parseFloat(line ?? ''), 6)
  })

  test('where there are several columns, each slice says its own; a saved one is marked', async () => {
    mounted = await open(withSlices(sliced({ by: ['sky', 'cost'] })))
    expect(names()).toEqual(['sky: fog', 'night', 'sky: clear'])
    const icons = [...(panel()?.querySelectorAll('tbody tr') ?? [])].map(
      row => row.querySelectorAll('td:first-child svg').length,
    )
    expect(icons).toEqual([0, 1, 0])
  })

  test('of a regression the greatest error stands first', async () => {
    const of = (name: string, rmse: number) =>
      slice({
        name,
        value: rmse,
        metrics: { rmse, mae: 1, r2: 0.5 },
        interval: { low: rmse - 0.5, high: rmse + 0.5 },
      })
    mounted = await open(
      withSlices(
        sliced({ metric: 'rmse', method: 'log-t', by: [], slices: [of('small', 1), of('large', 4)] }),
        {
          task: 'regression',
          metrics: { rmse: 2.5, mae: 1.25, r2: 0.5 },
          confusion: null,
          perClass: [],
          scatter: [{ actual: 1, predicted: 2 }],
        },
      ),
    )
    expect(names()).toEqual(['large', 'small'])
    expect(panel()?.textContent).toContain('Against all, 2.500')
  })

  test('the button of a slice leads to its rows', async () => {
    mounted = await open(withSlices(sliced()))
    await press('Show 1,200 rows of sky: fog')
    await flushPromises()
    const { path, query } = mounted.router.currentRoute.value
    expect(path).toBe('/data')
    expect(query).toMatchObject({ where: JSON.stringify(fog.where), split: 'test' })
    expect(query.name).toBeTruthy()
  })

  test('an evaluation of earlier days has none, and says how to get them', async () => {
    mounted = await open(evaluation())
    expect(panel()?.textContent).toContain('No slices measured')
    expect(panel()?.textContent).toContain('Choose a column')
  })

  test('another column is measured at once, and so it is the next time', async () => {
    const asked: unknown[] = []
    const begun = job({ room: 'evaluation', verb: 'run', input: { run: 'run-1' } })
    let now = withSlices(sliced({ by: [] }))
    mounted = await open(now, {
      list: async () => ({ evaluations: [now] }),
      run: async (input: unknown) => {
        asked.push(input)
        return begun
      },
    })
    const select = mounted.wrapper
      .findAllComponents({ name: 'SelectField' })
      .find(one => one.props('label') === 'Slice by')
    expect(select?.props('options').map((one: { label: string }) => one.label)).toEqual([
      'By height',
      'By sky',
      'By cost',
      'By damage',
    ])
    select?.vm.$emit('update:modelValue', 'sky')
    await flushPromises()
    expect(asked).toMatchObject([{ run: ['run-1'], split: 'test', variant: 'layers', by: ['sky'] }])
    now = withSlices(sliced(), { id: hash('7') })
    await mounted.push(succeeded(begun, now))
    await flushPromises()
    expect(names()).toContain('fog')
    await press('Evaluate again')
    expect(asked[1]).toMatchObject({ by: ['sky'] })
    expect(shownText()).toContain('Worse and better')
    expect(button(/^Show 1,200 rows/)).toBeTruthy()
  })
})
