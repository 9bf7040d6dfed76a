import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { markOfFeatures, verdictWords } from '../../../renderer/rooms/validation/marks.ts'
import ValidationPage from '../../../renderer/rooms/validation/ValidationPage.vue'
import { button, type Mounted, mountPage, press, shownText } from '../engine/mountPage.ts'
import { AT, anomaly, hash, job, schema, succeeded, validation, workspace } from '../engine/samples.ts'
import { answers, drift, suggestion } from './checked.ts'

let mounted: Mounted
beforeEach(() => localStorage.clear())
afterEach(() => {
  mounted?.wrapper.unmount()
  document.body.innerHTML = ''
})
const tabs = () =>
  [...document.querySelectorAll('[role=tab]')].map(tab => tab.textContent?.replace(/\s+/g, ' ').trim())
const groups = () =>
  [...document.querySelectorAll('section[aria-label]')]
    .filter(one => one.querySelector('[data-anomaly]'))
    .map(one => [
      one.getAttribute('aria-label'),
      [...one.querySelectorAll('[data-anomaly] > .font-medium')].map(name => name.textContent?.trim()),
    ])

describe('the page', () => {
  test('without a schema it offers to infer one, and shows it', async () => {
    let inferred = false
    const begun = job({ room: 'validation', verb: 'infer' })
    mounted = await mountPage(
      ValidationPage,
      answers({
        show: async () => ({ schema: inferred ? schema({ number: 1 }) : null, validation: null }),
        infer: async () => begun,
      }),
      { path: '/validation?tab=schema' },
    )
    expect(shownText()).toContain('No schema yet')
    await press('Infer schema')
    inferred = true
    await mounted.push(succeeded(begun, schema({ number: 1 })))
    await flushPromises()
    expect(shownText()).toContain('v1, 2 features')
    expect(button('Check data')).toBeTruthy()
  })

  test('work that runs says how far it is and can be stopped', async () => {
    const cancelled: unknown[] = []
    const begun = job({
      room: 'validation',
      verb: 'check',
      status: { state: 'running', progress: { done: 0.6, step: 'counting values' } },
    })
    mounted = await mountPage(
      ValidationPage,
      answers(
        { check: async () => begun },
        {
          jobs: {
            cancel: async ({ id }) => {
              cancelled.push(id)
              return {
                ...begun,
                status: { state: 'cancelled', kept: 'the check before' },
                endedAt: AT,
              } as never
            },
          },
        },
      ),
    )
    await press('Check again')
    expect(shownText()).toContain('counting values')
    expect(document.querySelector('[role=progressbar]')?.getAttribute('aria-valuenow')).toBe('60')
    await press('Cancel')
    expect(cancelled).toEqual([begun.id])
  })

  test('a check that fails says why and what was kept', async () => {
    const begun = job({ room: 'validation', verb: 'check' })
    mounted = await mountPage(ValidationPage, answers({ check: async () => begun }))
    await press('Check again')
    await mounted.push({
      ...begun,
      status: {
        state: 'failed',
        failure: { code: 'not-found', message: 'before.csv is not there.', remedy: 'Choose another.' },
      },
      endedAt: AT,
    })
    expect(shownText()).toContain('before.csv is not there.')
    expect(shownText()).toContain('The schema and the check before it are kept.')
  })

  test('a schema that was changed since offers the check again', async () => {
    const checks: unknown[] = []
    mounted = await mountPage(
      ValidationPage,
      answers({
        show: async () => ({ schema: schema({ id: hash('f'), number: 4 }), validation: validation() }),
        check: async input => {
          checks.push(input)
          return job({ room: 'validation', verb: 'check' })
        },
      }),
    )
    expect(shownText()).toContain('The schema is v4 now')
    expect(shownText()).not.toContain('Not ready to train')
    await press('Check against v4')
    expect(checks).toEqual([{ data: 'Adult income' }])
  })

  test('what a blocked verdict stops is said as it was set', async () => {
    mounted = await mountPage(
      ValidationPage,
      answers({ policy: async () => ({ training: 'warn', publishing: 'block', without: [] }) }),
    )
    expect(shownText()).not.toContain('Not ready to train')
    expect(shownText()).toContain('1 anomaly blocks')
    expect(shownText()).toContain('Training only warns; publishing is stopped.')
  })

  test('a read-only workspace can be looked at, not changed', async () => {
    mounted = await mountPage(
      ValidationPage,
      answers({}, { workspace: { show: async () => workspace({ readOnly: true }) } }),
    )
    for (const words of [/^Check again/, /^Update the schema/, /^Accept with a reason/])
      expect(button(words).getAttribute('aria-disabled')).toBe('true')
    await press(/^Show 12 rows/)
    expect(mounted.router.currentRoute.value.path).toBe('/data')
  })
})

describe('anomalies', () => {
  const many = [
    anomaly({
      feature: 'age',
      kind: 'out-of-range',
      severity: 'warning',
      title: 'Out of range',
      suggested: true,
      type: 'INT_TYPE_BIG_INT',
    }),
    anomaly(),
    anomaly({
      feature: '',
      kind: 'duplicate-rows',
      type: null,
      severity: 'warning',
      split: null,
      where: null,
      only: [3, 17],
      rows: 2,
      title: 'Duplicated rows',
      updatable: false,
    }),
    anomaly({ feature: 'sex', accepted: { reason: 'known', at: AT } }),
  ]
  const open = (more: Parameters<typeof answers>[0] = {}, path = '/validation') =>
    mountPage(
      ValidationPage,
      answers({
        show: async () => ({ schema: schema(), validation: validation({ anomalies: many }) }),
        ...more,
      }),
      { path },
    )

  test('stand by what they mean, and the tab counts those that are open', async () => {
    mounted = await open()
    expect(tabs()[0]).toBe('Anomalies 3')
    expect(groups()).toEqual([
      ['Blocks', ['workclass']],
      ['Wants a look', ['age', 'Whole dataset']],
      ['Accepted', ['sex']],
    ])
  })

  test('those of ours and suggested limits are marked, the others by their name at TFDV', async () => {
    mounted = await open()
    expect(document.querySelector('article')?.textContent).toContain('ENUM_TYPE_UNEXPECTED_STRING_VALUES')
    expect(document.querySelector('article')?.textContent).not.toContain('ours')
    await press(/^Whole dataset/)
    expect(document.querySelector('article')?.textContent).toContain('ours')
    expect(document.querySelector('article')?.textContent).toContain(
      'not known to TensorFlow Data Validation',
    )
    await press(/^age/)
    expect(document.querySelector('article')?.textContent).toContain('suggested limit')
  })

  test('an alert lands on its anomaly', async () => {
    mounted = await open({}, '/validation?data=Adult%20income&feature=age&kind=out-of-range')
    expect(document.querySelector('article')?.getAttribute('aria-label')).toBe('age: Out of range')
  })

  test('arrow keys walk from one to the next', async () => {
    mounted = await open()
    const first = document.querySelector<HTMLElement>('[data-anomaly]')
    first?.focus()
    first?.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown', bubbles: true }))
    await flushPromises()
    expect(document.querySelector('article')?.getAttribute('aria-label')).toContain('age')
    expect(document.activeElement?.textContent).toContain('age')
  })

  test('lead to their rows by filter or by number', async () => {
    mounted = await open()
    await press('Show 12 rows')
    expect(mounted.router.currentRoute.value.query).toEqual({
      name: 'Adult income',
      where: JSON.stringify(anomaly().where),
      split: 'eval',
    })
    mounted.wrapper.unmount()
    document.body.innerHTML = ''
    mounted = await open()
    await press(/^Whole dataset/)
    await press('Show 2 rows')
    expect(mounted.router.currentRoute.value.query).toEqual({ name: 'Adult income', only: '3,17' })
  })

  test('the schema is widened for one feature, and the toast takes it back', async () => {
    const told: unknown[] = []
    mounted = await open({
      update: async input => {
        told.push(input)
        return schema({ id: hash('f'), number: 4, text: 'new' })
      },
      edit: async input => {
        told.push(input)
        return schema({ id: hash('7'), number: 5 })
      },
      show: async () => ({
        schema: schema({ text: 'feature { name: "age" }' }),
        validation: validation({ anomalies: many }),
      }),
    })
    await press('Update the schema')
    expect(told[0]).toMatchObject({ data: 'Adult income', feature: 'workclass' })
    expect(shownText()).toContain('The schema is v4 now')
    const { useToast } = await import('../../../renderer/ui/index.ts')
    const [toast] = useToast().toasts.value.slice(-1)
    expect(toast).toMatchObject({ text: 'v3 is kept.', action: { label: 'Undo' } })
    toast?.action?.run()
    await flushPromises()
    expect(told[1]).toEqual({ data: 'Adult income', text: 'feature { name: "age" }' })
    expect(shownText()).toContain('The schema is v5 now')
  })

  test('the limit that was suggested is taken by its name', async () => {
    const told: unknown[] = []
    mounted = await open({
      suggestions: async () => ({
        suggestions: [
          suggestion({ id: 'sex.range', feature: 'sex' }),
          suggestion({ id: 'age.presence', kind: 'presence' }),
          suggestion(),
        ],
      }),
      suggest: async input => {
        told.push(input)
        return schema({ id: hash('f'), number: 4 })
      },
    })
    await press(/^age/)
    expect(shownText()).toContain('a quarter of that range on each side')
    await press('Accept the suggested limit')
    expect(told).toEqual([{ data: 'Adult income', ids: ['age.range'] }])
  })

  test('accepting asks for the reason, and the alerts are asked for anew', async () => {
    let asked = 0
    const told: unknown[] = []
    mounted = await open({
      alerts: async () => {
        asked++
        return { alerts: [] }
      },
      accept: async input => {
        told.push(input)
        return validation({
          verdict: 'good',
          anomalies: [anomaly({ accepted: { reason: input.reason, at: AT } })],
        })
      },
    })
    const before = asked
    await press('Accept with a reason…')
    const field = document.querySelector('textarea') as HTMLTextAreaElement
    field.value = 'a new register'
    field.dispatchEvent(new Event('input'))
    await flushPromises()
    await press('Accept with this reason')
    expect(told).toEqual([
      { data: 'Adult income', feature: 'workclass', kind: 'out-of-domain', reason: 'a new register' },
    ])
    expect(groups()).toEqual([['Accepted', ['workclass']]])
    expect(asked).toBe(before + 1)
  })

  test('thousands are drawn as they are asked for', async () => {
    mounted = await mountPage(
      ValidationPage,
      answers({
        show: async () => ({
          schema: schema(),
          validation: validation({
            anomalies: Array.from({ length: 3000 }, (_, at) => anomaly({ feature: `f${at}` })),
          }),
        }),
      }),
    )
    expect(document.querySelectorAll('[data-anomaly]')).toHaveLength(100)
    await press('Show 100 more of 2,900')
    expect(document.querySelectorAll('[data-anomaly]')).toHaveLength(200)
  })

  test('a check without anomalies says so, and one that was not made offers itself', async () => {
    mounted = await mountPage(
      ValidationPage,
      answers({
        show: async () => ({ schema: schema(), validation: validation({ verdict: 'good', anomalies: [] }) }),
      }),
    )
    expect(shownText()).toContain('Nothing differs from the schema')
    mounted.wrapper.unmount()
    document.body.innerHTML = ''
    mounted = await mountPage(
      ValidationPage,
      answers({ show: async () => ({ schema: schema(), validation: null }) }),
    )
    expect(shownText()).toContain('Not checked yet')
  })

  test('a drift is shown with how it is made', async () => {
    mounted = await mountPage(
      ValidationPage,
      answers({
        show: async () => ({
          schema: schema(),
          validation: validation({
            anomalies: [
              anomaly({ feature: 'age', kind: 'drift', where: null, drift: drift({ tfdv: 0.31 }) }),
            ],
          }),
        }),
      }),
    )
    expect(document.querySelector('[data-formula]')?.textContent).toBe(drift().formula)
    expect(shownText()).toContain('where 0.0200 is allowed')
    expect(shownText()).toContain('0.3100says TensorFlow Data ValidationIts default histogram')
    const rows = [...document.querySelectorAll('table[aria-label="Bins of age"] tbody tr')].map(row =>
      [...row.children].map(cell => cell.textContent?.replace(/\s+/g, ' ').trim()),
    )
    expect(rows).toEqual([
      ['65 to 90', '10.0%', '40.0%', '0.1950', '75%'],
      ['17 to 41', '60.0%', '30.0%', '0.0520', '20%'],
      ['41 to 65', '30.0%', '30.0%', '0.0130', '5%'],
    ])
    await press('Show the rows with 65 to 90')
    expect(mounted.router.currentRoute.value.query).toEqual({
      name: 'Adult income',
      where: JSON.stringify([
        { column: 'age', is: 'range', values: [65, 90], closed: true },
        { column: 'age', is: 'differs', values: [65] },
      ]),
      split: 'eval',
    })
  })
})

describe('words and marks', () => {
  test('the worst open anomaly marks a feature', () => {
    const marks = markOfFeatures(
      validation({
        anomalies: [
          anomaly({ severity: 'warning', kind: 'too-many-missing' }),
          anomaly({ severity: 'error' }),
          anomaly({ feature: 'age', accepted: { reason: 'known', at: AT } }),
        ],
      }),
    )
    expect([...marks].map(([name, mark]) => [name, mark.kind])).toEqual([['workclass', 'bad']])
  })
  test.each([
    [['error', 'warning', 'warning', 'warning'], '1 anomaly blocks, 3 want a look'],
    [['error', 'error', 'warning'], '2 anomalies block, 1 wants a look'],
    [['warning'], '1 anomaly wants a look'],
    [[], ''],
  ] as const)('%j reads "%s"', (severities, words) => {
    expect(verdictWords(validation({ anomalies: severities.map(severity => anomaly({ severity })) }))).toBe(
      words,
    )
  })
})
