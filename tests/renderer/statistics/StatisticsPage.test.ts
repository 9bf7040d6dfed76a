import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Validation } from '#contract'
import type { Answers } from '../../../renderer/engine/fake.ts'
import { FailureError } from '../../../renderer/engine/index.ts'
import {
  binsOf,
  fewerBins,
  newInEval,
  rowOf,
  spreadWords,
  topOf,
  valueWords,
} from '../../../renderer/rooms/statistics/features.ts'
import StatisticsPage from '../../../renderer/rooms/statistics/StatisticsPage.vue'
import { button, type Mounted, mountPage, press, shownText, type } from '../engine/mountPage.ts'
import {
  AT,
  anomaly,
  hash,
  job,
  schema,
  statistics,
  succeeded,
  validation,
  version,
} from '../engine/samples.ts'

HTMLCanvasElement.prototype.getContext = () => null

let mounted: Mounted
beforeEach(() => localStorage.clear())
afterEach(() => {
  mounted?.wrapper.unmount()
  document.body.innerHTML = ''
})

const answers = (over: Answers = {}): Answers => ({
  dataset: {
    list: async () => ({ datasets: [{ name: 'Adult income' as never, versions: 1, latest: version() }] }),
    samples: async () => ({ samples: [] }),
  },
  statistics: { show: async () => ({ statistics: statistics() }) },
  validation: { show: async () => ({ schema: schema(), validation: validation() }) },
  lineage: {
    show: async ({ id }) => ({
      artifact: { id: id as never, kind: 'statistics', title: 'x', madeBy: null, at: AT },
      job: null,
      parents: [],
      children: [],
    }),
  },
  ...over,
})

describe('the page', () => {
  test('without data it says what will stand here and offers to import', async () => {
    mounted = await mountPage(StatisticsPage)
    expect(shownText()).toContain('Here will be counts, missing values and distributions of each feature.')
    expect(button('Import data')).toBeTruthy()
  })

  test('without statistics it computes them, with progress, and then shows them', async () => {
    let made = false
    const begun = job({ status: { state: 'queued' } })
    mounted = await mountPage(
      StatisticsPage,
      answers({
        statistics: {
          show: async () => ({ statistics: made ? statistics() : null }),
          compute: async () => begun,
        },
        validation: { show: async () => ({ schema: null, validation: null }) },
      }),
    )
    expect(shownText()).toContain('No statistics yet')
    await press('Compute statistics')
    await mounted.push({
      ...begun,
      status: { state: 'running', progress: { done: 0.5, step: '2 of 4 features' } },
    })
    expect(document.querySelector('[role=progressbar]')?.getAttribute('aria-valuenow')).toBe('50')
    expect(shownText()).toContain('2 of 4 features')
    made = true
    await mounted.push(succeeded(begun, statistics()))
    await flushPromises()
    expect(shownText()).toContain('800 train, 100 eval, 100 test rows')
    expect(shownText()).toContain('Not checked yet')
  })

  test('shows each feature, the verdict and the anomalies; the filter narrows', async () => {
    mounted = await mountPage(StatisticsPage, answers())
    expect(shownText()).toContain('Not ready to train: 1 anomaly blocks')
    expect(shownText()).toContain('38.6 ± 13.6')
    expect(shownText()).toContain('1 new value in eval')
    expect(document.querySelector('[aria-label="Distribution of workclass"]')).not.toBeNull()
    expect(button(/^Train/).getAttribute('aria-disabled')).toBe('true')
    await type('Filter features', 'work')
    const table = document.querySelector('table')
    expect(table?.textContent).toContain('workclass')
    expect(table?.textContent).not.toContain('age')
    await type('Filter features', 'zzz')
    expect(table?.textContent).toContain('No feature has this in its name.')
  })

  test('a failure to compute says the reason and what was kept', async () => {
    mounted = await mountPage(
      StatisticsPage,
      answers({
        statistics: {
          show: async () => ({ statistics: statistics() }),
          compute: async () => {
            throw new FailureError({
              code: 'disk-full',
              message: 'The disk is full.',
              remedy: 'Free some space.',
            })
          },
        },
      }),
    )
    await press('Compute again')
    expect(shownText()).toContain('The disk is full.')
    expect(shownText()).toContain('The statistics before are kept.')
    expect(shownText()).toContain('2 features')
  })

  test('statistics of an older version are called that', async () => {
    mounted = await mountPage(
      StatisticsPage,
      answers({
        statistics: {
          show: async () => ({
            statistics: statistics({ of: { version: hash('9'), title: 'Adult income v0' } }),
          }),
        },
      }),
    )
    expect(shownText()).toContain('Computed from an older version of the data.')
  })
})

describe('accepting an anomaly', () => {
  test('wants a reason, sends it, and opens training', async () => {
    const asked: unknown[] = []
    let current: Validation = validation()
    mounted = await mountPage(
      StatisticsPage,
      answers({
        validation: {
          show: async () => ({ schema: schema(), validation: current }),
          accept: async input => {
            asked.push(input)
            current = validation({
              verdict: 'good',
              anomalies: [anomaly({ accepted: { reason: input.reason, at: AT } })],
            })
            return current
          },
        },
      }),
    )
    await press('Accept…')
    expect(document.querySelector('[role=dialog]')?.textContent).toContain('1 value in 12 of 100 rows')
    expect(button(/^Accept with this reason/).getAttribute('aria-disabled')).toBe('true')
    await type('Reason', '  A new work class since March.  ')
    await press('Accept with this reason')
    expect(asked).toEqual([
      {
        data: 'Adult income',
        feature: 'workclass',
        kind: 'out-of-domain',
        reason: 'A new work class since March.',
      },
    ])
    expect(document.querySelector('[role=dialog]')).toBeNull()
    expect(shownText()).toContain('0 open, 1 accepted')
    expect(button(/^Train/).getAttribute('aria-disabled')).toBeNull()
  })

  test('a refusal stays in the dialog, and it is still open', async () => {
    mounted = await mountPage(
      StatisticsPage,
      answers({
        validation: {
          show: async () => ({ schema: schema(), validation: validation() }),
          accept: async () => {
            throw new FailureError({
              code: 'not-found',
              message: 'The check is gone.',
              remedy: 'Check again.',
            })
          },
        },
      }),
    )
    await press('Accept…')
    await type('Reason', 'known')
    await press('Accept with this reason')
    const dialog = document.querySelector('[role=dialog]')?.textContent
    expect(dialog).toContain('The check is gone.')
    expect(dialog).toContain('It is still open.')
  })
})

describe('figures of a row', () => {
  const [age, workclass] = statistics().features.map(rowOf) as [
    ReturnType<typeof rowOf>,
    ReturnType<typeof rowOf>,
  ]

  test('shares are of the rows, missing ones counted in', () => {
    expect(age.missing).toBe(0)
    expect(age.zeros).toBe(0)
    expect(workclass.missing).toBe(0.1)
    expect(workclass.evalMissing).toBe(0.1)
    expect(workclass.zeros).toBeNull()
  })
  test('train and eval share their bins', () => {
    expect(binsOf(age)).toEqual([
      { from: 17, to: 41, train: 780, eval: 80 },
      { from: 41, to: 65, train: 15, eval: 15 },
      { from: 65, to: 90, train: 5, eval: 5 },
    ])
    expect(fewerBins([1, 2, 3, 4, 5], 2)).toEqual([6, 9])
    expect(fewerBins([1, 2], 16)).toEqual([1, 2])
  })
  test('values that only eval has stand after those of train', () => {
    expect(newInEval(workclass)).toEqual(['Never-worked'])
    const top = topOf(workclass, 8)
    expect(top.map(one => one.label)).toEqual(['Private', 'State-gov', 'Never-worked'])
    expect(top[2]).toMatchObject({ train: 0, eval: 0.11 })
  })
  test('a share is the same in the row and in the large view: of all rows', () => {
    const [first] = topOf(workclass, 8)
    expect(spreadWords(workclass)).toContain(`Private ${Math.round((first?.train ?? 0) * 100)}%`)
  })
  test('a value beyond the end of the list of eval is not said to be absent', () => {
    const feature = statistics().features[1]
    if (!feature?.splits.train || !feature.splits.eval) throw new Error('no feature')
    feature.splits.train.top = [{ value: 'Rare', count: 3 }]
    expect(topOf(rowOf(feature), 8)[0]).toMatchObject({ label: 'Rare', eval: 0 })
    feature.splits.eval.unique = 5000
    expect(topOf(rowOf(feature), 8)[0]).not.toHaveProperty('eval')
  })
  test('where the train split has no rows the figures are of all rows, and say so', () => {
    const feature = statistics().features[1]
    if (!feature?.splits.train) throw new Error('no feature')
    expect(rowOf(feature).of).toBe('train')
    Object.assign(feature.splits.train, { count: 0, missing: 0, top: [] })
    expect(rowOf(feature)).toMatchObject({ of: 'all', main: feature.all })
  })
  test('a day of the data is the same day in every time zone, with its year', () => {
    const zone = process.env.TZ
    process.env.TZ = 'America/Los_Angeles'
    expect(valueWords('date', Date.UTC(2012, 0, 1) / 1000)).toBe('Jan 1, 2012')
    if (zone === undefined) delete process.env.TZ
    else process.env.TZ = zone
  })
  test('nothing is called new where the list of train is cut', () => {
    const feature = statistics().features[1]
    if (!feature?.splits.train) throw new Error('no feature')
    feature.splits.train.unique = 5000
    expect(newInEval(rowOf(feature))).toEqual([])
  })
})
