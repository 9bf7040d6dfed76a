import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Plan, Run } from '#contract'
import { FailureError, useJobs } from '../../../renderer/engine/index.ts'
import TrainingPage from '../../../renderer/rooms/training/TrainingPage.vue'
import { button, type Mounted, mountPage, press, shownText, type } from '../engine/mountPage.ts'
import { job, succeeded, workspace } from '../engine/samples.ts'
import { flowOf } from './flow.ts'
import { recordOf } from './record.ts'
import { epoch, run } from './runs.ts'

let mounted: Mounted
beforeEach(() => localStorage.clear())
afterEach(() => {
  mounted?.wrapper.unmount()
  document.body.innerHTML = ''
})

const trouble = { code: 'disk-full' as const, message: 'The disk is full.', remedy: 'Free some space.' }
/** The checkbox of a row, whether its name stands on itself or on a label beside it. */
async function checkRow(at: number) {
  const boxes = [...document.querySelectorAll<HTMLElement>('[role="gridcell"] [role="checkbox"]')]
  boxes[at]?.click()
  await flushPromises()
}

describe('training page', () => {
  test('before the first run it says so, and its button opens a form that a sample has filled', async () => {
    const started: Plan[] = []
    const begun = job({ room: 'training', verb: 'start', title: 'Train strikes' })
    let runs: Run[] = []
    mounted = await mountPage(
      TrainingPage,
      flowOf([], {
        training: {
          list: async () => ({ runs, total: runs.length }),
          ...recordOf(() => runs),
          start: async plan => {
            started.push(plan as Plan)
            return begun
          },
        },
      }),
    )
    expect(shownText()).toContain('No run yet')
    await press('Train')
    expect(shownText()).toContain('2 of 3 columns')
    await type('Epochs', '12')
    await type('Layers', '16-8')
    const train = [...document.querySelectorAll('[role="dialog"] button')].find(
      one => one.textContent?.trim() === 'Train' && !one.classList.contains('sr-only'),
    ) as HTMLElement
    train.click()
    await flushPromises()
    expect(started[0]).toMatchObject({
      dataset: 'strikes',
      label: 'damage',
      without: ['cost'],
      epochs: 12,
      layers: [16, 8],
    })
    // the run that the job made is shown as soon as the list has it
    runs = [
      run('run-1', { state: 'running', job: begun.id }),
      run('run-0', { at: '2026-12-01T09:00:00Z', job: 'job-0' as never }),
    ]
    await mounted.push(succeeded(begun, runs[0]))
    await flushPromises()
    expect(document.querySelector('h1')?.textContent).toBe('Run 1')
    expect(document.querySelector('[role="dialog"]')).toBeNull()
  })

  test('a form that cannot be read says what is wrong and starts nothing', async () => {
    let asked = 0
    mounted = await mountPage(
      TrainingPage,
      flowOf([run('run-1')], {
        training: {
          list: async () => ({ runs: [run('run-1')], total: 1 }),
          start: async () => {
            asked++
            return job()
          },
        },
      }),
    )
    await press('New run')
    await type('Layers', 'many')
    await type('Model', '/')
    const form = document.querySelector('form') as HTMLFormElement
    form.dispatchEvent(new Event('submit', { cancelable: true }))
    await flushPromises()
    expect(shownText()).toContain('Give whole numbers from 1 to 8,192')
    expect(shownText()).toContain('begin with a letter or digit')
    expect(asked).toBe(0)
  })

  test('a failure to start stays in the form with its remedy', async () => {
    mounted = await mountPage(
      TrainingPage,
      flowOf([run('run-1')], {
        training: {
          list: async () => ({ runs: [run('run-1')], total: 1 }),
          start: async () => {
            throw new FailureError(trouble)
          },
        },
      }),
    )
    await press('New run')
    ;(document.querySelector('form') as HTMLFormElement).dispatchEvent(
      new Event('submit', { cancelable: true }),
    )
    await flushPromises()
    expect(document.querySelector('[role="dialog"]')?.textContent).toContain('The disk is full.')
    expect(shownText()).toContain('Free some space.')
  })

  test('a run that a verdict stopped leads to the verdict and to what a verdict does', async () => {
    const begun = job({ room: 'training', verb: 'start', title: 'Train strikes' })
    mounted = await mountPage(
      TrainingPage,
      flowOf([], { training: { list: async () => ({ runs: [], total: 1 }), start: async () => begun } }),
    )
    await press('Train')
    ;(document.querySelector('form') as HTMLFormElement).dispatchEvent(
      new Event('submit', { cancelable: true }),
    )
    await flushPromises()
    expect(useJobs().said.has(begun.id)).toBe(true)
    await mounted.push({
      ...begun,
      status: {
        state: 'failed',
        failure: { code: 'gate-blocked', message: 'Training is stopped.', remedy: 'Mend the data.' },
      },
    })
    await flushPromises()
    expect(shownText().split('Training is stopped.')).toHaveLength(2)
    await press('What a verdict does')
    expect(mounted.router.currentRoute.value.path).toBe('/settings')
    await press('Look at what it found')
    expect(mounted.router.currentRoute.value.path).toBe('/validation')
  })

  test('runs that could not be read are said to be so, with a way to read them again', async () => {
    let fails = true
    mounted = await mountPage(
      TrainingPage,
      flowOf([], {
        training: {
          list: async () => {
            if (fails) throw new FailureError(trouble)
            return { runs: [run('run-7')], total: 1 }
          },
        },
      }),
    )
    expect(shownText()).toContain('The disk is full.')
    fails = false
    await press('Try again')
    expect(document.querySelector('h1')?.textContent).toBe('Run 7')
  })

  test('a running run is live, and stopping it says first what is kept', async () => {
    const cancelled: string[] = []
    const begun = job({ id: 'job-70' as never, room: 'training', verb: 'start' })
    const going = run('run-1', {
      state: 'running',
      artifact: null,
      job: begun.id,
      epochs: [epoch(1), epoch(2)],
      best: 2,
    })
    let tell = (_: Run) => {}
    mounted = await mountPage(
      TrainingPage,
      flowOf([going], {
        training: {
          list: async () => ({ runs: [going], total: 1 }),
          logs: async ({ last }) => ({
            lines: last
              ? [{ sequence: 1, at: '2026-11-21T09:00:00Z', level: 'info' as const, text: 'epoch 1 done' }]
              : [],
          }),
          watch: async () =>
            (async function* () {
              for (;;)
                yield await new Promise<Run>(resolve => {
                  tell = resolve
                })
            })(),
        },
        jobs: {
          cancel: async ({ id }) => {
            cancelled.push(id)
            return begun
          },
        },
      }),
      { jobs: [begun] },
    )
    expect(shownText()).toContain('Running, epoch 2 of 30')
    expect(shownText()).toContain('epoch 1 done')
    await new Promise(resolve => setTimeout(resolve, 260))
    tell({ ...going, epochs: [epoch(1), epoch(2), epoch(3)], best: 3 })
    await flushPromises()
    expect(shownText()).toContain('Running, epoch 3 of 30')
    await press('Stop and keep best')
    expect(shownText()).toContain('Epoch 3 of 30 is kept. It can be continued later.')
    expect(cancelled).toEqual([])
    await press('Stop and keep epoch 3')
    expect(cancelled).toEqual(['job-70'])
  })

  test('an interrupted run says what is kept and goes on', async () => {
    const resumed: string[] = []
    mounted = await mountPage(
      TrainingPage,
      flowOf([run('run-3', { state: 'interrupted', artifact: null })], {
        training: {
          list: async () => ({ runs: [run('run-3', { state: 'interrupted', artifact: null })], total: 1 }),
          resume: async ({ run }) => {
            resumed.push(run)
            return job({ room: 'training', verb: 'resume', input: { run } })
          },
        },
      }),
    )
    expect(shownText()).toContain('Run 3 was interrupted')
    expect(shownText()).toContain('Epoch 3 of 30 is kept.')
    await press('Continue')
    expect(resumed).toEqual(['run-3'])
  })

  test('a failed run shows its reason and opens the form with its plan', async () => {
    mounted = await mountPage(
      TrainingPage,
      flowOf([run('run-2', { state: 'failed', artifact: null, failure: trouble }, { batch: 77 })]),
    )
    expect(shownText()).toContain('The disk is full.')
    await press('Run again with changes')
    const batch = [...document.querySelectorAll('label')].find(one => one.textContent?.includes('Batch'))
    expect((document.getElementById(batch?.htmlFor ?? '') as HTMLInputElement).value).toBe('77')
  })

  test('histograms that a program recorded are drawn over their steps and at one of them', async () => {
    const asked: string[] = []
    const step = (at: number) => ({ step: at, at, counts: [1, at], values: [-1, -0.5, 0, 0.5, at] })
    mounted = await mountPage(
      TrainingPage,
      flowOf([run('run-1', { artifact: null, origin: 'imported' })], {
        training: {
          histograms: async () => ({
            histograms: ['dense/kernel', 'dense/bias'].map(key => ({
              ...{ key, steps: 2, step: 20, edges: [-1, 0, 1], counts: [1, 20] },
            })),
          }),
          spread: async ({ run, key }) => {
            asked.push(key)
            const shares = [0, 0.16, 0.5, 0.84, 1]
            return { run: run as never, key, of: 2, edges: [-1, 0, 1], shares, steps: [step(10), step(20)] }
          },
        },
      }),
    )
    await press('Weights')
    expect(asked).toEqual(['dense/kernel'])
    expect(shownText()).toContain('dense/bias')
    expect(shownText()).toContain('Median')
    expect(document.querySelector('[aria-label="Which weights"]')).toBeNull()
    await press('At a step')
    expect(shownText()).toContain('step 20')
  })

  test('two runs are compared, what differs first', async () => {
    mounted = await mountPage(
      TrainingPage,
      flowOf([run('run-1', {}, { learningRate: 0.01 }), run('run-2', { at: '2026-11-21T10:00:00Z' })]),
    )
    await checkRow(1)
    const rows = [...document.querySelectorAll('tr[data-differs]')]
    expect(rows[0]?.textContent).toContain('Learning rate')
    expect(rows[0]?.textContent).toContain('0.001')
    expect(rows[0]?.textContent).toContain('0.01')
    expect(shownText()).toContain('1 setting differ')
    await press('Compare none')
    expect(document.querySelector('tr[data-differs]')).toBeNull()
  })

  test('in a workspace that can only be looked at, closed buttons say why', async () => {
    mounted = await mountPage(
      TrainingPage,
      flowOf([run('run-1')], { workspace: { show: async () => workspace({ readOnly: true }) } }),
    )
    expect(button(/^New run/).getAttribute('aria-disabled')).toBe('true')
    expect(button(/^New run/).textContent).toContain('only be looked at')
  })
})
