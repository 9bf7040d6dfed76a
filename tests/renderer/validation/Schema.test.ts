import { flushPromises } from '@vue/test-utils'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { FailureError } from '../../../renderer/engine/index.ts'
import {
  changedFeatures,
  copyOf,
  draftOf,
  draftTrouble,
  limitWords,
  linesOf,
  rebased,
  withEnvironments,
} from '../../../renderer/rooms/validation/draft.ts'
import { changedLines, troubleOf } from '../../../renderer/rooms/validation/textEdit.ts'
import ValidationPage from '../../../renderer/rooms/validation/ValidationPage.vue'
import { button, type Mounted, mountPage, press, shownText, type } from '../engine/mountPage.ts'
import { hash, schema, validation, workspace } from '../engine/samples.ts'
import { answers } from './checked.ts'

let mounted: Mounted
beforeEach(() => localStorage.clear())
afterEach(() => {
  mounted?.wrapper.unmount()
  document.body.innerHTML = ''
})
const TEXT = 'feature {\n  name: "age"\n  type: INT\n}\n'
type Edit = Record<string, unknown> & { features?: { name: string }[] }

const open = async (as: 'form' | 'text' = 'form', room: Parameters<typeof answers>[0] = {}) => {
  const edits: Edit[] = []
  mounted = await mountPage(
    ValidationPage,
    answers({
      show: async () => ({ schema: schema({ text: TEXT }), validation: validation() }),
      edit: async input => {
        edits.push(input as Edit)
        return schema({
          id: hash('f'),
          number: 4,
          text: input.text ?? TEXT,
          features: input.features ?? schema().features,
        })
      },
      ...room,
    }),
    { path: `/validation?tab=schema&as=${as}` },
  )
  return edits
}
const area = () => document.querySelector('textarea') as HTMLTextAreaElement
const write = async (text: string) => {
  area().value = text
  area().dispatchEvent(new Event('input'))
  await flushPromises()
}

describe('the form', () => {
  test('an edit is marked, saved as the next version, and the check is offered', async () => {
    const edits = await open()
    expect(button(/^Save as v4/).textContent).toContain('Nothing was edited.')
    await type('Greatest value of age', '120')
    expect(shownText()).toContain('1 edited')
    await press('Save as v4')
    expect(edits).toHaveLength(1)
    expect(edits[0]?.features).toHaveLength(2)
    expect(edits[0]?.features?.[0]).toMatchObject({ name: 'age', range: { min: 17, max: 120 } })
    expect(shownText()).toContain('The schema is v4 now')
    expect(button(/^Save as v5/).textContent).toContain('Nothing was edited.')
  })

  test('an edit that cannot hold closes saving and says why; discarding takes it back', async () => {
    await open()
    await type('Greatest value of age', '3')
    expect(button(/^Save as v4/).textContent).toContain('age: the least value is above the greatest.')
    await press('Discard edits')
    expect(button(/^Save as v4/).textContent).toContain('Nothing was edited.')
  })

  test('edits outlive a look at another tab', async () => {
    await open()
    await type('Greatest value of age', '120')
    await mounted.router.push('/validation?tab=history')
    await flushPromises()
    await mounted.router.push('/validation?tab=schema')
    await flushPromises()
    expect(shownText()).toContain('1 edited')
  })

  test('the values of a text are edited one a line', async () => {
    const edits = await open()
    await press(/^Values of workclass/)
    await type('Values', 'Private\nState-gov\n\nNever-worked\nPrivate')
    await press('Take 3 values')
    await press('Save as v4')
    expect(edits[0]?.features?.[1]).toMatchObject({ domain: ['Private', 'State-gov', 'Never-worked'] })
  })

  test('rows and environments are saved beside the features', async () => {
    const edits = await open()
    await type('Fewest rows', '500')
    await type('New environment', 'SERVING')
    await press('Add')
    await press('Save as v4')
    expect(edits[0]).toMatchObject({ rows: { min: 500, max: null }, environments: ['SERVING'] })
  })

  test('more limits of a feature are set in a dialog of their own', async () => {
    const edits = await open()
    await press('Edit the limits of age')
    await press('Add a drift limit')
    await type('Drift, most by Jensen-Shannon divergence', '0.05')
    await type('Most different values', '80')
    await press('Take these limits')
    expect(shownText()).toContain('drift JSD 0.05; at most 80 different values')
    await press('Save as v4')
    expect(edits[0]?.features?.[0]).toMatchObject({
      drift: [{ measure: 'jensen-shannon', threshold: 0.05 }],
      unique: { min: null, max: 80 },
    })
    // what was not touched is not said anew
    expect(edits[0]?.features?.[0]).not.toHaveProperty('skew')
  })

  test('a read-only workspace shows it and takes nothing', async () => {
    mounted = await mountPage(
      ValidationPage,
      answers({}, { workspace: { show: async () => workspace({ readOnly: true }) } }),
      { path: '/validation?tab=schema' },
    )
    expect([...document.querySelectorAll<HTMLInputElement>('table input')].every(one => one.disabled)).toBe(
      true,
    )
    expect(button(/^Save as/).getAttribute('aria-disabled')).toBe('true')
  })
})

describe('the text', () => {
  test('says what was edited and is saved whole', async () => {
    const edits = await open('text')
    expect(area().value).toBe(TEXT)
    await write(TEXT.replace('INT', 'FLOAT'))
    expect(shownText()).toContain('v3, 2 features, 1 line new or changed, 1 line of v3 gone')
    expect([...document.querySelectorAll('[data-changed]')].map(one => one.textContent)).toEqual(['3'])
    await press('Save as v4')
    expect(edits).toEqual([{ data: 'Adult income', text: TEXT.replace('INT', 'FLOAT') }])
    expect(button(/^Save as v5/).textContent).toContain('Nothing was edited.')
  })

  test('shows what is wrong where it stands, until that text is changed', async () => {
    await open('text', {
      edit: async () => {
        throw new FailureError({
          code: 'unreadable-file',
          message: 'the schema cannot be read as a Schema: line 3, column 9: unknown enum value INTT.',
          remedy: 'Correct that line.',
        })
      },
    })
    await write(TEXT.replace('INT', 'INTT'))
    await press('Save as v4')
    await flushPromises()
    expect(button('Line 3, column 9')).toBeTruthy()
    expect(shownText()).toContain('Unknown enum value INTT.')
    expect(area().getAttribute('aria-invalid')).toBe('true')
    expect(area().selectionStart).toBe('feature {\n  name: "age"\n'.length + 8)
    await write(TEXT)
    expect(area().getAttribute('aria-invalid')).toBeNull()
    await press('Discard edits').catch(() => {})
    expect(area().value).toBe(TEXT)
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
  test('is laid over another version of the schema, edit by edit', () => {
    const before = schema()
    const [age, workclass] = before.features
    if (!age || !workclass) throw new Error('no features')
    const draft = { ...draftOf(before), features: [{ ...age, required: false }, workclass] }
    const now = schema({
      id: hash('f'),
      features: [
        { ...age, range: { min: 0, max: 120 } },
        { ...workclass, minPresence: 0.5 },
      ],
      rows: { min: 10, max: null },
    })
    expect(rebased(draft, before, now)).toEqual({
      rows: { min: 10, max: null },
      environments: [],
      features: [
        { ...age, required: false, range: { min: 0, max: 120 } },
        { ...workclass, minPresence: 0.5 },
      ],
    })
  })
  test('an environment that goes leaves no feature behind in it', () => {
    const base = draftOf(schema({ environments: ['TRAINING', 'SERVING'] }))
    const features = base.features.map(one => ({ ...one, notInEnvironments: ['SERVING'] }))
    expect(
      withEnvironments({ ...base, features }, ['TRAINING']).features.map(one => one.notInEnvironments),
    ).toEqual([[], []])
  })
  test('reads values one a line', () => {
    expect(linesOf(' a \n\nb\r\na')).toEqual(['a', 'b'])
  })
  test('says the limits that have no column', () => {
    const [age] = schema().features
    if (!age) throw new Error('no feature')
    expect(limitWords(age)).toEqual([])
    expect(
      limitWords({
        ...age,
        deprecated: true,
        drift: [{ measure: 'l-infinity', threshold: 0.01 }],
        skew: [{ measure: 'jensen-shannon', threshold: 0.00025 }],
        unique: { min: 2, max: 1000 },
        domainMass: 0.9995,
        notInEnvironments: ['SERVING'],
      }),
    ).toEqual([
      'not looked at',
      'drift L∞ 0.01',
      'skew JSD 0.00025',
      '2 to 1,000 different values',
      'at least 99.95% known values',
      'not in SERVING',
    ])
  })
})

describe('what an edit changed', () => {
  test('names the lines', () => {
    expect(changedLines('a\nb\nc', 'a\nx\nc\nd')).toEqual({ changed: new Set([2, 4]), removed: 1 })
    expect(changedLines('a', 'a')).toEqual({ changed: new Set(), removed: 0 })
  })
  test('lines that are not named are those before, in their order', () => {
    const lines = fc.array(fc.constantFrom('a', 'b', 'c', ''), { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(lines, lines, (before, after) => {
        const { changed, removed } = changedLines(before.join('\n'), after.join('\n'))
        const kept = after.filter((_, at) => !changed.has(at + 1))
        let from = 0
        for (const line of kept) {
          from = before.indexOf(line, from) + 1
          expect(from).toBeGreaterThan(0)
        }
        expect(before.length - removed).toBe(kept.length)
      }),
    )
  })
  test('a whole other text of many lines is told at once', () => {
    const before = Array.from({ length: 20_000 }, (_, n) => `a${n}`).join('\n')
    const after = Array.from({ length: 20_000 }, (_, n) => `b${n}`).join('\n')
    const begun = performance.now()
    expect(changedLines(before, after)).toMatchObject({ removed: 20_000 })
    expect(performance.now() - begun).toBeLessThan(1000)
  })
  test('a refusal without a place is not one of a place', () => {
    expect(troubleOf({ code: 'bad-input', message: 'age is named twice.', remedy: '' })).toBeNull()
    expect(troubleOf(null)).toBeNull()
  })
})
