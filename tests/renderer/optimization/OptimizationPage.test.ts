import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { FailureError } from '../../../renderer/engine/index.ts'
import OptimizationPage from '../../../renderer/rooms/optimization/OptimizationPage.vue'
import { wilson } from '../../../renderer/rooms/optimization/sizeChart.ts'
import { variantRows } from '../../../renderer/rooms/optimization/variantRows.ts'
import { button, type Mounted, mountPage, press, shownText, type } from '../engine/mountPage.ts'
import { hash, job, succeeded, workspace } from '../engine/samples.ts'
import { evaluation } from '../evaluation/evaluations.ts'
import { flowOf } from '../training/flow.ts'
import { run } from '../training/runs.ts'
import { variant } from './variants.ts'

let mounted: Mounted
beforeEach(() => localStorage.clear())
afterEach(() => {
  mounted?.wrapper.unmount()
  document.body.innerHTML = ''
})

const small = variant({
  id: hash('f'),
  kind: 'dynamic-range',
  bytes: 25_000,
  compared: {
    split: 'test',
    rows: 1000,
    before: { accuracy: 0.9, logLoss: 0.3 },
    after: { accuracy: 0.88, logLoss: 0.25 },
    maxDifference: 0.0131,
  },
})

describe('rows of the variants table', () => {
  test('figures come from the comparison, the model as trained from the same rows', () => {
    const rows = variantRows(run('run-1'), [variant(), small], [], [{ metric: 'accuracy', min: 0.89 }])
    expect(rows.map(row => row.kind)).toEqual(['layers', 'float32', 'dynamic-range'])
    expect(rows.map(row => row.lead)).toEqual([0.9, 0.9, 0.88])
    expect(rows.map(row => row.gate?.passed)).toEqual([true, true, false])
    expect(rows[2]).toMatchObject({ change: '−2.0', trend: -1, maxDifference: 0.0131, rows: 1000 })
  })
  test('what was not made and not measured says nothing it does not know', () => {
    const rows = variantRows(run('run-1'), [], [], [])
    expect(rows[1]).toMatchObject({ variant: null, bytes: null, metrics: null, gate: null })
    const withOne = variantRows(run('run-1'), [], [evaluation()], [])
    expect(withOne[0]?.lead).toBe(0.7)
  })
  test('variants of another run stay away', () => {
    expect(variantRows(run('run-2'), [variant()], [], [])[1]?.variant).toBeNull()
  })
  test('the interval of a share is that of Wilson', () => {
    // 8 of 10: 0.490 to 0.943, the textbook figures
    expect(wilson(0.8, 10).low).toBeCloseTo(0.49, 2)
    expect(wilson(0.8, 10).high).toBeCloseTo(0.943, 3)
    expect(wilson(1, 50).high).toBeLessThanOrEqual(1)
  })
})

describe('optimization page', () => {
  test('without a model it leads to training', async () => {
    mounted = await mountPage(OptimizationPage, flowOf([]))
    expect(shownText()).toContain('Nothing to shrink yet')
  })

  test('freezing asks for the run, shows its progress and then the form with its passes', async () => {
    const asked: unknown[] = []
    let made = false
    const begun = job({ room: 'optimization', verb: 'freeze', input: { model: 'run-1' } })
    mounted = await mountPage(
      OptimizationPage,
      flowOf([run('run-1')], {
        optimization: {
          list: async () => ({ variants: made ? [variant()] : [] }),
          freeze: async input => {
            asked.push(input)
            return begun
          },
        },
      }),
    )
    expect(shownText()).toContain('No pass has run')
    await press('Freeze')
    expect(asked).toMatchObject([{ model: 'run-1' }])
    expect(shownText()).toContain('350 of 1,000 rows')
    made = true
    await mounted.push(succeeded(begun, variant()))
    await flushPromises()
    expect(shownText()).toContain('same outputs')
    expect(shownText()).toContain('1 file form made')
    // the 8-bit form is still to be made, from its own row
    expect(button('Quantize')).toBeTruthy()
  })

  test('before and after stand side by side for the form that was chosen', async () => {
    mounted = await mountPage(
      OptimizationPage,
      flowOf([run('run-1')], { optimization: { list: async () => ({ variants: [variant(), small] }) } }),
    )
    const cells = [...document.querySelectorAll('tr[data-metric="accuracy"] td')].map(
      cell => cell.textContent,
    )
    expect(cells).toEqual(['90.0%', '88.0%', '−2.0'])
    expect(shownText()).toContain('3.2×')
    expect(shownText()).toContain('0.0131')
  })

  test('a failure keeps the model and says so', async () => {
    mounted = await mountPage(
      OptimizationPage,
      flowOf([run('run-1')], {
        optimization: {
          list: async () => ({ variants: [] }),
          quantize: async () => {
            throw new FailureError({
              code: 'unsupported-graph',
              message: 'The layer lambda cannot be frozen.',
              remedy: 'Leave it out.',
            })
          },
        },
      }),
    )
    await press('Quantize weights')
    expect(shownText()).toContain('The layer lambda cannot be frozen.')
    expect(shownText()).toContain('The trained model stays as it was.')
  })

  test('a file goes where one says, and nowhere without that', async () => {
    const asked: { out?: string }[] = []
    mounted = await mountPage(
      OptimizationPage,
      flowOf([run('run-1')], {
        optimization: {
          list: async () => ({ variants: [small] }),
          quantize: async input => {
            asked.push(input)
            return job({ room: 'optimization', verb: 'quantize' })
          },
        },
      }),
    )
    await press('Export file')
    await type('File', ' ')
    const write = () =>
      [...document.querySelectorAll<HTMLElement>('[role="dialog"] button')].find(one =>
        one.textContent?.includes('Export file'),
      ) as HTMLElement
    expect(write().getAttribute('aria-disabled')).toBe('true')
    await type('File', '/tmp/model.pb')
    expect(shownText()).toContain('edgewright optimization quantize run-1 --out /tmp/model.pb')
    write().click()
    await flushPromises()
    expect(asked[0]?.out).toBe('/tmp/model.pb')
  })

  test('in a workspace that can only be looked at, nothing is made', async () => {
    mounted = await mountPage(
      OptimizationPage,
      flowOf([run('run-1')], { workspace: { show: async () => workspace({ readOnly: true }) } }),
    )
    expect(button(/^Quantize weights/).getAttribute('aria-disabled')).toBe('true')
  })
})
