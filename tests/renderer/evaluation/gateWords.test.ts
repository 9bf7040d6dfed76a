import { describe, expect, test } from 'vitest'
import type { GateRule } from '#contract'
import {
  type GateLine,
  linesOf,
  nextLine,
  rulesOf,
  sameGate,
} from '../../../renderer/rooms/evaluation/gate/gateLines.ts'
import { gateVerdict, judge, ruleText } from '../../../renderer/rooms/evaluation/gateWords.ts'
import {
  metricChange,
  metricName,
  metricText,
  metricTrend,
} from '../../../renderer/rooms/evaluation/metricWords.ts'

describe('gate in words', () => {
  test('blocked says the fact, then the limit', () => {
    const verdict = gateVerdict(judge([{ metric: 'accuracy', min: 0.85 }], { accuracy: 0.81 }))
    expect(verdict.kind).toBe('bad')
    expect(verdict.title).toBe('Blocked: accuracy 81.0% where 85.0% is wanted')
  })

  test('a greatest figure says what is allowed; several count the rest', () => {
    const gate = judge(
      [
        { metric: 'logLoss', max: 0.4 },
        { metric: 'f1', min: 0.9 },
      ],
      { logLoss: 0.5, f1: 0.2 },
    )
    expect(gateVerdict(gate).title).toBe('Blocked: log loss 0.5000 where 0.4000 is allowed and 1 more')
  })

  test('a rule with both ends names the one that is broken', () => {
    const rule = { metric: 'auc', min: 0.5, max: 0.9 }
    expect(gateVerdict(judge([rule], { auc: 0.95 })).title).toContain('0.9000 is allowed')
    expect(gateVerdict(judge([rule], { auc: 0.4 })).title).toContain('0.5000 is wanted')
    expect(ruleText(rule)).toBe('AUC at least 0.5000 and at most 0.9000')
  })

  test('a figure that was not measured blocks', () => {
    const gate = judge([{ metric: 'accuracy', min: 0.5 }], { rmse: 1 })
    expect(gate.passed).toBe(false)
    expect(gateVerdict(gate).title).toBe('Blocked: accuracy was not measured where 50.0% is wanted')
  })

  test('reaching the limit exactly passes; no rules leave the gate open; no figures are not a pass', () => {
    expect(gateVerdict(judge([{ metric: 'accuracy', min: 0.85 }], { accuracy: 0.85 })).kind).toBe('good')
    expect(gateVerdict(judge([], null)).title).toBe('May be published')
    expect(gateVerdict(null).title).toBe('Not measured yet')
  })

  test('a gate is edited limit by limit and comes back as it was', () => {
    const rules = [
      { metric: 'auc', min: 0.5, max: 0.9 },
      { metric: 'logLoss', max: 0.4 },
    ]
    const lines = linesOf(rules)
    expect(lines.map(({ metric, end, value }) => [metric, end, value])).toEqual([
      ['auc', 'min', 0.5],
      ['auc', 'max', 0.9],
      ['logLoss', 'max', 0.4],
    ])
    const metrics = { auc: 0.95, logLoss: 0.3 }
    expect(judge(rulesOf(lines), metrics).passed).toBe(judge(rules, metrics).passed)
    expect(sameGate(lines, linesOf(rulesOf(lines)))).toBe(true)
    expect(sameGate(lines, lines.slice(1))).toBe(false)
  })

  test('a new line asks for a figure that is not asked for yet, at the end where it gets worse', () => {
    const first = nextLine([], ['accuracy', 'logLoss'])
    expect(first).toMatchObject({ metric: 'accuracy', end: 'min', value: null })
    expect(nextLine([first], ['accuracy', 'logLoss'])).toMatchObject({
      metric: 'logLoss',
      end: 'max',
      value: null,
    })
    // a line without a limit is not a rule yet
    expect(rulesOf([first])).toEqual([])
  })
})

describe('rules that figures alone cannot tell', () => {
  const change: GateRule = { metric: 'auc', minChange: -0.01, confidence: 0.95, lenient: true }
  const bySex: GateRule = { metric: 'accuracy', slice: 'sex', min: 0.7, minRows: 50 }
  const relative: GateRule = { metric: 'logLoss', maxChange: 0.02, relative: true }

  test('change, slice and confidence are edited and come back as they were', () => {
    expect(rulesOf(linesOf([change, bySex, relative]))).toEqual([change, bySex, relative])
    // what does not belong to the end is not said
    const [line] = linesOf([change])
    expect(rulesOf([{ ...(line as GateLine), end: 'min', relative: true, minRows: 5 }])).toEqual([
      { metric: 'auc', min: -0.01, confidence: 0.95, lenient: true },
    ])
  })

  test('they say their end, their slice and how sure', () => {
    expect(ruleText(change)).toBe('AUC changed by at least −0.0100, 95% sure')
    expect(ruleText(bySex)).toBe('Accuracy in sex at least 70.0%')
    expect(ruleText(relative)).toBe('Log loss changed by at most +2.0%')
    expect(ruleText({ metric: 'accuracy', minChange: -0.02 })).toBe(
      'Accuracy changed by at least −2.0 points',
    )
  })

  test('not judged is not passed; what the engine judged by the same rule holds', () => {
    const blocked = judge([change], { auc: 0.99 })
    expect(blocked.passed).toBe(false)
    expect(gateVerdict(blocked).title).toBe(
      'Blocked: AUC changed by at least −0.0100, 95% sure was not judged yet',
    )
    const known = {
      rule: { lenient: true, confidence: 0.95, minChange: -0.01, metric: 'auc' },
      value: 0.99,
      passed: true,
    }
    expect(judge([change], { auc: 0.99 }, [known]).passed).toBe(true)
    expect(judge([{ ...change, minChange: 0 }], { auc: 0.99 }, [known]).passed).toBe(false)
  })

  test('a verdict of slices says the words of the engine', () => {
    const words = 'accuracy of sex F 0.61 where at least 0.7 is wanted'
    const gate = judge([bySex], { accuracy: 0.9 }, [{ rule: bySex, value: 0.61, passed: false, words }])
    expect(gateVerdict(gate).title).toBe(`Blocked: ${words}`)
  })
})

describe('figures in words', () => {
  test('shares in percent and points, the rest with four decimals', () => {
    expect(metricText('accuracy', 0.8125)).toBe('81.3%')
    expect(metricText('logLoss', 0.25)).toBe('0.2500')
    expect(metricText('auc', null)).toBe('none')
    expect(metricChange('accuracy', 0.9, 0.88)).toBe('−2.0')
    expect(metricChange('logLoss', 0.4, 0.45)).toBe('+0.0500')
  })
  test('figures in their own unit keep four digits that say something', () => {
    expect(['rmse', 'rmse', 'mse'].map((key, i) => metricText(key, [2.5, 332.5728, 110_604.68][i]))).toEqual([
      '2.500',
      '332.6',
      '110,605',
    ])
    expect(metricChange('rmse', 332.57, 331.58)).toBe('−1.0')
    expect(metricTrend('rmse', 332.571, 332.572)).toBe(0)
    expect(metricName('rmse')).toBe('RMSE')
    expect(metricName('logLoss')).toBe('log loss')
  })
  test('less is better for errors, and what cannot be seen is the same', () => {
    expect(metricTrend('logLoss', 0.4, 0.3)).toBe(1)
    expect(metricTrend('accuracy', 0.9, 0.8)).toBe(-1)
    expect(metricTrend('accuracy', 0.9, 0.90001)).toBe(0)
  })
})
