import { expect, test } from 'vitest'
import { failureOf, floats, graphOf, largestDifference, transform, valuesOf, waves } from './sample.ts'

const rounded = (values: number[], text = 'round_weights') =>
  valuesOf(transform(graphOf([floats('w', [values.length], values)], ['w']), text), 'w')

test('values move to the middle of their level', () => {
  const values = waves(1000)
  const made = rounded(values, 'round_weights(num_steps=8)')
  const width = (Math.max(...values) - Math.min(...values)) / 8
  expect(new Set(made).size).toBe(8)
  expect(largestDifference(made, values)).toBeLessThanOrEqual(width / 2 + 1e-6)
})

test('256 levels without being told, and nothing for small tensors or values that are no numbers', () => {
  expect(new Set(rounded(waves(100_000))).size).toBe(256)
  for (const values of [waves(15), [...waves(20), Number.NaN], Array(16).fill(2)])
    expect(rounded(values)).toEqual(values.map(Math.fround))
})

test('no level is too few', () => {
  expect(failureOf(() => rounded(waves(20), 'round_weights(num_steps=0)')).code).toBe('bad-input')
})
