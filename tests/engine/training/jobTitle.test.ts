import { expect, test } from 'vitest'
import { contract, inputOf } from '#contract'
import { startTitle, trialTitle } from '../../../main/engine/training/jobTitle.ts'

const titled = (asked: object) =>
  startTitle(inputOf(contract.training.start).parse({ dataset: 'strikes@2', ...asked }) as never)

test('two trainings of the same data are told apart by what is not as usual', () => {
  expect(titled({})).toBe('Train strikes: tabular on local')
  expect(
    titled({
      ...{ name: 'birds', label: 'damage', trainer: 'text', target: 'box', layers: [64, 32], flip: true },
      ...{ learningRate: 0.01, hparams: { vocabulary_size: 500 }, without: ['a', 'b'], priority: 5 },
    }),
  ).toBe(
    'Train birds: text for damage on box, without a b, learning rate 0.01, layers 64-32, flip, vocabulary size 500',
  )
  expect(titled({ without: ['a', 'b', 'c', 'd'], layers: [] })).toBe(
    'Train strikes: tabular on local, without 4 columns, layers none',
  )
})

test('a program of one’s own is called by its file or its image', () => {
  expect(titled({ script: '/home/me/train.py', image: 'tf:2' })).toBe('Train strikes: train.py on local')
  expect(titled({ image: 'me/tf:2', target: 'box' })).toBe('Train strikes: me/tf:2 on box')
})

test('a search says how it goes through its space, and a trial what it alone was given', () => {
  const hparams = { learningRate: [0.1, 0.2] }
  expect(titled({ search: 'random', trials: 9, hparams })).toBe(
    'Train strikes: tabular on local, 9 trials, random search',
  )
  expect(titled({ search: 'grid', hparams })).toBe('Train strikes: tabular on local, grid search')
  const trials = [0.012345678, 0.2].map(learningRate => ({ hparams: { learningRate, batch: 8 } }))
  expect(trialTitle(1, { plan: { name: 'm' }, trials })).toBe('Trial 1 of 2: m, learning rate 0.01235')
})
