import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Validation } from '#contract'
import type { Answers } from '../../../renderer/engine/fake.ts'
import { FailureError } from '../../../renderer/engine/index.ts'
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
import { featuresOf, numbers, texts } from './listed.ts'

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
  statistics: { show: async () => ({ statistics: statistics() }), features: featuresOf() },
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

/** What is typed is asked for when the hand rests. */
const rest = async (ms = 0) => {
  await new Promise(resolve => setTimeout(resolve, ms))
  await flushPromises()
}
const search = async (text: string) => {
  await type('Search features', text)
  await rest(200)
}
const rowNames = () =>
  [...document.querySelectorAll('[role=rowheader]')].map(one => one.querySelector('span > span')?.textContent)
const grid = () => document.querySelector<HTMLElement>('[role=grid]') as HTMLElement
const key = async (key: string, on: EventTarget = grid()) => {
  on.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }))
  await flushPromises()
}
const query = () => mounted.router.currentRoute.value.query

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
          features: featuresOf(() => (made ? statistics() : null)),
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
    await press('Anomalies')
    expect(shownText()).toContain('Not checked yet')
  })

  test('shows each feature, the verdict and the anomalies; the filter narrows', async () => {
    mounted = await mountPage(StatisticsPage, answers())
    expect(shownText()).toContain('Not ready to train: 1 anomaly blocks')
    expect(shownText()).toContain('38.6')
    expect(shownText()).toContain('1 new value in eval')
    expect(document.querySelector('[aria-label="Distribution of workclass"]')).not.toBeNull()
    await search('work')
    expect(rowNames()).toEqual(['workclass'])
    await search('zzz')
    expect(shownText()).toContain('No feature fits the search and the types.')
    await press('Show all features')
    await rest()
    expect(rowNames()).toEqual(['age', 'workclass'])
  })

  test('a failure to compute says the reason and what was kept', async () => {
    mounted = await mountPage(
      StatisticsPage,
      answers({
        statistics: {
          features: featuresOf(),
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
          features: featuresOf(() => statistics({ of: { version: hash('9'), title: 'Adult income v0' } })),
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
    await press(/anomal/)
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
    await press(/anomal/)
    await press('Accept…')
    await type('Reason', 'known')
    await press('Accept with this reason')
    const dialog = document.querySelector('[role=dialog]')?.textContent
    expect(dialog).toContain('The check is gone.')
    expect(dialog).toContain('It is still open.')
  })
})

/** Adult in two versions, the first already measured. */
const twoVersions = (told: unknown[] = [], known: (data: string) => boolean = () => true): Answers => {
  const first = version({ id: hash('9') })
  const second = version({ number: 2 })
  return answers({
    dataset: {
      list: async () => ({ datasets: [{ name: 'Adult income' as never, versions: 2, latest: second }] }),
      samples: async () => ({ samples: [] }),
      show: async () => ({ version: second, versions: [second, first] }),
      slices: async () => ({ slices: [] }),
    },
    statistics: {
      show: async () => ({ statistics: statistics() }),
      features: featuresOf(
        ({ data }) => (known(data) ? statistics() : null),
        feature => ({ with: feature.all, drift: feature.name === 'age' ? 0.25 : 0.5, nonUniformity: 0.1 }),
        told,
      ),
    },
  })
}

describe('sets of rows side by side', () => {
  test('train and eval stand on lines of their own, the version before beside them', async () => {
    const told: { with?: string }[] = []
    mounted = await mountPage(StatisticsPage, twoVersions(told))
    expect(told.at(-1)?.with).toBe('Adult income@1')
    const row = document.querySelectorAll('[role=row]')[1]?.textContent
    expect(row).toContain('Train')
    expect(row).toContain('Eval')
    expect(row).toContain('v1')
    expect(row).toContain('0.2500')
    expect(shownText()).toContain('Drift')
    expect(document.querySelectorAll('[aria-label="Distribution of age"] path').length).toBe(3)
  })
  test('a set is put out and in by its mark, and the address says so', async () => {
    mounted = await mountPage(StatisticsPage, twoVersions())
    await press('Eval')
    expect(query()).toMatchObject({ hidden: ['eval'], data: 'Adult income' })
    expect(document.querySelectorAll('[role=row]')[1]?.textContent).not.toContain('Eval')
    await press('Eval')
    expect(query().hidden).toBeUndefined()
  })
  test('a version without statistics is not asked for; it says so and can be computed', async () => {
    const told: { with?: string }[] = []
    const computed: unknown[] = []
    const all = twoVersions(told, data => data !== 'Adult income@1')
    const begun = job({ status: { state: 'queued' }, input: { data: 'Adult income@1' } })
    mounted = await mountPage(StatisticsPage, {
      ...all,
      statistics: {
        ...all.statistics,
        compute: async input => {
          computed.push(input)
          return begun
        },
      },
    })
    expect(told.every(one => one.with === undefined)).toBe(true)
    expect(shownText()).toContain('v1 has no statistics yet')
    expect(rowNames()).toEqual(['age', 'workclass'])
    await press('Compute them')
    expect(computed[0]).toMatchObject({ data: 'Adult income@1' })
  })
  test('an address with slices that were never computed waits for a press; then slices stand beside', async () => {
    let made = false
    const sliced = () =>
      statistics({
        slices: { workclass_Private: 600, 'workclass_State-gov': 300 },
        features: [
          {
            name: 'age',
            type: 'float',
            all: numbers([5, 5]),
            splits: {},
            slices: { workclass_Private: numbers([4, 1]), 'workclass_State-gov': numbers([1, 4]) },
          },
        ],
      })
    const begun = job({ status: { state: 'queued' } })
    mounted = await mountPage(
      StatisticsPage,
      answers({
        statistics: { features: featuresOf(() => (made ? sliced() : null)), compute: async () => begun },
      }),
      { path: '/statistics?slice=workclass' },
    )
    expect(shownText()).toContain('Not computed this way yet')
    await press('Compute statistics')
    made = true
    await mounted.push(succeeded(begun, sliced()))
    await rest()
    const row = document.querySelectorAll('[role=row]')[1]?.textContent
    expect(row).toContain('All rows')
    expect(row).toContain('Private')
    expect(row).toContain('State-gov')
  })
  test('weights count: figures are weighted, and the detail has both', async () => {
    const weighted = {
      count: 3.5,
      missing: 6.5,
      mean: 77,
      deviation: 1,
      median: 2,
      counts: [3, 0.5],
      top: [],
    }
    mounted = await mountPage(
      StatisticsPage,
      answers({
        statistics: {
          features: featuresOf(() =>
            statistics({
              weight: 'fnlwgt',
              splits: {},
              features: [{ name: 'age', type: 'float', all: numbers([6, 4], { weighted }), splits: {} }],
            }),
          ),
        },
      }),
      { path: '/statistics?weight=fnlwgt&feature=age' },
    )
    expect(document.querySelectorAll('[role=row]')[1]?.textContent).toContain('77')
    const figures = document.querySelector('[aria-label="Figures of age"]')?.textContent
    expect(figures).toContain('Mean, weighted77')
    expect(figures).toMatch(/Mean5/)
  })
})

describe('what is listed', () => {
  test('an address shows the same again: order, kind, scale, feature', async () => {
    const told: unknown[] = []
    mounted = await mountPage(StatisticsPage, twoVersions(told), {
      path: '/statistics?order=drift&descending=yes&log=yes&kind=categorical&feature=workclass&with=none',
    })
    expect(told.at(-1)).toMatchObject({ order: 'drift', descending: true, types: ['text', 'boolean'] })
    expect(rowNames()).toEqual(['workclass'])
    expect(button('Charts: log')).toBeTruthy()
    expect(document.querySelector('[aria-label="Feature workclass"]')?.textContent).toContain('Never-worked')
    expect(shownText()).toContain('Avg length')
  })
  test('a header orders, turns and lets go; back undoes it', async () => {
    mounted = await mountPage(StatisticsPage, twoVersions())
    const head = [...document.querySelectorAll<HTMLElement>('[role=columnheader] button')].find(
      one => one.textContent?.trim() === 'Drift',
    )
    head?.click()
    await rest()
    expect(query()).toMatchObject({ order: 'drift', descending: 'yes' })
    expect(rowNames()).toEqual(['workclass', 'age'])
    head?.click()
    await rest()
    expect(rowNames()).toEqual(['age', 'workclass'])
    mounted.router.back()
    await rest(20)
    expect(rowNames()).toEqual(['workclass', 'age'])
  })
  test('red marks say why', async () => {
    mounted = await mountPage(StatisticsPage, answers())
    const red = [...document.querySelectorAll('[role=gridcell] .text-bad')]
    expect(red.map(one => one.textContent?.trim())).toContain('10.0%')
    expect(shownText()).toContain('More than 2% missing')
  })
  test('ten thousand features are read by page, and a fast scroll asks for little', {
    timeout: 20_000,
  }, async () => {
    const many = statistics({
      features: Array.from({ length: 10_000 }, (_, n) => ({
        name: `f${n}`,
        type: 'float' as const,
        all: numbers([n % 7, 3]),
        splits: {},
      })),
      splits: {},
    })
    const told: { offset?: number; limit?: number }[] = []
    mounted = await mountPage(
      StatisticsPage,
      answers({
        statistics: {
          features: featuresOf(
            () => many,
            () => ({}),
            told,
          ),
        },
      }),
    )
    expect(shownText()).toContain('10,000 features')
    expect(rowNames().length).toBeLessThan(60)
    const before = told.length
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
    for (let at = 1; at <= 16; at++) {
      grid().scrollTop = at * 6000
      grid().dispatchEvent(new Event('scroll'))
      await flushPromises()
      vi.advanceTimersByTime(16)
    }
    vi.advanceTimersByTime(250)
    vi.useRealTimers()
    await rest()
    // a quarter of a second over 3,200 features stops four times at most, and a view lies on two pages at most
    expect(told.length - before).toBeLessThanOrEqual(8)
    expect(rowNames()[8]).toBe(`f${(16 * 6000) / 30 - 6 + 8}`)
    expect(document.querySelector('[aria-label="Distribution of f3200"]')).not.toBeNull()
  })
})

describe('keys', () => {
  test('arrows walk and open, Escape closes, / searches', async () => {
    mounted = await mountPage(StatisticsPage, answers())
    await key('ArrowDown')
    await rest()
    expect(query().feature).toBe('age')
    await key('ArrowDown')
    await rest()
    expect(query().feature).toBe('workclass')
    expect(document.querySelector('[aria-label="Feature workclass"]')).not.toBeNull()
    // a quick hand is not pulled back by an address that comes later
    for (const way of ['ArrowUp', 'ArrowDown', 'ArrowUp', 'ArrowDown'])
      grid().dispatchEvent(new KeyboardEvent('keydown', { key: way, bubbles: true }))
    await rest(20)
    expect(query().feature).toBe('workclass')
    expect(grid().getAttribute('aria-activedescendant')).toBe('line-1')
    await key('Escape')
    await rest()
    expect(document.querySelector('[aria-label="Feature workclass"]')).toBeNull()
    await key('/', window)
    expect((document.activeElement as HTMLInputElement).type).toBe('search')
  })
})

describe('the rows behind', () => {
  const opened = () => ({
    path: mounted.router.currentRoute.value.path,
    name: query().name,
    split: query().split,
    where: query().where && JSON.parse(String(query().where)),
  })
  test('a bar of a row', async () => {
    mounted = await mountPage(StatisticsPage, answers())
    document
      .querySelector('[aria-label="Distribution of age"] [data-bin="1"]')
      ?.dispatchEvent(new Event('click', { bubbles: true }))
    await rest()
    expect(opened()).toEqual({
      path: '/data',
      name: 'Adult income',
      split: 'train',
      where: [{ column: 'age', is: 'range', values: [41, 65] }],
    })
  })
  test('a top value, the missing ones, and a value of another set in the detail', async () => {
    mounted = await mountPage(StatisticsPage, answers(), { path: '/statistics?feature=workclass' })
    await press(/^State-gov/)
    expect(opened().where).toEqual([{ column: 'workclass', is: 'equals', values: ['State-gov'] }])
    mounted.wrapper.unmount()
    mounted = await mountPage(StatisticsPage, answers(), {
      path: '/statistics?feature=workclass&within=young',
    })
    await press('10.0%')
    expect(opened().where).toEqual([{ column: 'workclass', is: 'missing', values: [] }])
    expect(query().slice).toBe('young')
    mounted.wrapper.unmount()
    mounted = await mountPage(StatisticsPage, answers(), { path: '/statistics?feature=workclass' })
    await press(/^Show .* of Eval with Never-worked/)
    expect(opened()).toMatchObject({ split: 'eval', where: [{ values: ['Never-worked'] }] })
  })
})

describe('the detail', () => {
  test('quantiles and correlations; what was not computed can be', async () => {
    const asked: unknown[] = []
    let made = false
    const begun = job({ status: { state: 'queued' } })
    const found = () =>
      statistics({
        ...(made ? { correlations: [{ a: 'pay', b: 'age', correlation: -0.5, covariance: 1 }] } : {}),
        features: ['age', 'pay'].map(name => ({
          name,
          type: 'float' as const,
          all: numbers([5, 5]),
          splits: {},
        })),
        splits: {},
      })
    mounted = await mountPage(
      StatisticsPage,
      answers({
        statistics: {
          features: featuresOf(({ correlations }) => (correlations && !made ? null : found())),
          compute: async input => {
            asked.push(input)
            return begun
          },
        },
      }),
      { path: '/statistics?feature=age' },
    )
    const show = async (name: string) => {
      button(name).click()
      await rest()
    }
    await show('Quantiles')
    expect(document.querySelector('[aria-label="Quantiles of age"]')?.textContent).toContain('50%10')
    await show('Correlations')
    await press('Compute correlations')
    await rest()
    expect(asked[0]).toMatchObject({ data: 'Adult income', correlations: true })
    made = true
    await mounted.push(succeeded(begun, found()))
    await rest()
    expect(document.querySelector('[aria-label="Correlations of age"]')?.textContent).toContain('−0.500')
    await press('pay')
    expect(query().feature).toBe('pay')
  })
  test('a feature far down the list is found by its name', async () => {
    const many = statistics({
      features: [...Array.from({ length: 300 }, (_, n) => `f${n}`), 'last'].map(name => ({
        name,
        type: 'text' as const,
        all: texts({ a: 2, b: 1 }),
        splits: {},
      })),
      splits: {},
    })
    mounted = await mountPage(StatisticsPage, answers({ statistics: { features: featuresOf(() => many) } }), {
      path: '/statistics?feature=last',
    })
    await rest()
    expect(document.querySelector('[aria-label="Feature last"]')?.textContent).toContain('text')
  })
})

describe('trouble and files', () => {
  test('features that cannot be read: the reason, the remedy, and again', async () => {
    let fails = true
    const read = featuresOf()
    mounted = await mountPage(
      StatisticsPage,
      answers({
        statistics: {
          features: async input => {
            if (!fails) return read(input)
            throw new FailureError({
              code: 'io',
              message: 'The disk did not answer.',
              remedy: 'Try again.',
            } as never)
          },
        },
      }),
    )
    expect(shownText()).toContain('The disk did not answer.')
    fails = false
    await press('Try again')
    await rest()
    expect(rowNames()).toEqual(['age', 'workclass'])
  })
  test('a computation can be cancelled', async () => {
    const cancelled: unknown[] = []
    const running = job()
    const all = answers({ statistics: { features: featuresOf(() => null) } })
    mounted = await mountPage(
      StatisticsPage,
      {
        ...all,
        jobs: {
          list: async () => ({ jobs: [running] }),
          watch: async () => (async function* () {})() as never,
          cancel: async input => {
            cancelled.push(input.id)
            return { ...running, status: { state: 'cancelled', kept: 'Nothing is kept.' } } as never
          },
        },
      },
      { jobs: [running] },
    )
    expect(shownText()).toContain('350 of 1,000 rows')
    expect(shownText()).toContain('workclass')
    await press('Cancel')
    expect(cancelled).toEqual([running.id])
  })
  test('features that are done show while the rest is computed', async () => {
    let done = 0
    const begun = job({ status: { state: 'queued' } })
    const part = () => {
      const all = statistics()
      return done ? { ...all, features: all.features.slice(0, done) } : null
    }
    mounted = await mountPage(
      StatisticsPage,
      answers({ statistics: { features: featuresOf(part), compute: async () => begun } }),
    )
    await press('Compute statistics')
    done = 1
    await mounted.push({ ...begun, status: { state: 'running', progress: { done: 0.5, step: 'half' } } })
    await rest()
    expect(rowNames()).toEqual(['age'])
    // the other one stands there by its name, and the bar says how far it is
    expect(grid().textContent).toContain('workclass')
    expect(document.querySelector('[role=progressbar]')?.getAttribute('aria-valuenow')).toBe('50')
    done = 2
    await mounted.push(succeeded(begun, statistics()))
    await rest()
    expect(rowNames()).toEqual(['age', 'workclass'])
    expect(document.querySelector('[role=progressbar]')).toBeNull()
  })
  test('the report is written where a person says, of what the page shows', async () => {
    const asked: unknown[] = []
    const begun = job({ verb: 'report', status: { state: 'queued' } })
    const all = twoVersions()
    mounted = await mountPage(StatisticsPage, {
      ...all,
      statistics: {
        ...all.statistics,
        report: async input => {
          asked.push(input)
          return begun
        },
      },
    })
    await openMenu('Export')
    await press('Write an HTML report…')
    await rest()
    await type('File', '/tmp/adult.html')
    await press('Write report')
    expect(asked[0]).toMatchObject({ data: 'Adult income', with: 'Adult income@1', out: '/tmp/adult.html' })
  })
  test('the table is saved as CSV, every feature of it', async () => {
    const saved: Blob[] = []
    URL.createObjectURL = blob => {
      saved.push(blob as Blob)
      return 'blob:x'
    }
    URL.revokeObjectURL = () => {}
    HTMLAnchorElement.prototype.click = () => {}
    mounted = await mountPage(StatisticsPage, answers())
    await openMenu('Export')
    expect(shownText()).toContain('Choose a feature first.')
    await press('Save the table as CSV')
    await rest()
    const text = await new Promise<string>(resolve => {
      const reader = new FileReader()
      reader.onload = () => resolve(String(reader.result))
      reader.readAsText(saved[0] as Blob)
    })
    expect(text.split('\r\n').map(line => line.split(',').slice(0, 3).join())).toEqual([
      'feature,type,rows of',
      'age,integer,Train',
      'age,integer,Eval',
      'workclass,text,Train',
      'workclass,text,Eval',
      '',
    ])
  })
})

async function openMenu(label: string): Promise<void> {
  button(label).dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }))
  await rest(20)
}
