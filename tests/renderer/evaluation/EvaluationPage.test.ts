import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { GateRule } from '#contract'
import type { Answers } from '../../../renderer/engine/fake.ts'
import EvaluationPage from '../../../renderer/rooms/evaluation/EvaluationPage.vue'
import ThresholdPanel from '../../../renderer/rooms/evaluation/figures/ThresholdPanel.vue'
import { button, type Mounted, mountPage, press, shownText, type } from '../engine/mountPage.ts'
import { hash, job, succeeded, workspace } from '../engine/samples.ts'
import { flowOf } from '../training/flow.ts'
import { run } from '../training/runs.ts'
import { countAt, evaluation } from './evaluations.ts'

let mounted: Mounted
beforeEach(() => localStorage.clear())
afterEach(() => {
  mounted?.wrapper.unmount()
  document.body.innerHTML = ''
})

const measured = (over: Answers = {}) =>
  flowOf([run('run-1')], {
    ...over,
    evaluation: {
      list: async () => ({ evaluations: [evaluation()] }),
      gate: async () => ({ rules: [] }),
      ...over.evaluation,
    },
  })
const figure = (name: string) => document.querySelector(`[data-figure="${name}"]`)?.textContent
const counts = () =>
  ['tp', 'fn', 'fp', 'tn'].map(key => Number(document.querySelector(`[data-count="${key}"]`)?.textContent))

describe('evaluation page', () => {
  test('without a model it leads to training', async () => {
    mounted = await mountPage(EvaluationPage, flowOf([]))
    expect(shownText()).toContain('Nothing to measure yet')
    expect(button(/^Evaluate/).getAttribute('aria-disabled')).toBe('true')
  })

  test('a run that was not measured is measured on the chosen rows and then shown', async () => {
    const asked: unknown[] = []
    let done = false
    const begun = job({ room: 'evaluation', verb: 'run', input: { run: 'run-1' } })
    mounted = await mountPage(
      EvaluationPage,
      flowOf([run('run-1')], {
        evaluation: {
          list: async () => ({ evaluations: done ? [evaluation({ split: 'eval' })] : [] }),
          gate: async () => ({ rules: [] }),
          run: async input => {
            asked.push(input)
            return begun
          },
        },
      }),
    )
    expect(shownText()).toContain('Not measured yet')
    await press('Eval')
    await press('Evaluate')
    expect(asked).toMatchObject([{ run: ['run-1'], split: 'eval', variant: 'layers', by: [] }])
    expect(shownText()).toContain('350 of 1,000 rows')
    done = true
    await mounted.push(succeeded(begun, evaluation({ split: 'eval' })))
    await flushPromises()
    expect(document.querySelector('[data-metric="accuracy"]')?.textContent).toContain('70.0%')
  })

  test('the gate of now decides, and says the fact, then the limit', async () => {
    mounted = await mountPage(
      EvaluationPage,
      measured({ evaluation: { gate: async () => ({ rules: [{ metric: 'accuracy', min: 0.85 }] }) } }),
    )
    expect(document.querySelector('[role="alert"]')?.textContent).toContain(
      'Blocked: accuracy 70.0% where 85.0% is wanted',
    )
  })

  test('a limit is typed in percent, its verdict stands at once, and it is saved as a share', async () => {
    const saved: GateRule[][] = []
    mounted = await mountPage(
      EvaluationPage,
      measured({
        evaluation: {
          gate: async () => ({ rules: saved.at(-1) ?? [] }),
          setGate: async ({ rules }) => {
            saved.push(rules)
            return { rules }
          },
        },
      }),
      { path: '/evaluation?tab=gate' },
    )
    expect(shownText()).toContain('every version may be published')
    await press('Add a figure')
    expect(button(/^Save gate/).getAttribute('aria-disabled')).toBe('true')
    await type('Limit of Accuracy', '85')
    expect(document.querySelector('[data-rule="accuracy"] .text-bad')?.textContent).toContain(
      '70.0% measured',
    )
    expect(saved).toEqual([])
    await press('Save gate')
    expect(saved).toEqual([[{ metric: 'accuracy', min: 0.85 }]])
    await flushPromises()
    expect(shownText()).toContain('Blocked: accuracy 70.0% where 85.0% is wanted')
    await press('Remove Accuracy')
    await press('Save gate')
    expect(saved.at(-1)).toEqual([])
  })

  test('the threshold counts rows as one would by hand, and the best F1 is the best', async () => {
    mounted = await mountPage(EvaluationPage, measured())
    // the positive class of a pair stands first, at one half
    const at = countAt(0.5)
    expect(counts()).toEqual([at.tp, at.fn, at.fp, at.tn])
    expect(figure('Precision')).toBe('60.0%')
    expect(figure('Recall')).toBe('75.0%')
    expect(figure('Accuracy')).toBe('70.0%')
    expect(figure('F1')).toBe('66.7%')
    await press('Best F1')
    // from 0.4 on all four positives are found with two false alarms: F1 8 / 10
    expect(figure('F1')).toBe('80.0%')
    expect(counts()).toEqual([4, 0, 2, 4])
  })

  test('at a threshold that calls nothing positive, precision is a word and not a number', async () => {
    const { mount } = await import('@vue/test-utils')
    const wrapper = mount(ThresholdPanel, {
      attachTo: document.body,
      props: { classes: evaluation().perClass, label: 'yes', threshold: 1 },
    })
    expect(figure('Precision')).toBe('none')
    expect(figure('Recall')).toBe('0.0%')
    wrapper.unmount()
  })

  test('a regression shows its rows, no classes and no threshold', async () => {
    const one = evaluation({
      task: 'regression',
      metrics: { rmse: 2.5, mae: 1.25, r2: 0.5 },
      confusion: null,
      perClass: [],
      scatter: [
        { actual: 1, predicted: 2 },
        { actual: 3, predicted: 2 },
      ],
    })
    mounted = await mountPage(
      EvaluationPage,
      measured({ evaluation: { list: async () => ({ evaluations: [one] }) } }),
    )
    expect(shownText()).toContain('Predicted against actual')
    expect(document.querySelector('[data-metric="rmse"]')?.textContent).toContain('2.500')
    expect(shownText()).not.toContain('Confusion matrix')
    expect(figure('Precision')).toBeUndefined()
  })

  test('an evaluation out of the past is shown by its address', async () => {
    const old = evaluation({ id: hash('9'), split: 'train', rows: 777, at: '2026-11-20T09:00:00Z' })
    mounted = await mountPage(
      EvaluationPage,
      measured({ evaluation: { list: async () => ({ evaluations: [evaluation(), old] }) } }),
      { path: `/evaluation/${old.id}` },
    )
    expect(shownText()).toContain('777 train rows')
  })

  test('in a workspace that can only be looked at, nothing is measured and the gate stays', async () => {
    mounted = await mountPage(
      EvaluationPage,
      measured({
        workspace: { show: async () => workspace({ readOnly: true }) },
        evaluation: { gate: async () => ({ rules: [{ metric: 'accuracy', min: 0.5 }] }) },
      }),
      { path: '/evaluation?tab=gate' },
    )
    for (const words of [/^Evaluate again/, /^Add a figure/, /^Remove Accuracy/])
      expect(button(words).getAttribute('aria-disabled')).toBe('true')
  })
})
