import { describe, expect, test } from 'vitest'
import { draftOf, readDraft, readLayers } from '../../../renderer/rooms/training/planForm.ts'

const draft = (changes: Partial<ReturnType<typeof draftOf>> = {}) => ({
  ...draftOf({ dataset: 'strikes', label: 'damage', name: 'strikes' }),
  ...changes,
})

describe('new-run form', () => {
  test('begins with the defaults of the contract and reads back as a plan', () => {
    const { plan, problems } = readDraft(draft())
    expect(problems).toEqual({})
    expect(plan).toMatchObject({ layers: [100, 70, 50, 25], epochs: 30, batch: 128, patience: 5, seed: 1 })
  })

  test('layers are read with -, commas and spaces; none is a model without hidden layers', () => {
    expect(readLayers('100-70-50-25')).toEqual([100, 70, 50, 25])
    expect(readLayers(' 64, 32 ')).toEqual([64, 32])
    expect(readLayers('8 4')).toEqual([8, 4])
    expect(readLayers('none')).toEqual([])
    expect(readLayers('')).toEqual([])
  })

  test.each(['10-x', '0-4', '9000', '1.5', `${'-'.repeat(3)}a`, Array(33).fill('2').join('-')])(
    'layers %s are refused',
    text => {
      expect(readLayers(text)).toBeNull()
      expect(readDraft(draft({ layers: text })).problems.layers).toMatch(/whole numbers/)
    },
  )

  test('each field out of its limits says so and no plan comes out', () => {
    const { plan, problems } = readDraft(
      draft({
        dataset: '',
        label: '',
        name: '/etc',
        epochs: 0,
        batch: 1.5,
        learningRate: 0,
        dropout: 1,
        patience: -1,
        seed: null,
      }),
    )
    expect(plan).toBeNull()
    expect(Object.keys(problems).sort()).toEqual(
      ['batch', 'dataset', 'dropout', 'epochs', 'label', 'learningRate', 'name', 'patience', 'seed'].sort(),
    )
  })

  test('a label that the dataset lacks, and nothing left to learn from', () => {
    expect(readDraft(draft({ label: 'x' }), ['a', 'damage']).problems.label).toBe(
      'This dataset has no column x',
    )
    expect(readDraft(draft({ without: ['a'] }), ['a', 'damage']).problems.without).toMatch(/at least one/)
  })

  test('the label never stands among what is left out', () => {
    expect(readDraft(draft({ without: ['damage', 'a'] }), ['a', 'b', 'damage']).plan?.without).toEqual(['a'])
  })
})
