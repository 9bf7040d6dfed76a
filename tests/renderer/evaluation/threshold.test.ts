import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ClassFigures, ThresholdPoint } from '#contract'
import {
  bestThreshold,
  figuresAt,
  pointAt,
  prPoints,
  rocPoints,
} from '../../../renderer/rooms/evaluation/figures/threshold.ts'

/** The curve that scores and truths give, counted the slow and plain way. */
function curveOf(rows: { score: number; positive: boolean }[]): ThresholdPoint[] {
  const thresholds = [...new Set(rows.map(row => row.score))].sort((a, b) => b - a)
  return thresholds.map(threshold => countAt(rows, threshold))
}
function countAt(rows: { score: number; positive: boolean }[], threshold: number): ThresholdPoint {
  const at = { threshold, tp: 0, fp: 0, tn: 0, fn: 0 }
  for (const { score, positive } of rows)
    if (score >= threshold) positive ? at.tp++ : at.fp++
    else positive ? at.fn++ : at.tn++
  return at
}
const figures = (curve: ThresholdPoint[]): ClassFigures => ({
  label: 'yes',
  support: 0,
  precision: 0,
  recall: 0,
  f1: 0,
  auc: null,
  averagePrecision: null,
  curve,
})

const rows = [
  { score: 0.9, positive: true },
  { score: 0.8, positive: true },
  { score: 0.7, positive: false },
  { score: 0.4, positive: true },
  { score: 0.2, positive: false },
]

describe('threshold', () => {
  test('figures are the ones counted by hand', () => {
    const at = figuresAt(figures(curveOf(rows)), 0.7)
    expect(at).toMatchObject({ tp: 2, fp: 1, tn: 1, fn: 1 })
    expect(at?.precision).toBeCloseTo(2 / 3)
    expect(at?.recall).toBeCloseTo(2 / 3)
    expect(at?.accuracy).toBeCloseTo(3 / 5)
    expect(at?.f1).toBeCloseTo(2 / 3)
    expect(at?.falsePositiveRate).toBeCloseTo(1 / 2)
  })

  test('above every score nothing is positive, and precision is not made up', () => {
    const at = figuresAt(figures(curveOf(rows)), 0.95)
    expect(at).toMatchObject({ tp: 0, fp: 0, tn: 2, fn: 3, precision: null, recall: 0 })
  })

  test('a slider anywhere between the points agrees with counting the rows', () => {
    const row = fc.record({ score: fc.integer({ min: 0, max: 20 }).map(n => n / 20), positive: fc.boolean() })
    fc.assert(
      fc.property(
        fc.array(row, { minLength: 1, maxLength: 40 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (all, t) => {
          expect(pointAt(curveOf(all), t)).toEqual(countAt(all, t))
        },
      ),
    )
  })

  test('best threshold is where the slider has the best F1, and no row is lost by rounding', () => {
    const all = figures(
      curveOf([
        { score: 0.496, positive: true },
        { score: 0.3, positive: false },
      ]),
    )
    const best = bestThreshold(all)
    expect(best).toBe(0.49)
    expect(figuresAt(all, best)?.f1).toBe(1)
    const other = figures(curveOf(rows))
    const most = figuresAt(other, bestThreshold(other))?.f1 ?? 0
    for (let i = 0; i <= 100; i++) expect(figuresAt(other, i / 100)?.f1 ?? 0).toBeLessThanOrEqual(most)
  })

  test('ROC goes from 0,0 to 1,1 and never falls', () => {
    const points = rocPoints(curveOf(rows))
    expect(points[0]).toMatchObject({ x: 0, y: 0 })
    expect(points.at(-1)).toMatchObject({ x: 1, y: 1 })
    for (let i = 1; i < points.length; i++) {
      expect(points[i]?.x).toBeGreaterThanOrEqual(points[i - 1]?.x ?? 0)
      expect(points[i]?.y).toBeGreaterThanOrEqual(points[i - 1]?.y ?? 0)
    }
  })

  test('one class alone has no ROC, and no PR where nothing is positive', () => {
    expect(rocPoints(curveOf([{ score: 0.5, positive: true }]))).toEqual([])
    expect(prPoints(curveOf([{ score: 0.5, positive: false }]))).toEqual([])
    expect(figuresAt(figures([]), 0.5)).toBeNull()
  })
})
