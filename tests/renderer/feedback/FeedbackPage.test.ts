import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { FeedbackBatch, FeedbackSample, Labeling } from '#contract'
import { FailureError } from '../../../renderer/engine/index.ts'
import FeedbackPage from '../../../renderer/rooms/feedback/FeedbackPage.vue'
import { reasonsOf } from '../../../renderer/rooms/feedback/reasonWords.ts'
import { button, type Mounted, mountPage, press, shownText } from '../engine/mountPage.ts'
import { hash, workspace } from '../engine/samples.ts'
import { flowOf } from '../training/flow.ts'

let mounted: Mounted
beforeEach(() => localStorage.clear())
afterEach(() => {
  mounted?.wrapper.unmount()
  document.body.innerHTML = ''
})

const sample = (n: number, more: Partial<FeedbackSample> = {}): FeedbackSample => ({
  ...{
    id: hash(String(n)),
    batch: 'batch-1',
    device: 'a'.repeat(24),
    name: 'box 7',
    model: 'bolts' as never,
  },
  ...{ reason: 'disagreement', at: '2026-05-03T09:00:00.000Z' },
  guess: {
    ...{ version: 1, class: 'bad', value: null },
    scores: [
      { class: 'bad', score: 0.6 },
      { class: 'ok', score: 0.4 },
    ],
  },
  other: null,
  values: [{ name: 'weight', value: `${n}.5` }],
  ...{ picture: null, label: null, skipped: false, imported: null },
  ...more,
})
const batch = (more: Partial<FeedbackBatch> = {}): FeedbackBatch => ({
  ...{
    id: 'batch-1',
    site: 'hall',
    device: 'a'.repeat(24),
    name: 'box 7',
    model: 'bolts' as never,
    version: 1,
  },
  ...{ at: '2026-05-03T12:00:00.000Z', samples: 3, reasons: { disagreement: 3 } },
  ...{ labeled: 0, skipped: 0, imported: 0 },
  ...more,
})
const CLASSES: Labeling = {
  task: 'binary',
  column: 'kind',
  classes: ['ok', 'bad'],
  dataset: 'bolts' as never,
}

/** An engine that keeps what is labeled. */
async function page({
  samples = [sample(1), sample(2), sample(3)],
  labeling = CLASSES as Labeling | null,
  batches = [batch({ samples: 3 })],
  refuse = false,
  readOnly = false,
} = {}) {
  const said: Record<string, unknown>[] = []
  const open = new Set(samples.map(({ id }) => id))
  mounted = await mountPage(
    FeedbackPage,
    flowOf([], {
      workspace: { show: async () => workspace({ readOnly }) },
      feedback: {
        watch: async () =>
          (async function* () {
            yield { batches }
          })(),
        show: async () => {
          const left = samples.filter(({ id }) => open.has(id))
          return { samples: left, total: left.length, labeling }
        },
        label: async (input: Record<string, unknown>) => {
          if (refuse)
            throw new FailureError({ code: 'disk-full', message: 'The disk is full.', remedy: 'Make room.' })
          said.push(Object.fromEntries(Object.entries(input).filter(([, value]) => value !== false)))
          if (input.clear) open.add(input.sample as never)
          else open.delete(input.sample as never)
          return sample(1)
        },
        accuracy: async () => ({
          task: 'binary',
          versions: [
            {
              ...{ version: 1, device: null, name: null, labeled: 12, right: 9, error: null },
              random: { labeled: 10, right: 9, error: null, low: 0.596, high: 0.982 },
            },
          ],
          pairs: [{ site: 'hall', stable: 1, candidate: 2, labeled: 2, stableRight: 0, candidateRight: 2 }],
        }),
      },
    } as never),
  )
  return said
}
async function key(name: string, on: EventTarget = window) {
  on.dispatchEvent(new KeyboardEvent('keydown', { key: name, bubbles: true, cancelable: true }))
  await flushPromises()
}

describe('feedback page', () => {
  test('with nothing to label it says how samples come, with one button', async () => {
    await page({ batches: [], samples: [] })
    expect(shownText()).toContain('Nothing to label yet')
    await press('Read a stick')
    expect(shownText()).toContain('Stick or file')
  })

  test('is labeled by keys: Enter takes the guess, digits name classes, S skips, U takes back', async () => {
    const said = await page()
    expect(shownText()).toContain('The model says bad')
    expect(shownText()).toContain('1.5')
    await key('Enter')
    await key('1')
    expect(said).toEqual([
      { sample: hash('1'), accept: true },
      { sample: hash('2'), label: 'ok' },
    ])
    expect(shownText()).toContain('3.5')
    await key('u')
    expect(said.at(-1)).toEqual({ sample: hash('2'), clear: true })
    expect(shownText()).toContain('2.5')
    await key('9')
    expect(said).toHaveLength(3)
    await key('s')
    expect(said.at(-1)).toEqual({ sample: hash('2'), skip: true })
    await key('2')
    expect(shownText()).toContain('Everything here is labeled')
  })

  test('what the other version says is a label, too, and the tenth class is on 0', async () => {
    const classes = Array.from({ length: 11 }, (_, n) => `part ${n}`)
    const other = { version: 2, class: 'part 7', value: null, scores: [] }
    const said = await page({
      samples: [sample(1, { reason: 'disagreement', other }), sample(2)],
      labeling: { ...CLASSES, task: 'multiclass', classes } as Labeling,
    })
    expect(shownText()).toContain('v2 says part 7')
    await key('v')
    await key('0')
    expect(said).toEqual([
      { sample: hash('1'), label: 'part 7' },
      { sample: hash('2'), label: 'part 9' },
    ])
  })

  test('with the mouse, and Enter then is for the next row again', async () => {
    const said = await page()
    const first = button(/^1 ok/)
    first.focus()
    await press(/^1 ok/)
    await key('Enter', document.activeElement ?? window)
    expect(said).toEqual([
      { sample: hash('1'), label: 'ok' },
      { sample: hash('2'), accept: true },
    ])
  })

  test('a number is typed; what is typed outlives the window', async () => {
    const value = (n: number) => sample(n, { guess: { version: 1, class: null, value: 12.25, scores: [] } })
    const options = {
      samples: [value(1), value(2)],
      labeling: { ...CLASSES, task: 'regression', classes: [] } as Labeling,
    }
    await page(options)
    const field = () => document.querySelector<HTMLInputElement>('main input, input') as HTMLInputElement
    field().value = '13,5'
    field().dispatchEvent(new Event('input', { bubbles: true }))
    await flushPromises()
    mounted.wrapper.unmount()
    document.body.innerHTML = ''
    const said = await page(options)
    expect(field().value).toBe('13,5')
    await key('Enter', field())
    expect(said).toEqual([{ sample: hash('1'), label: 13.5 }])
    expect(field().value).toBe('')
    await key('Enter', field())
    expect(said.at(-1)).toEqual({ sample: hash('2'), accept: true })
  })

  test('a picture is shown as one', async () => {
    await page({ samples: [sample(1, { picture: { width: 4, height: 2, data: 'iVBORw0KGgo=' } })] })
    expect(document.querySelector('img')?.getAttribute('src')).toBe('data:image/png;base64,iVBORw0KGgo=')
  })

  test('a label that could not be kept leaves the row where it was, and says why', async () => {
    await page({ refuse: true })
    await key('Enter')
    expect(shownText()).toContain('The disk is full.')
    expect(shownText()).toContain('1.5')
  })

  test('of a model that is gone it says so, and labels nothing', async () => {
    const said = await page({ labeling: null })
    await key('Enter')
    await key('1')
    expect(said).toEqual([])
    expect(shownText()).toContain('is not in this workspace any more')
  })

  test('the accuracy of rows drawn at random stands apart from the rest', async () => {
    await page()
    expect(shownText()).toContain('60% to 98% with 95% confidence, by 10 rows drawn at random')
    expect(shownText()).toContain('v1 right 0, v2 right 2 of 2')
  })

  test('what is labeled can be made a dataset version, where it may be written', async () => {
    await page({ batches: [batch({ labeled: 2, imported: 1 })] })
    expect(button('Make 1 a dataset version').getAttribute('aria-disabled')).not.toBe('true')
    mounted.wrapper.unmount()
    document.body.innerHTML = ''
    const said = await page({ batches: [batch({ labeled: 2, imported: 1 })], readOnly: true })
    expect(button(/^Make 1 a dataset version/).getAttribute('aria-disabled')).toBe('true')
    await key('Enter')
    expect(said).toEqual([])
  })

  test('reasons are told, what says most first', () => {
    expect(reasonsOf({ reasons: { random: 2, disagreement: 1, 'low-confidence': 7 } })).toBe(
      '1 differ, 7 unsure, 2 random',
    )
  })
})
