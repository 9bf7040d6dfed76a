import { describe, expect, test } from 'vitest'
import {
  fileAsk,
  missingIn,
  otherColumns,
  predictionsIn,
} from '../../../renderer/rooms/evaluation/file/predictionsFile.ts'

const columns = (...names: string[]) => names.map(name => ({ name, type: 'float' as const }))

describe('a file of predictions', () => {
  test('predictions are found by their names as the engine finds them', () => {
    expect(predictionsIn(columns('label', 'score', 'probability'))).toEqual(['probability'])
    expect(predictionsIn(columns('prob_a', 'prob_b', 'prediction'))).toEqual(['prob_a', 'prob_b'])
    // one class alone is no distribution
    expect(predictionsIn(columns('prob_a', 'prediction'))).toEqual(['prediction'])
    expect(predictionsIn(columns('label', 'said'))).toEqual([])
  })

  test('what is neither the truth nor a prediction can be sliced by', () => {
    expect(otherColumns(columns('label', 'probability', 'site'), {})).toEqual(['site'])
    expect(otherColumns(columns('is', 'said', 'label'), { label: 'is', prediction: 'said' })).toEqual([
      'label',
    ])
    expect(otherColumns(columns('label', 'prob_a', 'prob_b', 'age'), {})).toEqual(['age'])
  })

  test('what is not said yet is asked for', () => {
    expect(missingIn(columns('label', 'score'), {})).toBeNull()
    expect(missingIn(columns('is', 'score'), {})).toMatch(/truth/)
    expect(missingIn(columns('is', 'said'), { label: 'is' })).toMatch(/predictions/)
    expect(missingIn(columns('is', 'said'), { label: 'is', prediction: 'is' })).toMatch(/two columns/)
    expect(missingIn(columns('is', 'said'), { label: 'is', prediction: 'said' })).toBeNull()
  })

  test('the command says only what was said', () => {
    expect(fileAsk({}, '/a.csv')).toEqual({ predictions: '/a.csv' })
    expect(fileAsk({ label: 'is', prediction: 'said', positive: 'yes' }, '/a.csv', 'other')).toEqual({
      predictions: '/a.csv',
      label: 'is',
      prediction: 'said',
      positive: 'yes',
      name: 'other',
    })
  })
})
