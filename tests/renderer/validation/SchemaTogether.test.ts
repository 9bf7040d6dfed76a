import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Schema } from '#contract'
import { drafted } from '../../../main/engine/validation/schema/drafted.ts'
import { FailureError } from '../../../renderer/engine/index.ts'
import { draftOf, newFeature, rebased } from '../../../renderer/rooms/validation/draft.ts'
import { lineOf } from '../../../renderer/rooms/validation/textEdit.ts'
import ValidationPage from '../../../renderer/rooms/validation/ValidationPage.vue'
import { button, type Mounted, mountPage, press, shownText, type } from '../engine/mountPage.ts'
import { hash, schema, validation } from '../engine/samples.ts'
import { answers } from './checked.ts'

let mounted: Mounted
beforeEach(() => {
  localStorage.clear()
  vi.spyOn(window, 'matchMedia').mockImplementation(
    query =>
      ({
        matches: query.includes('min-width'),
        addEventListener: () => {},
        removeEventListener: () => {},
      }) as unknown as MediaQueryList,
  )
})
afterEach(() => {
  mounted?.wrapper.unmount()
  document.body.innerHTML = ''
  vi.restoreAllMocks()
})

const TEXT = drafted('', { features: schema().features }).text
type Edit = { data: string; text?: string; features?: Schema['features'] }

/** The page on its schema, wide enough for both, with an engine that says what an edit makes. */
async function open(): Promise<Edit[]> {
  const edits: Edit[] = []
  mounted = await mountPage(
    ValidationPage,
    answers({
      show: async () => ({ schema: schema({ text: TEXT }), validation: validation() }),
      draft: async ({ text, ...form }) => {
        try {
          return drafted(text, form)
        } catch (reason) {
          throw new FailureError((reason as FailureError).failure)
        }
      },
      edit: async input => {
        edits.push(input as Edit)
        return schema({ id: hash('f'), number: 4, text: input.text ?? TEXT })
      },
    }),
    { path: '/validation?tab=schema' },
  )
  return edits
}
const area = () => document.querySelector('textarea') as HTMLTextAreaElement
const write = async (text: string) => {
  area().value = text
  area().dispatchEvent(new Event('input'))
  await flushPromises()
}
const names = () =>
  [...document.querySelectorAll('[aria-label^="Remove "][aria-label$=" from the schema"]')].map(one =>
    one.getAttribute('aria-label')?.replace(/^Remove (.*) from the schema$/, '$1'),
  )
const greatest = () => document.querySelector<HTMLInputElement>('input[aria-label="Greatest value of age"]')
const field = (label: string) => {
  const found = [...document.querySelectorAll('label')].find(one => one.textContent?.trim() === label)
  return document.getElementById(found?.htmlFor ?? '') as HTMLInputElement | null
}

describe('form and text beside each other', () => {
  test('the text follows the form', async () => {
    const edits = await open()
    expect(area().value).toBe(TEXT)
    expect(document.querySelector('[role=radiogroup][aria-label="The schema as"]')).toBeNull()
    await type('Greatest value of age', '120')
    await vi.waitFor(() => expect(area().value).toContain('max: 120'))
    expect(area().value).toContain('min: 17')
    await press('Save as v4')
    expect(edits[0]?.features?.[0]).toMatchObject({ name: 'age', range: { min: 17, max: 120 } })
  })

  test('the form follows the text, and what is saved is the text', async () => {
    const edits = await open()
    const other = TEXT.replace('max: 90', 'max: 101')
    await write(other)
    await vi.waitFor(() => expect((greatest() ?? field('Greatest value of age'))?.value).toBe('101'))
    expect(shownText()).toContain('1 edited')
    await press('Save as v4')
    expect(edits).toEqual([{ data: 'Adult income', text: other }])
  })

  test('a text that is wrong is shown at its line, and the form waits until it is mended', async () => {
    await open()
    await write(TEXT.replace('type: INT', 'type: INTT'))
    await vi.waitFor(() => expect(button(/^Line \d+, column \d+/)).toBeTruthy())
    const line = TEXT.slice(0, TEXT.indexOf('type: INT')).split('\n').length
    expect(button(new RegExp(`^Line ${line}, column`))).toBeTruthy()
    expect(button(/^Save as v4/).textContent).toContain('The text cannot be read')
    expect(button(/^Add feature/).getAttribute('aria-disabled')).toBe('true')
    await write(TEXT)
    await vi.waitFor(() => expect(button(/^Add feature/).getAttribute('aria-disabled')).not.toBe('true'))
    expect(document.body.textContent).not.toContain('column ')
  })

  test('edits of both are saved together', async () => {
    const edits = await open()
    await write(`${TEXT}default_environment: "SERVING"\n`)
    await vi.waitFor(() => expect(shownText()).toContain('rows or environments edited'))
    await type('Greatest value of age', '120')
    await press('Save as v4')
    expect(edits[0]?.text).toContain('default_environment: "SERVING"')
    expect(edits[0]?.text).toContain('max: 120')
  })

  test('a feature is added and another removed', async () => {
    const edits = await open()
    expect(names()).toEqual(['age', 'workclass'])
    await press('Add feature')
    await type('Name', 'workclass')
    expect(shownText()).toContain('It is there already.')
    await type('Name', 'height')
    await press('Add to the form')
    await press('Remove workclass from the schema')
    expect(names()).toEqual(['age', 'height'])
    expect(shownText()).toContain('1 new, 1 removed')
    await vi.waitFor(() => expect(area().value).toContain('name: "height"'))
    await vi.waitFor(() => expect(area().value).not.toContain('workclass'))
    await press('Save as v4')
    expect(edits[0]?.features?.map(({ name }) => name)).toEqual(['age', 'height'])
  })

  test('discarding brings both back', async () => {
    await open()
    await press('Remove age from the schema')
    await vi.waitFor(() => expect(area().value).not.toContain('"age"'))
    await press('Discard edits')
    expect(names()).toEqual(['age', 'workclass'])
    expect(area().value).toBe(TEXT)
  })
})

test('added and removed features stay so over another version of the schema', () => {
  const before = schema()
  const [age, workclass] = before.features
  if (!age || !workclass) throw new Error('no features')
  const draft = { ...draftOf(before), features: [workclass, newFeature('height', 'float')] }
  const now = schema({ features: [age, { ...workclass, minPresence: 0.5 }, newFeature('more', 'text')] })
  expect(rebased(draft, before, now).features).toEqual([
    { ...workclass, minPresence: 0.5 },
    newFeature('more', 'text'),
    newFeature('height', 'float'),
  ])
})

test('a feature is found in the text, whatever its name', () => {
  const odd = 'a "quoted" (name) \\ of $1'
  const { text } = drafted('', { features: ['x', odd, 'y'].map(name => newFeature(name, 'text')) })
  const lines = text.split('\n')
  for (const name of ['x', odd, 'y']) {
    const line = lineOf(text, name) ?? 0
    expect(lines[line - 1]).toBe('feature {')
  }
  expect(lineOf(text, 'y')).toBeGreaterThan(lineOf(text, odd) ?? 1e9)
  expect(lineOf(text, 'z')).toBeNull()
})
