import { describe, expect, test } from 'vitest'
import {
  figureChanges,
  KINDS,
  ratioText,
  shapeText,
  titleOf,
  variantWord,
} from '../../../renderer/rooms/optimization/variantWords.ts'
import { int8, variant } from './variants.ts'

describe('a variant in words', () => {
  test('sizes as ratios to the reference', () => {
    expect(ratioText(25_000, 90_000)).toBe('3.6×')
    expect(ratioText(25_000, null)).toBe('none')
  })
  test('shapes with an open batch', () => {
    expect(shapeText([-1, 64])).toBe('[?, 64]')
    expect(shapeText(null)).toBe('[unknown]')
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
  test('the file and what is special about it', () => {
    expect(titleOf(variant())).toBe('GraphDef float32')
    expect(titleOf(variant({ settings: { to: 'tfjs', quantize: 'none' } }))).toBe('TF.js float32')
    const settings = {
      to: 'tflite',
      quantize: 'int8',
      io: 'int8',
      calibrateBy: 'mse',
      keepFloat: ['a'],
    } as const
    expect(titleOf(int8({ settings: { ...settings, keepFloat: ['a'] } }))).toBe(
      'TFLite int8, 1 kept float, int8 in and out, mse',
    )
  })
  test('each kind has a mark of its own family', () => {
    expect(KINDS.map(kind => variantWord(kind).mark)).toEqual([
      'circle',
      'circle',
      'diamond',
      'circle',
      'square',
      'diamond',
      'triangle',
      'triangle',
    ])
  })
})
