import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { judge } from '../../../main/engine/evaluation/gate/rules.ts'
import { classificationFigures } from '../../../main/engine/evaluation/metrics/classification.ts'
import { curveOf, MOST_POINTS } from '../../../main/engine/evaluation/metrics/curve.ts'
import { auc, averagePrecision, rank } from '../../../main/engine/evaluation/metrics/ranked.ts'
import { regressionFigures, scatterOf } from '../../../main/engine/evaluation/metrics/regression.ts'

const binary = (labels: number[], scores: number[], classes = ['no', 'yes']) =>
  classificationFigures({ classes, isBinary: true, probabilities: scores.flatMap(p => [1 - p, p]), labels })

const ranked = (labels: number[], scores: number[]) => rank(scores, row => labels[row] === 1)

/** Labels of both kinds and scores, with many ties. */
const scored = fc
  .array(
    fc.tuple(
      fc.integer({ min: 0, max: 1 }),
      fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(0, 0.25, 0.5, 0.75, 1)),
    ),
    { minLength: 1, maxLength: 80 },
  )
  .map(rows => ({ labels: rows.map(row => row[0]), scores: rows.map(row => row[1] + 0) }))

describe('by hand', () => {
  test('a binary task', () => {
    // Called positive from 0.5 on: rows 0, 1, 3. So tp = 2, fp = 1, fn = 1, tn = 1.
    const { metrics, confusion, perClass } = binary([1, 1, 1, 0, 0], [0.9, 0.5, 0.4, 0.6, 0.1])
    expect(confusion.counts).toEqual([
      [1, 1],
      [1, 2],
    ])
    expect(metrics.accuracy).toBe(3 / 5)
    expect(metrics.precision).toBeCloseTo(2 / 3, 12)
    expect(metrics.recall).toBeCloseTo(2 / 3, 12)
    expect(metrics.f1).toBeCloseTo(2 / 3, 12)
    // Of the 6 pairs, 0.5 and 0.4 stand below 0.6: 4 are in order.
    expect(metrics.auc).toBeCloseTo(4 / 6, 12)
    // Positives stand at the ranks 1, 3 and 4: (1/1 + 2/3 + 3/4) / 3.
    expect(metrics.averagePrecision).toBeCloseTo((1 + 2 / 3 + 3 / 4) / 3, 12)
    expect(metrics.logLoss).toBeCloseTo(
      -(Math.log(0.9) + Math.log(0.5) + 2 * Math.log(0.4) + Math.log(0.9)) / 5,
      12,
    )
    expect(perClass.map(figures => [figures.label, figures.support])).toEqual([
      ['no', 2],
      ['yes', 3],
    ])
    expect(perClass[0]?.precision).toBe(1 / 2)
  })

  test('three classes, of which one is nowhere', () => {
    const { metrics, confusion } = classificationFigures({
      classes: ['a', 'b', 'c'],
      isBinary: false,
      probabilities: [0.7, 0.3, 0, 0.6, 0.4, 0, 0.5, 0.5, 0],
      labels: [0, 1, 0],
    })
    expect(confusion.counts).toEqual([
      [2, 0, 0],
      [1, 0, 0],
      [0, 0, 0],
    ])
    // c is left out of the means: precision (2/3 + 0) / 2, recall (1 + 0) / 2, f1 (4/5 + 0) / 2.
    expect(metrics.precision).toBeCloseTo(1 / 3, 12)
    expect(metrics.recall).toBeCloseTo(1 / 2, 12)
    expect(metrics.f1).toBeCloseTo(2 / 5, 12)
  })

  test('a class that is alone has no area under the curve', () => {
    const { metrics, perClass } = binary([1, 1], [0.9, 0.2])
    expect(metrics.auc).toBeUndefined()
    expect(perClass[0]).toMatchObject({ support: 0, auc: null, averagePrecision: null, recall: 0 })
    expect(metrics.averagePrecision).toBe(1)
  })

  test('a sure and wrong answer costs a bounded loss', () => {
    expect(binary([1], [0]).metrics.logLoss).toBeCloseTo(-Math.log(Number.EPSILON), 9)
  })

  test('a regression', () => {
    const metrics = regressionFigures([1, 2, 6], [2, 2, 4])
    expect(metrics.mse).toBeCloseTo(5 / 3, 12)
    expect(metrics.rmse).toBeCloseTo(Math.sqrt(5 / 3), 12)
    expect(metrics.mae).toBeCloseTo(1, 12)
    expect(metrics.r2).toBeCloseTo(1 - 5 / 14, 12)
    expect(regressionFigures([3, 3], [3, 3]).r2).toBe(1)
    expect(regressionFigures([3, 3], [3, 4]).r2).toBe(0)
  })
})

describe('as scikit-learn has them', () => {
  type Case = {
    name: string
    task: string
    labels: number[]
    scores: number[]
    probabilities: number[][]
    actual: number[]
    predicted: number[]
    confusion: number[][]
    metrics: Record<string, number>
  }
  const { cases } = JSON.parse(
    readFileSync(new URL('../../golden/metrics/metrics.json', import.meta.url), 'utf8'),
  ) as { cases: Case[] }
  test.each(cases)('$name', golden => {
    const close = (metrics: Record<string, number>) => {
      for (const [name, value] of Object.entries(golden.metrics))
        expect([name, metrics[name]]).toEqual([name, expect.closeTo(value, 9)])
    }
    if (golden.task === 'regression') return close(regressionFigures(golden.actual, golden.predicted))
    const figures =
      golden.task === 'binary'
        ? binary(golden.labels, golden.scores)
        : classificationFigures({
            classes: (golden.probabilities[0] ?? []).map((_, i) => String(i)),
            isBinary: false,
            probabilities: golden.probabilities.flat(),
            labels: golden.labels,
          })
    expect(figures.confusion.counts).toEqual(golden.confusion)
    close(figures.metrics)
  })
})

describe('against the definitions, counted out', () => {
  test('area under the ROC curve: pairs in the right order', () => {
    fc.assert(
      fc.property(scored, ({ labels, scores }) => {
        let pairs = 0
        let wins = 0
        labels.forEach((a, i) => {
          labels.forEach((b, j) => {
            if (a !== 1 || b !== 0) return
            pairs++
            const difference = (scores[i] as number) - (scores[j] as number)
            wins += difference > 0 ? 1 : difference === 0 ? 0.5 : 0
          })
        })
        const found = auc(ranked(labels, scores))
        if (pairs === 0) expect(found).toBeNull()
        else expect(found).toBeCloseTo(wins / pairs, 12)
      }),
    )
  })

  test('average precision: one step for each different score', () => {
    fc.assert(
      fc.property(scored, ({ labels, scores }) => {
        const positives = labels.filter(Boolean).length
        let sum = 0
        let before = 0
        for (const threshold of [...new Set(scores)].sort((a, b) => b - a)) {
          const called = labels.filter((_, i) => (scores[i] as number) >= threshold)
          const tp = called.filter(Boolean).length
          sum += (tp / positives - before) * (tp / called.length)
          before = tp / positives
        }
        const found = averagePrecision(ranked(labels, scores))
        if (positives === 0) expect(found).toBeNull()
        else expect(found).toBeCloseTo(sum, 12)
      }),
    )
  })

  test('curves: exact counts, thresholds falling, and the whole curve where scores are few', () => {
    fc.assert(
      fc.property(scored, ({ labels, scores }) => {
        const curve = curveOf(ranked(labels, scores))
        expect(curve.map(point => point.threshold)).toEqual([...new Set(scores)].sort((a, b) => b - a))
        for (const { threshold, ...counts } of curve) {
          const count = (label: number, isCalled: boolean) =>
            labels.filter((is, i) => is === label && (scores[i] as number) >= threshold === isCalled).length
          expect(counts).toEqual({
            tp: count(1, true),
            fp: count(0, true),
            tn: count(0, false),
            fn: count(1, false),
          })
        }
      }),
    )
  })

  test('a curve of very many scores has at most 201 points and no gap', () => {
    const count = 50_000
    const labels = Array.from({ length: count }, (_, i) => Number(i % 100 === 0))
    // Nearly all scores lie close to 0, as those of a rare class do.
    const scores = labels.map((label, i) => ((i * 7919) % count) / count / (label ? 10 : 1000))
    const curve = curveOf(ranked(labels, scores))
    expect(curve.length).toBeLessThanOrEqual(MOST_POINTS)
    expect(curve.length).toBeGreaterThan(150)
    const largest = (of: (point: (typeof curve)[number]) => number) =>
      Math.max(...curve.map((point, i) => of(point) - (curve[i - 1] ? of(curve[i - 1] as typeof point) : 0)))
    expect(largest(point => point.tp / 500)).toBeLessThan(0.05)
    expect(largest(point => point.fp / (count - 500))).toBeLessThan(0.05)
    for (const { threshold, tp, fp } of curve) {
      expect(tp).toBe(scores.filter((score, i) => labels[i] === 1 && score >= threshold).length)
      expect(tp + fp).toBe(scores.filter(score => score >= threshold).length)
    }
  })

  test('the figures of a class agree with its confusion matrix', () => {
    fc.assert(
      fc.property(scored, ({ labels, scores }) => {
        const { confusion, perClass, metrics } = binary(labels, scores)
        const [[tn, fp], [fn, tp]] = confusion.counts as [[number, number], [number, number]]
        expect(tn + fp + fn + tp).toBe(labels.length)
        expect(metrics.accuracy).toBeCloseTo((tp + tn) / labels.length, 12)
        expect(perClass[1]).toMatchObject({ support: tp + fn, recall: tp + fn ? tp / (tp + fn) : 0 })
        expect(perClass[0]).toMatchObject({ support: tn + fp, precision: tn + fn ? tn / (tn + fn) : 0 })
      }),
    )
  })
})

test('a scatter holds at most 2,000 rows, the same each time', () => {
  const actual = Float32Array.from({ length: 5000 }, (_, i) => i)
  const scatter = scatterOf(actual, actual)
  expect(scatter).toHaveLength(2000)
  expect(scatter).toEqual(scatterOf(actual, actual))
  expect(new Set(scatter.map(dot => dot.actual)).size).toBe(2000)
  expect(scatter.some(dot => dot.actual > 4000) && scatter.some(dot => dot.actual < 1000)).toBe(true)
  expect(scatterOf([1, 2], [3, 4])).toEqual([
    { actual: 1, predicted: 3 },
    { actual: 2, predicted: 4 },
  ])
})

describe('the gate', () => {
  test.each([
    [{ metric: 'accuracy', min: 0.8 }, { accuracy: 0.8 }, true],
    [{ metric: 'accuracy', min: 0.8 }, { accuracy: 0.79 }, false],
    [{ metric: 'logLoss', max: 0.5 }, { logLoss: 0.5 }, true],
    [{ metric: 'logLoss', max: 0.5 }, { logLoss: 0.51 }, false],
    [{ metric: 'auc', min: 0.5, max: 0.9 }, { auc: 0.95 }, false],
    [{ metric: 'auc', min: 0.5 }, { accuracy: 1 }, false],
    [{ metric: 'auc', min: 0.5 }, null, false],
  ])('%o on %o: %o', (rule, metrics, passed) => {
    expect(judge([rule], metrics as Record<string, number> | null).passed).toBe(passed)
  })
  test('one rule that fails is enough, and no rule lets everything pass', () => {
    const result = judge(
      [
        { metric: 'accuracy', min: 0.5 },
        { metric: 'f1', min: 0.9 },
      ],
      { accuracy: 0.9, f1: 0.8 },
    )
    expect(result).toMatchObject({
      passed: false,
      checks: [
        { passed: true, value: 0.9 },
        { passed: false, value: 0.8 },
      ],
    })
    expect(judge([], null)).toEqual({ passed: true, checks: [] })
  })
})
