import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Engine, Suggestion, ValidationPolicy } from '#contract'
import App from '../../../renderer/app/App.vue'
import { readPalette, timeline } from '../../../renderer/charts/index.ts'
import { FailureError } from '../../../renderer/engine/index.ts'
import { suggestionOf } from '../../../renderer/rooms/validation/anomalyWords.ts'
import { momentsOf, movedMost, picturesOf } from '../../../renderer/rooms/validation/historyData.ts'
import { PolicyPanel } from '../../../renderer/rooms/validation/index.ts'
import { inputOf, usual } from '../../../renderer/rooms/validation/useCheckOptions.ts'
import { printView, readView } from '../../../renderer/rooms/validation/useView.ts'
import ValidationPage from '../../../renderer/rooms/validation/ValidationPage.vue'
import { button, type Mounted, mountPage, press, shownText } from '../engine/mountPage.ts'
import { AT, anomaly, hash, job, schema, succeeded, validation } from '../engine/samples.ts'
import { answers, point, suggestion } from './checked.ts'

let mounted: Mounted
beforeEach(() => localStorage.clear())
afterEach(() => {
  mounted?.wrapper.unmount()
  document.body.innerHTML = ''
})

interface Drawn {
  markLine?: { precision: number; label: { show: boolean; formatter: string }; data: { yAxis: number }[] }
}

describe('suggested limits', () => {
  const all: Suggestion[] = [
    suggestion(),
    suggestion({
      id: 'workclass.presence',
      feature: 'workclass',
      kind: 'presence',
      title: 'workclass missing in at most 8.5 % of the rows',
      now: 'no least share',
    }),
    suggestion({ id: 'rows', feature: null, kind: 'rows', title: 'At least 3,200 rows' }),
  ]
  const open = async () => {
    const told: unknown[] = []
    let left = all
    mounted = await mountPage(
      ValidationPage,
      answers({
        suggestions: async () => ({ suggestions: left }),
        suggest: async input => {
          told.push(input)
          left = left.filter(one => !input.ids?.includes(one.id))
          return schema({ id: hash(String(told.length)), number: 3 + told.length })
        },
      }),
      { path: '/validation?tab=suggestions' },
    )
    return told
  }
  const tab = () =>
    [...document.querySelectorAll('[role=tab]')]
      .find(one => one.textContent?.includes('Suggested'))
      ?.textContent?.replace(/\s+/g, ' ')
      .trim()

  test('are listed with the reason and what holds now, marked as ours, and counted', async () => {
    await open()
    expect(tab()).toBe('Suggested limits 3')
    expect(shownText()).toContain('seen 17 to 90 in 800 rows')
    expect(shownText()).toContain('no least share')
    expect(shownText()).toContain('ours')
  })
  test('one is taken by its own button, and leaves the list', async () => {
    const told = await open()
    await press('Accept: At least 3,200 rows')
    expect(told).toEqual([{ data: 'Adult income', ids: ['rows'] }])
    expect(tab()).toBe('Suggested limits 2')
    expect(shownText()).toContain('The schema is v4 now')
  })
  test('several are selected and taken together', async () => {
    const told = await open()
    expect(button(/^Accept selected/).getAttribute('aria-disabled')).toBe('true')
    const boxes = document.querySelectorAll<HTMLElement>('tbody [role=checkbox]')
    boxes[0]?.click()
    await flushPromises()
    boxes[1]?.click()
    await flushPromises()
    await press('Accept 2 selected')
    expect(told).toEqual([{ data: 'Adult income', ids: ['age.range', 'workclass.presence'] }])
  })
  test('all are taken at once, and then there is nothing more', async () => {
    const told = await open()
    await press('Accept all 3')
    expect(told).toEqual([{ data: 'Adult income', ids: ['age.range', 'workclass.presence', 'rows'] }])
    expect(shownText()).toContain('Nothing more to suggest')
  })
  test('what is refused is said, and the list stays', async () => {
    mounted = await mountPage(
      ValidationPage,
      answers({
        suggestions: async () => ({ suggestions: all }),
        suggest: async () => {
          throw new FailureError({
            code: 'not-found',
            message: 'There is no such limit any more.',
            remedy: 'Look again.',
          })
        },
      }),
      { path: '/validation?tab=suggestions' },
    )
    await press('Accept all 3')
    expect(shownText()).toContain('There is no such limit any more.')
    expect(tab()).toBe('Suggested limits 3')
    await press('Put away')
    expect(shownText()).not.toContain('There is no such limit any more.')
  })
  test('an anomaly finds the one that it breaks, and only where its limit is a suggestion', () => {
    const of = (over: Parameters<typeof anomaly>[0]) =>
      suggestionOf(anomaly({ suggested: true, ...over }), all)?.id
    expect(of({ feature: 'age', kind: 'out-of-range' })).toBe('age.range')
    expect(of({ feature: 'workclass', kind: 'too-many-missing' })).toBe('workclass.presence')
    expect(of({ feature: '', kind: 'wrong-rows' })).toBe('rows')
    expect(of({ feature: 'age', kind: 'drift' })).toBeUndefined()
    expect(of({ feature: 'age', kind: 'out-of-range', suggested: false })).toBeUndefined()
  })
})

describe('the options of a check', () => {
  test('only what was chosen is asked for', () => {
    expect(inputOf('a', usual())).toEqual({ data: 'a' })
    expect(
      inputOf('a', {
        ...usual(),
        previous: ' a@1 ',
        serving: '',
        environment: 'SERVING',
        label: 'income',
        tfdv: true,
      }),
    ).toEqual({ data: 'a', previous: 'a@1', environment: 'SERVING', label: 'income', tfdv: true })
  })
  test('a strict check is shown as what it is, and put away', async () => {
    const begun = job({ room: 'validation', verb: 'check' })
    const asked: unknown[] = []
    mounted = await mountPage(
      ValidationPage,
      answers({
        check: async input => {
          asked.push(input)
          return begun
        },
      }),
    )
    await press('Options')
    document.querySelector<HTMLElement>('[role=switch]')?.click()
    await flushPromises()
    await press('Check with these')
    expect(asked).toEqual([{ data: 'Adult income', tfdv: true }])
    await mounted.push(
      succeeded(begun, validation({ anomalies: [anomaly({ feature: 'sex' })], madeBy: begun.id })),
    )
    await flushPromises()
    expect(shownText()).toContain('Exactly as TensorFlow Data Validation: 1 anomaly')
    expect(document.querySelector('article')?.getAttribute('aria-label')).toContain('sex')
    // what is kept nowhere cannot be accepted
    expect(button(/^Accept with a reason/).getAttribute('aria-disabled')).toBe('true')
    await press('Show the kept check')
    expect(button('Options')).toBeTruthy()
    expect(document.querySelector('article')?.getAttribute('aria-label')).toContain('workclass')
  })
})

describe('history', () => {
  const points = [
    point({ version: hash('a') }),
    point({
      version: hash('9'),
      rows: 900,
      errors: 1,
      warnings: 2,
      verdict: 'blocked',
      features: [
        { name: 'age', missing: 0, drift: 0.4, anomalies: 1 },
        { name: 'workclass', missing: 0.06, drift: null, anomalies: 0 },
      ],
    }),
    point({ version: hash('9'), rows: 900 }),
  ]
  test('names the checks by their version, one that was checked again by its turn', () => {
    const numbers: Record<string, number> = { [hash('a')]: 1, [hash('9')]: 2 }
    expect(momentsOf(points, version => numbers[version] ?? null)).toEqual(['v1', 'v2', 'v2 (2)'])
  })
  test('begins with the features that moved most', () => {
    expect(movedMost(points)).toEqual(['age', 'workclass'])
    expect(movedMost([])).toEqual([])
  })
  test('draws missing, drift, rows and what was found, each with the limit that the schema sets', () => {
    const [age, workclass] = schema().features
    if (!age || !workclass) throw new Error('no features')
    const pictures = picturesOf(
      points,
      ['v1', 'v2', 'v2 (2)'],
      ['age', 'workclass'],
      schema({
        rows: { min: 500, max: null },
        features: [
          {
            ...age,
            drift: [
              { measure: 'jensen-shannon', threshold: 0.1 },
              { measure: 'l-infinity', threshold: 0.02 },
            ],
          },
          workclass,
        ],
      }),
    )
    expect(pictures.missing.lines).toMatchObject([
      { values: [0, 0, 0], limit: 0 },
      { values: [0.05, 0.06, 0.05] },
    ])
    expect(pictures.missing.lines[1]?.limit).toBeCloseTo(0.06)
    expect(pictures.drift.lines).toMatchObject([
      { values: [0.01, 0.4, 0.01], limit: 0.02 },
      { values: [null, null, null], limit: null },
    ])
    expect(pictures.rows.lines).toMatchObject([{ values: [1000, 900, 900], limit: 500 }])
    expect(pictures.found.lines.map(line => line.values)).toEqual([
      [0, 1, 0],
      [0, 2, 0],
    ])
    const chart = timeline(pictures.drift, readPalette())
    expect(chart.table.rows[1]?.slice(1)).toEqual([0.4, null])
    expect(chart.text).toBe('Drift over 3 checks: age ends at 0.0100, workclass was not measured.')
  })
  test('the same limit of several lines is drawn once, and 0 not at all; the legend says whose it is', () => {
    const line = (name: string, limit: number | null) => ({ name, values: [0.1], limit })
    const { option, legend } = timeline(
      {
        label: 'x',
        moments: ['v1'],
        format: 'number',
        lines: [line('a', 0.02), line('b', 0.02), line('c', 0.03), line('d', 0)],
      },
      readPalette(),
    )
    const drawn = (option.series as Drawn[]).map(one => one.markLine?.data[0]?.yAxis)
    expect(drawn).toEqual([0.02, undefined, 0.03, undefined])
    expect((option.series as Drawn[])[0]?.markLine?.label.show).toBe(false)
    // rounded to two digits, as the library would, 0.034 stands at 0.03
    expect((option.series as Drawn[])[0]?.markLine?.precision).toBe(-1)
    expect(legend.map(({ label }) => label)).toEqual([
      'a, at most 0.0200',
      'b, at most 0.0200',
      'c, at most 0.0300',
      'd',
    ])
  })
  test('the limit of a single line is said beside it', () => {
    const { option, legend } = timeline(
      {
        label: 'Rows',
        moments: ['v1'],
        format: 'count',
        lines: [{ name: 'Rows', values: [9], limit: 1500 }],
      },
      readPalette(),
    )
    expect((option.series as Drawn[])[0]?.markLine?.label).toMatchObject({
      show: true,
      formatter: 'limit 1,500',
    })
    expect(legend.map(({ label }) => label)).toEqual(['Rows'])
  })
  test('lists the checks, the newest first; a line leads to its version', async () => {
    mounted = await mountPage(ValidationPage, answers({ history: async () => ({ points }) }), {
      path: '/validation?tab=history',
    })
    const lines = [...document.querySelectorAll<HTMLElement>('table[aria-label="All checks"] tbody tr')]
    expect(lines.map(line => line.firstElementChild?.textContent?.trim())).toEqual(['v2 (2)', 'v2', 'v1'])
    expect(lines[1]?.textContent).toContain('Blocked')
    lines[2]?.querySelector('button')?.click()
    await flushPromises()
    expect(mounted.router.currentRoute.value.path).toBe(`/data/${hash('a')}`)
  })
  test('the curves that were chosen stand in the address', async () => {
    mounted = await mountPage(ValidationPage, answers({ history: async () => ({ points }) }), {
      path: '/validation?tab=history&curves=workclass',
    })
    expect(button('Take workclass away').getAttribute('aria-disabled')).toBe('true')
    expect(() => button('Take age away')).toThrow()
  })
  test('without a check it says what will stand there', async () => {
    mounted = await mountPage(ValidationPage, answers(), { path: '/validation?tab=history' })
    expect(shownText()).toContain('No check yet')
  })
})

describe('the address', () => {
  test('is read back as it was written, and what it says wrongly counts as not said', () => {
    const view = {
      data: 'a@2',
      tab: 'drift' as const,
      feature: '',
      kind: 'skew',
      as: 'text' as const,
      curves: ['x', 'y'],
    }
    expect(readView(printView(view) as never)).toEqual(view)
    expect(readView({ tab: 'nonsense', as: '1' })).toMatchObject({
      tab: 'anomalies',
      as: 'form',
      data: null,
      feature: null,
    })
  })
})

describe('alerts', () => {
  const alerts = [
    {
      dataset: 'Adult income' as never,
      title: 'Check of Adult income v1',
      at: AT,
      anomaly: anomaly({ severity: 'warning', feature: 'age' }),
    },
    { dataset: 'Adult income' as never, title: 'Check of Adult income v1', at: AT, anomaly: anomaly() },
    {
      dataset: 'strikes' as never,
      title: 'Check of strikes v2',
      at: AT,
      anomaly: anomaly({
        feature: '',
        severity: 'warning',
        title: 'Duplicated rows',
        kind: 'duplicate-rows',
      }),
    },
  ]
  test('are counted in the frame; each leads to its anomaly, what blocks first', async () => {
    mounted = await mountPage(App, answers({ alerts: async () => ({ alerts }) }))
    await press('3 alerts, 1 of them an error')
    const sections = [...document.querySelectorAll('[data-reka-popper-content-wrapper] section')]
    expect(sections.map(one => one.getAttribute('aria-label'))).toEqual(['Adult income', 'strikes'])
    expect([...(sections[0]?.querySelectorAll('li .font-medium') ?? [])].map(one => one.textContent)).toEqual(
      ['workclass', 'age'],
    )
    await press(/^workclass/)
    expect(mounted.router.currentRoute.value.fullPath).toBe(
      '/validation?data=Adult+income&feature=workclass&kind=out-of-domain',
    )
  })
  test('are asked for anew after a check', async () => {
    let open = alerts
    mounted = await mountPage(App, answers({ alerts: async () => ({ alerts: open }) }))
    open = []
    await mounted.push(succeeded(job({ room: 'validation', verb: 'check' }), validation()))
    await flushPromises()
    await press('Alerts: nothing is open')
    expect(shownText()).toContain('every anomaly is mended or accepted')
  })
})

describe('the policy', () => {
  const open = async (
    set: (change: Parameters<Engine['validation']['setPolicy']>[0]) => ValidationPolicy,
  ) => {
    mounted = await mountPage(
      PolicyPanel,
      answers({
        policy: async () => ({ training: 'warn', publishing: 'block', without: ['outliers'] }),
        setPolicy: async change => set(change),
      }),
    )
  }
  const chosen = (label: RegExp) =>
    [...document.querySelectorAll('[role=radiogroup]')]
      .find(one => label.test(one.getAttribute('aria-label') ?? ''))
      ?.querySelector('[data-state=checked]')
      ?.textContent?.trim()
  const turn = async (label: string) => {
    const found = [...document.querySelectorAll('label')].find(one => one.textContent === label)
    document.getElementById(found?.htmlFor ?? '')?.click()
    await flushPromises()
  }

  test('says what a blocked verdict does, and changes it at once', async () => {
    const told: unknown[] = []
    await open(change => {
      told.push(change)
      return { training: 'block', publishing: 'block', without: ['outliers'] }
    })
    expect([chosen(/^Training/), chosen(/^Publishing/)]).toEqual(['Warn', 'Block'])
    const group = document.querySelector('[role=radiogroup][aria-label^=Training]')
    ;[...(group?.querySelectorAll<HTMLElement>('[role=radio]') ?? [])]
      .find(one => one.textContent?.includes('Block'))
      ?.click()
    await flushPromises()
    expect(told).toEqual([{ training: 'block' }])
    expect(chosen(/^Training/)).toBe('Block')
  })
  test('turns our checks off and on', async () => {
    const told: unknown[] = []
    await open(change => {
      told.push(change)
      return { training: 'warn', publishing: 'block', without: change.without ?? [] }
    })
    await turn('Label leakage')
    await turn('Outliers')
    expect(told).toEqual([{ without: ['outliers', 'leakage'] }, { without: ['leakage'] }])
  })
  test('what is refused is taken back and said', async () => {
    await open(() => {
      throw new FailureError({
        code: 'read-only',
        message: 'The workspace is read-only.',
        remedy: 'Close the other window.',
      })
    })
    const before = document.querySelectorAll('[role=switch][data-state=checked]').length
    await turn('Label leakage')
    expect(shownText()).toContain('The workspace is read-only.')
    expect(document.querySelectorAll('[role=switch][data-state=checked]')).toHaveLength(before)
  })
})
