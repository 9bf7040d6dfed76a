import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Answers } from '../../../renderer/engine/fake.ts'
import { changedFeatures, copyOf, draftTrouble, linesOf } from '../../../renderer/rooms/validation/draft.ts'
import { markOfFeatures, verdictWords } from '../../../renderer/rooms/validation/marks.ts'
import ValidationPage from '../../../renderer/rooms/validation/ValidationPage.vue'
import { button, type Mounted, mountPage, press, shownText, type } from '../engine/mountPage.ts'
import { AT, anomaly, job, schema, succeeded, validation, version, workspace } from '../engine/samples.ts'

let mounted: Mounted
beforeEach(() => localStorage.clear())
afterEach(() => {
  mounted?.wrapper.unmount()
  document.body.innerHTML = ''
})

const answers = (room: Answers['validation'], over: Answers = {}): Answers => ({
  dataset: {
    list: async () => ({ datasets: [{ name: 'Adult income' as never, versions: 1, latest: version() }] }),
    samples: async () => ({ samples: [] }),
  },
  validation: { show: async () => ({ schema: schema(), validation: validation() }), ...room },
  lineage: {
    show: async ({ id }) => ({
      artifact: { id: id as never, kind: 'validation', title: 'x', madeBy: null, at: AT },
      job: null,
      parents: [],
      children: [],
    }),
  },
  ...over,
})

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
    )
    expect(shownText()).toContain('No schema yet')
    await press('Infer schema')
    inferred = true
    await mounted.push(succeeded(begun, schema({ number: 1 })))
    await flushPromises()
    expect(shownText()).toContain('v1, 2 features')
    expect(button('Check data')).toBeTruthy()
  })

  test('an edit is marked, saved whole as the next version, and checked', async () => {
    const saved: { features: { name: string; range: unknown }[] }[] = []
    const checks: unknown[] = []
    mounted = await mountPage(
      ValidationPage,
      answers({
        edit: async input => {
          saved.push(input as never)
          return schema({ number: 4, features: input.features as never })
        },
        check: async input => {
          checks.push(input)
          return job({ room: 'validation', verb: 'check' })
        },
      }),
    )
    expect(button(/^Save as v4/).textContent).toContain('Nothing was edited.')
    await type('Greatest value of age', '120')
    expect(shownText()).toContain('1 edited')
    await press('Save as v4')
    expect(saved[0]?.features).toHaveLength(2)
    expect(saved[0]?.features[0]).toMatchObject({ name: 'age', range: { min: 17, max: 120 } })
    expect(checks).toEqual([{ data: 'Adult income' }])
  })

  test('an edit that cannot hold closes saving and says why; discarding takes it back', async () => {
    mounted = await mountPage(ValidationPage, answers({}))
    await type('Greatest value of age', '3')
    expect(button(/^Save as v4/).textContent).toContain('age: the least value is above the greatest.')
    await press('Discard edits')
    expect(button(/^Save as v4/).textContent).toContain('Nothing was edited.')
  })

  test('the values of a text are edited one a line', async () => {
    const saved: { features: { domain: unknown }[] }[] = []
    mounted = await mountPage(
      ValidationPage,
      answers({
        edit: async input => {
          saved.push(input as never)
          return schema({ number: 4 })
        },
        check: async () => job({ room: 'validation', verb: 'check' }),
      }),
    )
    await press(/^Values of workclass/)
    await type('Values', 'Private\nState-gov\n\nNever-worked\nPrivate')
    await press('Take 3 values')
    await press('Save as v4')
    expect(saved[0]?.features[1]?.domain).toEqual(['Private', 'State-gov', 'Never-worked'])
  })

  test('a read-only workspace can be looked at, not changed', async () => {
    mounted = await mountPage(
      ValidationPage,
      answers({}, { workspace: { show: async () => workspace({ readOnly: true }) } }),
    )
    for (const words of [/^Infer again/, /^Check again/, /^Save as/, /^Accept…/])
      expect(button(words).getAttribute('aria-disabled')).toBe('true')
    expect([...document.querySelectorAll<HTMLInputElement>('table input')].every(one => one.disabled)).toBe(
      true,
    )
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

describe('a draft', () => {
  test('never changes what the engine sent', () => {
    const { features } = schema()
    const draft = copyOf(features)
    const first = draft[0]
    if (!first?.range) throw new Error('no range')
    first.range.max = 1
    expect(features[0]?.range?.max).toBe(90)
    expect(changedFeatures(features, draft)).toEqual(['age'])
    expect(draftTrouble(first)).toMatch(/above the greatest/)
  })
  test('reads values one a line', () => {
    expect(linesOf(' a \n\nb\r\na')).toEqual(['a', 'b'])
  })
})
