import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Engine, ValidationPolicy } from '#contract'
import { FailureError } from '../../../renderer/engine/index.ts'
import { keyOf, placeWords } from '../../../renderer/rooms/validation/anomalyWords.ts'
import { PolicyPanel } from '../../../renderer/rooms/validation/index.ts'
import ValidationPage from '../../../renderer/rooms/validation/ValidationPage.vue'
import { button, type Mounted, mountPage, press, shownText } from '../engine/mountPage.ts'
import { AT, anomaly, hash, schema, validation } from '../engine/samples.ts'
import { answers } from './checked.ts'

type Change = Parameters<Engine['validation']['setPolicy']>[0]
const policy = (slices: Record<string, string[]> = {}): ValidationPolicy => ({
  training: 'block',
  publishing: 'block',
  without: [],
  slices: Object.entries(slices).map(([dataset, names]) => ({ dataset: dataset as never, names })),
})

let mounted: Mounted
beforeEach(() => localStorage.clear())
afterEach(() => {
  mounted?.wrapper.unmount()
  document.body.innerHTML = ''
})

const saved = (names: string[]) => ({
  slices: names.map((name, at) => ({
    id: hash('1'),
    dataset: 'Adult income' as never,
    name,
    where: [],
    at: AT,
    rows: 10 * (at + 1),
  })),
})
const open = async (names: string[], before: ValidationPolicy, set: (change: Change) => ValidationPolicy) => {
  const base = answers({ policy: async () => before, setPolicy: async change => set(change) })
  mounted = await mountPage(ValidationPage, {
    ...base,
    dataset: { ...base.dataset, slices: async () => saved(names) },
  })
  await press('Options')
}
const boxes = () =>
  [...document.querySelectorAll('[role=group]')]
    .filter(one => one.querySelector('h3')?.textContent === 'Slices that are checked, too')
    .flatMap(one => [...one.querySelectorAll<HTMLElement>('[role=checkbox]')])
const states = () => boxes().map(one => one.getAttribute('data-state'))

describe('slices that are checked by themselves', () => {
  test('are chosen among the options of a check, each saved at once', async () => {
    const told: Change[] = []
    await open(['night', 'old'], policy({ other: ['x'], 'Adult income': ['old'] }), change => {
      told.push(change)
      return policy({ other: ['x'], 'Adult income': change.slices ?? [] })
    })
    expect(shownText()).toContain('night, 10 rows')
    expect(states()).toEqual(['unchecked', 'checked'])
    boxes()[0]?.click()
    await flushPromises()
    expect(told).toEqual([{ data: 'Adult income', slices: ['old', 'night'] }])
    expect(states()).toEqual(['checked', 'checked'])
    boxes()[1]?.click()
    await flushPromises()
    expect(told[1]).toEqual({ data: 'Adult income', slices: ['night'] })
  })
  test('that are gone can be taken back, and what is refused is as it was', async () => {
    await open([], policy({ 'Adult income': ['dusk'] }), () => {
      throw new FailureError({
        code: 'read-only',
        message: 'It is read-only.',
        remedy: 'Close the other window.',
      })
    })
    expect(shownText()).toContain('dusk, not saved any more')
    boxes()[0]?.click()
    await flushPromises()
    expect(shownText()).toContain('It is read-only.')
    expect(states()).toEqual(['checked'])
  })
  test('are none where no filter was saved, and the way to save one is said', async () => {
    await open([], policy(), () => policy())
    expect(shownText()).toContain('No slice is saved.')
  })
  test('stand in the settings', async () => {
    mounted = await mountPage(
      PolicyPanel,
      answers({ policy: async () => policy({ census: ['night', 'old'] }) }),
    )
    expect(shownText()).toContain('night, old')
  })
})

test('an anomaly of a slice names it, and is accepted as one of the slice', async () => {
  const inSlice = anomaly({ slice: 'night', split: null, rows: 3 })
  const inAll = anomaly({ split: null, rows: 3 })
  expect(placeWords(inSlice)).toBe('Slice night, 3 rows')
  expect(placeWords(inAll)).toBe('All rows, 3 rows')
  expect(keyOf(inSlice)).not.toBe(keyOf(inAll))
  const told: unknown[] = []
  const check = validation({ anomalies: [inSlice] })
  mounted = await mountPage(
    ValidationPage,
    answers({
      show: async () => ({ schema: schema(), validation: check }),
      accept: async given => {
        told.push(given)
        return check
      },
    }),
  )
  expect(shownText()).toContain('Slice night, 3 rows')
  await press(/^Accept with a reason/)
  const field = document.querySelector<HTMLTextAreaElement>(
    '[role=dialog] textarea, [role=alertdialog] textarea',
  )
  if (!field) throw new Error('there is no field for the reason')
  field.value = 'the lamp was off'
  field.dispatchEvent(new Event('input'))
  await flushPromises()
  expect(button('Accept with this reason')).toBeTruthy()
  await press('Accept with this reason')
  expect(told).toEqual([
    {
      data: 'Adult income',
      feature: inSlice.feature,
      kind: inSlice.kind,
      slice: 'night',
      reason: 'the lamp was off',
    },
  ])
})
