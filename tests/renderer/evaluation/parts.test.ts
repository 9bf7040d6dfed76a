import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Comparison, Evaluation, Explanation, GateVerdict, PredictedRow, WhatIf } from '#contract'
import type { Answers } from '../../../renderer/engine/fake.ts'
import EvaluationPage from '../../../renderer/rooms/evaluation/EvaluationPage.vue'
import { button, type Mounted, mountPage, press, shownText, type } from '../engine/mountPage.ts'
import { AT, hash, job, succeeded } from '../engine/samples.ts'
import { flowOf } from '../training/flow.ts'
import { run } from '../training/runs.ts'
import { evaluation } from './evaluations.ts'

let mounted: Mounted
beforeEach(() => localStorage.clear())
afterEach(() => {
  mounted?.wrapper.unmount()
  document.body.innerHTML = ''
  vi.useRealTimers()
})

const measured = evaluation({ predictions: hash('d') })
const open = (tab: string, over: Answers['evaluation'] = {}, one: Evaluation = measured) =>
  mountPage(
    EvaluationPage,
    flowOf([run('run-2'), run('run-1')], {
      evaluation: {
        list: async () => ({ evaluations: [{ ...one, run: 'run-2' as never }] }),
        gate: async () => ({ rules: [] }),
        verdicts: async () => ({ verdicts: [] }),
        comparisons: async () => ({ comparisons: [] }),
        explanations: async () => ({ explanations: [] }),
        rows: async () => ({ version: hash('a'), total: 0, rows: [] }),
        ...over,
      },
    }),
    { path: `/evaluation?tab=${tab}` },
  )
const predicted = (row: number): PredictedRow => ({
  row,
  actual: 'no',
  predicted: 'yes',
  probability: 0.9,
  loss: 2.3,
})

describe('figures', () => {
  test('stand with their intervals, and all of them in a table', async () => {
    mounted = await open(
      'figures',
      {},
      evaluation({
        metrics: { accuracy: 0.7, kappa: 0.4, f1Macro: 0.65 },
        intervals: { accuracy: { low: 0.397, high: 0.892, method: 'wilson' } },
      }),
    )
    expect(document.querySelector('[data-metric="accuracy"]')?.textContent).toContain('39.7 to 89.2%')
    await press('Show all 3')
    expect(shownText()).toContain('Kappa')
    expect(shownText()).toContain("Wilson's score")
  })

  test('wrong rows are listed with what was predicted, and lead to the data', async () => {
    const asked: unknown[] = []
    mounted = await open('figures', {
      rows: async input => {
        asked.push(input)
        return { version: hash('a'), total: 2, rows: [predicted(7), predicted(12)] }
      },
    })
    await press('Show wrong rows')
    expect(shownText()).toContain('2 wrong rows')
    expect(asked[0]).toMatchObject({ id: measured.id, wrong: true, order: 'loss' })
    await press('Show in the data')
    await flushPromises()
    const { path, query } = mounted.router.currentRoute.value
    expect([path, query.only]).toEqual(['/data', '7,12'])
    expect(asked.at(-1)).toMatchObject({ wrong: true, limit: 10_000 })
  })

  test('the cheapest threshold follows the costs', async () => {
    const asked: object[] = []
    const point = { tp: 3, fp: 1, tn: 5, fn: 1 }
    mounted = await open('figures', {
      threshold: async input => {
        asked.push(input)
        return {
          label: 'yes',
          best: { ...point, threshold: 0.37, cost: 6 },
          half: { ...point, threshold: 0.5, cost: 9 },
          curve: [{ threshold: 0.37, cost: 6 }],
          rows: 10,
        }
      },
    })
    await press('Cost')
    expect(asked.at(-1)).toMatchObject({ id: measured.id, label: 'yes', fp: 1, fn: 1 })
    await type('Missed', '5')
    expect(asked.at(-1)).toMatchObject({ fn: 5, fp: 1 })
    expect(document.querySelector('[data-cheapest]')?.textContent).toContain('from a score of 0.370 on')
    expect(document.querySelector('[data-cheapest]')?.textContent).toContain('3 less than at 0.50')
  })
})

describe('slices', () => {
  test('an expression that cannot be read is said where it was written, and what was measured stays', async () => {
    const begun = job({ room: 'evaluation', verb: 'run', input: {} })
    const asked: unknown[] = []
    mounted = await open('slices', {
      run: async input => {
        asked.push(input)
        return begun
      },
    })
    await type('Expression', 'sky = = "fog"')
    await press('Add')
    expect(asked).toMatchObject([{ run: ['run-2'], slice: ['sky = = "fog"'] }])
    await mounted.push({
      ...begun,
      status: {
        state: 'failed',
        failure: {
          code: 'bad-input',
          message: 'The expression ends before a value.',
          remedy: 'Write sky = "fog".',
        },
      } as never,
      endedAt: AT,
    })
    await flushPromises()
    expect(document.querySelectorAll('[role="alert"]').length).toBe(1)
    expect(shownText()).toContain('The expression ends before a value.')
    expect(shownText()).toContain('What was measured before is kept.')
    expect(document.querySelector<HTMLInputElement>('input.font-mono')?.value).toBe('sky = = "fog"')
  })

  test('the worst slices stand ranked, and how many to find is asked', async () => {
    const asked: unknown[] = []
    const found = {
      name: 'fog',
      column: 'sky',
      where: [{ column: 'sky', is: 'equals' as const, values: ['fog'] }],
      rows: 120,
      value: 0.4,
      metrics: { accuracy: 0.4 },
      interval: { low: 0.3, high: 0.5 },
      chance: 0.0001,
      verdict: 'worse' as const,
      excess: 0.75,
      t: 5,
      alike: ['height: 0 to 10'],
    }
    mounted = await open(
      'slices',
      {
        run: async input => {
          asked.push(input)
          return job({ room: 'evaluation', verb: 'run', input: {} })
        },
      },
      evaluation({ worst: { searched: 321, columns: ['sky', 'height'], minRows: 20, slices: [found] } }),
    )
    expect(shownText()).toContain('of 321 slices looked at')
    const cells = [...document.querySelectorAll('table[aria-label="Worst slices"] tbody td')].map(td =>
      td.textContent?.trim(),
    )
    expect(cells.slice(0, 7)).toEqual([
      '1',
      'sky: fog and 1 other alike',
      '120',
      '40.0%',
      '30.0 to 50.0%',
      '0.7500',
      '<0.1%',
    ])
    await type('At most', '25')
    await press('Find the worst slices')
    expect(asked).toMatchObject([{ worst: 25, minRows: 20 }])
  })
})

const comparison: Comparison = {
  id: hash('c'),
  task: 'binary',
  rows: 10,
  metric: 'accuracy',
  entrants: [
    {
      evaluation: hash('1'),
      run: 'run-1' as never,
      model: 'strikes' as never,
      variant: 'layers',
      metrics: { accuracy: 0.6 },
      intervals: {},
    },
    {
      evaluation: measured.id,
      run: 'run-2' as never,
      model: 'strikes' as never,
      variant: 'layers',
      metrics: { accuracy: 0.7 },
      intervals: {},
    },
  ],
  differences: [
    {
      entrant: 1,
      metric: 'accuracy',
      from: 0.6,
      to: 0.7,
      change: 0.1,
      interval: { low: 0.02, high: 0.18 },
      chance: 0.012,
      method: 'mcnemar',
      verdict: 'better',
    },
  ],
  slices: [],
  changes: [
    { entrant: 1, better: 3, worse: 2, bothRight: 4, bothWrong: 1, betterRows: [1, 2, 3], worseRows: [4, 5] },
  ],
  words: ['Run 2 is more accurate by 10 points.'],
  at: AT,
  madeBy: null,
}

describe('comparison', () => {
  test('takes another run by itself, says what changed, and opens the rows that got worse', async () => {
    const asked: unknown[] = []
    const rows: unknown[] = []
    let done = false
    const begun = job({ room: 'evaluation', verb: 'compare', input: {} })
    mounted = await open('compare', {
      compare: async input => {
        asked.push(input)
        return begun
      },
      comparisons: async () => ({ comparisons: done ? [comparison] : [] }),
      rows: async input => {
        rows.push(input)
        return { version: hash('a'), total: 2, rows: [{ ...predicted(4), other: 'no' }] }
      },
    })
    expect(shownText()).toContain('Not compared yet')
    await press('Compare')
    expect(asked).toMatchObject([{ run: ['run-1', 'run-2'], split: 'test' }])
    done = true
    await mounted.push(succeeded(begun, comparison))
    await flushPromises()
    expect(shownText()).toContain('Run 2 is more accurate by 10 points.')
    expect(document.querySelector('[data-change="better"]')?.textContent).toContain('3')
    const cells = [...document.querySelectorAll('table[aria-label="Differences"] tbody td')].map(td =>
      td.textContent?.trim(),
    )
    expect(cells).toEqual(['Accuracy', '60.0%', '70.0%', '+10.0 points', '+2.0 to +18.0', '1.2%', 'Better'])
    await press('Show 2 rows')
    expect(rows.at(-1)).toMatchObject({ id: measured.id, against: hash('1'), change: 'worse' })
    expect(shownText()).toContain('Before')
  })
})

describe('explanation', () => {
  const explanation: Explanation = {
    id: hash('7'),
    run: 'run-2' as never,
    model: 'strikes' as never,
    variant: 'layers',
    split: 'test',
    rows: 10,
    metric: 'accuracy',
    metrics: { accuracy: 0.7 },
    seed: 1,
    importance: [
      { column: 'sky', mean: 0.12, deviation: 0.01, repeats: [0.11, 0.13] },
      { column: 'height', mean: 0, deviation: 0, repeats: [0, 0] },
    ],
    partial: [
      {
        column: 'sky',
        grid: ['fog', null],
        series: [{ label: 'yes', mean: [0.2, 0.6], ice: [[0.1, 0.9]] }],
        rows: [3],
        shares: [0.5, 0.5],
      },
    ],
    leftOut: [],
    seconds: 1,
    at: AT,
    madeBy: null,
  }

  test('is started with its choices, can be cancelled, and then ranks the columns', async () => {
    const asked: unknown[] = []
    const cancelled: unknown[] = []
    const begun = job({ room: 'evaluation', verb: 'explain', input: {} })
    let done = false
    mounted = await open('explain', {
      explain: async input => {
        asked.push(input)
        return begun
      },
      explanations: async () => ({ explanations: done ? [explanation] : [] }),
    })
    ;(mounted.connection.engine.jobs as { cancel: unknown }).cancel = async (input: unknown) => {
      cancelled.push(input)
      return begun
    }
    expect(shownText()).toContain('Not explained yet')
    await type('Repeats', '3')
    await press('Explain')
    expect(asked).toMatchObject([{ run: 'run-2', repeats: 3, rows: 2000, split: 'test' }])
    expect(button('Cancel')).toBeTruthy()
    done = true
    await mounted.push(succeeded(begun, explanation))
    await flushPromises()
    expect(shownText()).toContain('loss of accuracy without a column, 10 rows')
    expect(shownText()).toContain('Probability of yes')
  })
})

describe('what if', () => {
  const said = (height: number, yes: number, change: number): WhatIf => ({
    instance: { height, sky: 'fog' },
    class: yes > 0.5 ? 'yes' : 'no',
    probability: Math.max(yes, 1 - yes),
    probabilities: { no: 1 - yes, yes },
    value: null,
    change,
    flips: yes <= 0.5,
  })

  test('a row opens with its values; an edit is asked after a pause, and the change stands beside', async () => {
    const asked: { row?: number; rows?: unknown[] }[] = []
    const jobs: ReturnType<typeof job>[] = []
    mounted = await open('what-if', {
      rows: async () => ({ version: hash('a'), total: 1, rows: [predicted(7)] }),
      predict: async input => {
        asked.push(input as never)
        const begun = job({ room: 'evaluation', verb: 'predict', input: {} })
        jobs.push(begun)
        return begun
      },
    })
    expect(shownText()).toContain('No row is open')
    await type('Row number', '8')
    await press('Open the row')
    await flushPromises()
    expect(asked).toMatchObject([{ run: 'run-2', row: 7, rows: [] }])
    await mounted.push(
      succeeded(jobs[0] as never, { run: 'run-2', label: 'damage', answers: [said(10, 0.8, 0)], unused: [] }),
    )
    await flushPromises()
    expect(document.querySelector('[data-answer]')?.textContent).toContain('80.0% sure')
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    await type('height', '2')
    await type('height', '20')
    expect(asked).toHaveLength(1)
    vi.advanceTimersByTime(400)
    vi.useRealTimers()
    await flushPromises()
    expect(asked).toHaveLength(2)
    expect(asked[1]).toMatchObject({ row: 7, rows: [{ height: 20 }] })
    await mounted.push(
      succeeded(jobs[1] as never, {
        run: 'run-2',
        label: 'damage',
        answers: [said(10, 0.8, 0), said(20, 0.3, -0.5)],
        unused: [],
      }),
    )
    await flushPromises()
    expect(shownText()).toContain('Another class')
    expect(document.querySelector('[data-class="yes"]')?.textContent).toContain('−50.0')
    expect(document.querySelector('[data-cell="height"]')?.textContent).toContain('was 10')
    expect(button(/^Set back 1 change/).getAttribute('aria-disabled')).toBeNull()
  })
})

describe('gate', () => {
  const rule = { metric: 'accuracy', minChange: -0.01, confidence: 0.95 }
  const verdict: GateVerdict = {
    id: hash('8'),
    outcome: 'blocked',
    passed: false,
    checks: [
      {
        rule,
        value: 0.7,
        passed: false,
        baseline: 0.75,
        change: -0.05,
        changeInterval: { low: -0.09, high: -0.01 },
        words: 'accuracy fell by 0.05 where -0.01 is allowed',
      },
    ],
    model: 'strikes' as never,
    run: 'run-2' as never,
    variant: 'layers',
    evaluation: measured.id,
    against: { name: 'production', run: 'run-1' as never, evaluation: hash('1') },
    rules: [rule],
    from: 'model',
    reasons: ['It misses 1 of 1 rule, compared with production (run-1).', 'Missed: accuracy fell by 0.05.'],
    at: AT,
    madeBy: null,
  }

  test('a rule of change is not passed before it was judged, and then says the verdict with its reasons', async () => {
    const asked: unknown[] = []
    let judged = false
    const begun = job({ room: 'evaluation', verb: 'judge', input: {} })
    mounted = await open('gate', {
      gate: async () => ({ rules: [rule] }),
      verdicts: async () => ({ verdicts: judged ? [verdict] : [] }),
      judge: async input => {
        asked.push(input)
        return begun
      },
    })
    expect(shownText()).toContain('was not judged yet')
    await press('Judge now')
    expect(asked).toMatchObject([{ run: 'run-2', against: 'production', split: 'test' }])
    judged = true
    await mounted.push(succeeded(begun, verdict))
    await flushPromises()
    expect(document.querySelector('[data-outcome="blocked"]')?.textContent).toContain('It misses 1 of 1 rule')
    expect(shownText()).toContain('Blocked: accuracy fell by 0.05 where -0.01 is allowed')
    const cells = [...document.querySelectorAll('table[aria-label="Checks"] tbody td')].map(td =>
      td.textContent?.trim(),
    )
    expect(cells).toEqual([
      'Accuracy changed by at least −1.0 points, 95% sure',
      '70.0%',
      '75.0%',
      '−5.0 points',
      'Missed',
    ])
  })

  test('a change is typed in points and saved as a share, with its slice', async () => {
    const saved: unknown[] = []
    mounted = await open('gate', {
      setGate: async ({ rules }) => {
        saved.push(rules)
        return { rules }
      },
    })
    await press('Add a figure')
    const side = mounted.wrapper
      .findAllComponents({ name: 'SelectField' })
      .find(one => one.props('label') === 'Which side')
    side?.vm.$emit('update:modelValue', 'minChange')
    await flushPromises()
    await type('Limit of Accuracy', '-2')
    await type('Slice of Accuracy', 'sky')
    expect(shownText()).toContain('each value of sky must pass')
    await press('Save gate')
    expect(saved).toEqual([[{ metric: 'accuracy', minChange: -0.02, slice: 'sky' }]])
  })
})
