import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { defineComponent, h, ref } from 'vue'
import type { Plan } from '#contract'
import { useWork } from '../../../renderer/engine/index.ts'
import PlanForm from '../../../renderer/rooms/training/PlanForm.vue'
import { type Mounted, mountPage, press, shownText, type } from '../engine/mountPage.ts'
import { job } from '../engine/samples.ts'
import { flowOf } from './flow.ts'

let mounted: Mounted
beforeEach(() => localStorage.clear())
afterEach(() => {
  mounted?.wrapper.unmount()
  document.body.innerHTML = ''
})

const COMMON = [
  'epochs',
  'batch',
  'learningRate',
  'schedule',
  'warmup',
  'classWeights',
  'weights',
  'patience',
  'seed',
]

/** The form as the page of training opens it, on an engine that tells what it was given to start. */
async function open(known: Partial<Plan> = {}) {
  const started: Record<string, unknown>[] = []
  const page = defineComponent(() => {
    const shown = ref<Partial<Plan> | null>(null)
    const work = useWork<Plan>(e => e.training.start)
    setTimeout(() => {
      shown.value = known
    })
    return () => h(PlanForm, { known: shown.value, work })
  })
  const box = {
    ...{ name: 'box', kind: 'docker' as const, address: null, key: null, cert: null },
    ...{ atOnce: 1, paused: false },
  }
  mounted = await mountPage(
    page,
    flowOf([], {
      training: {
        choices: async () => ({
          trainers: [
            {
              name: 'image',
              title: 'Pictures',
              suits: 'images',
              uses: [...COMMON, 'layers', 'size'],
              hparams: {} as Record<string, string>,
            },
            {
              name: 'tabular',
              title: 'Dense layers',
              suits: 'table',
              uses: [...COMMON, 'layers', 'dropout'],
              hparams: {} as Record<string, string>,
            },
            {
              ...{ name: 'sequence', title: 'Series', suits: 'series' as const },
              uses: [...COMMON, 'layers', 'dropout', 'time', 'group', 'window'],
              hparams: { cell: '"convolution" or "gru"' } as Record<string, string>,
            },
          ],
          targets: [
            { name: 'local', title: 'This computer', ready: true, why: '' },
            { name: 'box', title: 'box', ready: true, why: 'Docker' },
          ],
          backends: [],
        }),
        targetList: async () => ({ targets: [box] }),
        targetCheck: async ({ name }) => ({
          name,
          kind: 'docker',
          ok: true,
          checks: [{ name: 'reachable', state: 'ok', says: 'Docker 28 answers.', remedy: null }],
        }),
        start: async plan => {
          started.push(plan as never)
          return job({ room: 'training', verb: 'start' })
        },
      },
    }),
  )
  await new Promise(resolve => setTimeout(resolve, 5))
  await flushPromises()
  return started
}
async function send() {
  ;(document.querySelector('form') as HTMLFormElement).dispatchEvent(
    new Event('submit', { cancelable: true }),
  )
  await flushPromises()
}
/** Sets a switch by its label. */
async function flip(label: string) {
  const named = [...document.querySelectorAll('label')].find(one => one.textContent?.trim() === label)
  document.getElementById(named?.htmlFor ?? '')?.click()
  await flushPromises()
}

describe('the form of a run', () => {
  test('can be sent as it opens', async () => {
    const started = await open()
    await send()
    expect(started[0]).toMatchObject({
      dataset: 'strikes',
      label: 'damage',
      trainer: 'tabular',
      target: 'local',
    })
    expect(started[0]).not.toHaveProperty('search')
  })

  test('asks a trainer of series for its times, and takes its own values', async () => {
    const started = await open({ trainer: 'sequence' })
    expect(shownText()).toContain('How far back each prediction looks.')
    await type('Window', '12')
    await send()
    expect(started[0]).toMatchObject({ trainer: 'sequence', time: 'height', window: 12 })
  })

  test('a trainer that does not suit the data is not begun with', async () => {
    const started = await open({ trainer: 'image' })
    await send()
    expect(started[0]).toMatchObject({ trainer: 'tabular' })
  })

  test('resources are asked for where the target takes them', async () => {
    const started = await open({ target: 'box' })
    expect(shownText()).not.toContain('Backend')
    await press(/^Resources and priority/)
    await type('GPUs', 'al')
    await send()
    expect(shownText()).toContain('Give all, a number, or device=')
    expect(started).toEqual([])
    await type('GPUs', 'all')
    await type('Memory', '2048')
    await press('Check it')
    expect(shownText()).toContain('Docker 28 answers.')
    await send()
    expect(started[0]).toMatchObject({ target: 'box', gpus: 'all', memoryMb: 2048 })
  })

  test('a search begins with a space that can be sent, and says what is wrong beside the value', async () => {
    const started = await open()
    await flip('Search')
    expect(shownText()).toContain('Draws values')
    await press('Remove layers')
    await type('From', '5')
    await send()
    expect(shownText()).toContain('Let the first be less than the second')
    expect(started).toEqual([])
    await type('From', '0.0005')
    await type('Trials', '6')
    await send()
    expect(started[0]).toMatchObject({
      search: 'random',
      trials: 6,
      hparams: { learningRate: { min: 0.0005, max: 0.01, log: true } },
    })
  })

  test('a search is asked what it judges trials by, and when those end that are worse', async () => {
    const started = await open()
    await flip('Search')
    expect(shownText()).toContain('Judged by')
    await flip('Stop hopeless trials')
    expect(shownText()).not.toContain('None before epoch')
    await press('Halving')
    await type('None before epoch', '40')
    await send()
    expect(shownText()).toContain('Each trial has 30 epochs')
    await type('None before epoch', '3')
    await type('Goes on, one of', '2')
    await send()
    expect(started[0]).toMatchObject({ search: 'halving', factor: 2, minEpochs: 3 })
  })

  test('a search over an own program knows any figure, and no halving', async () => {
    const started = await open({ script: 'train.py', hparams: { depth: 3 } })
    await flip('Search')
    expect(shownText()).not.toContain('Halving')
    await press('List')
    await type('Values', '2, 3')
    await type('Judged by', 'val_wer')
    await press('Less is better')
    await send()
    expect(started[0]).toMatchObject({ search: 'random', objective: 'val_wer', goal: 'least' })
  })

  test('an own program is asked for its script and its values', async () => {
    const started = await open({ script: 'train.py', hparams: { depth: 3 } })
    expect(shownText()).not.toContain('Layers')
    await press('Add a value')
    await send()
    expect(shownText()).toContain('Give it a name')
    await press('Remove this value')
    await type('Script', 'other.py')
    await send()
    expect(started[0]).toMatchObject({ script: 'other.py', hparams: { depth: 3 } })
  })
})
