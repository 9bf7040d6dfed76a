import { describe, expect, test } from 'vitest'
import {
  figureChanges,
  newestOfKind,
  ratioText,
  shapeText,
} from '../../../renderer/rooms/optimization/variantWords.ts'
import { variant } from './variants.ts'

describe('a variant in words', () => {
  test('sizes as ratios to the reference', () => {
    expect(ratioText(25_000, 90_000)).toBe('3.6×')
    expect(ratioText(25_000, null)).toBe('none')
  })
  test('shapes with an open batch', () => {
    expect(shapeText([-1, 64])).toBe('[?, 64]')
  })
  test('figures before and after with how they moved', () => {
    const compared = {
      split: 'test' as const,
      rows: 10,
      before: { accuracy: 0.9, logLoss: 0.3 },
      after: { accuracy: 0.88, logLoss: 0.25 },
      maxDifference: 0.1,
    }
    expect(figureChanges(compared).map(c => [c.key, c.change, c.trend])).toEqual([
      ['accuracy', '−2.0', -1],
      ['logLoss', '−0.0500', 1],
    ])
    expect(figureChanges(null)).toEqual([])
  })
  test('the newest of each kind, float32 first', () => {
    const all = [
      variant({ kind: 'dynamic-range', id: 'q' as never }),
      variant({ id: 'old' as never, at: '2026-11-20T00:00:00Z' }),
      variant({ id: 'new' as never }),
    ]
    expect(newestOfKind(all).map(v => v.id)).toEqual(['new', 'q'])
  })
})
