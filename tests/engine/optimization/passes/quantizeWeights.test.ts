import { expect, test } from 'vitest'
import { attr } from '../../../../main/engine/graph/index.ts'
import { quantizeWeights } from '../../../../main/engine/optimization/passes/quantizeWeights.ts'
import {
  answers,
  find,
  floats,
  graphOf,
  largestDifference,
  names,
  node,
  transform,
  valuesOf,
} from './sample.ts'

const quantized = (values: number[]) =>
  transform(
    graphOf([floats('w', [values.length], values), node('y', 'Identity', ['w'])], ['y']),
    'quantize_weights(minimum_size=1)',
  )

test('reads back within a step, and zero exactly', async () => {
  const values = Array.from({ length: 500 }, (_, i) => (i === 250 ? 0 : Math.sin(i) * 3 - 1))
  const answer = await answers(quantized(values))
  const step = (Math.max(...values) - Math.min(...values)) / 255
  expect(largestDifference(answer, values.map(Math.fround))).toBeLessThanOrEqual(step)
  expect(answer[250]).toBe(0)
})

test('keeps the name of the constant for everything that reads it', () => {
  expect(names(quantized([1, 2, 3]))).toEqual([
    'Const w_quantized_const',
    'Const w_quantized_min',
    'Const w_quantized_max',
    'Dequantize w',
    'Identity y',
  ])
})

test('widens the range to hold zero', () => {
  expect(valuesOf(quantized([1, 2, 3]), 'w_quantized_min')).toEqual([0])
  expect(valuesOf(quantized([-1, -2, -3]), 'w_quantized_max')).toEqual([0])
})

test('leaves alone what is small, infinite, no number or no float', () => {
  const whole = node('i', 'Const', [], {
    value: attr.tensor({ dtype: 'int32', shape: [1], data: Int32Array.of(5) }),
  })
  for (const each of [
    floats('w', [2], [1, Number.NaN]),
    floats('w', [2], [1, Number.NEGATIVE_INFINITY]),
    floats('w', [2], [3e38, -3e38]),
    floats('w', [0], []),
    whole,
  ]) {
    const graph = graphOf([each], [each.name])
    expect(transform(graph, 'quantize_weights(minimum_size=0)')).toEqual(graph)
  }
  const of = (count: number) =>
    quantizeWeights.run(graphOf([floats('w', [count], Array(count).fill(1))], ['w']))
  expect(of(1023).report).toMatchObject({ tensors: [], kept: 1 })
  expect(of(1024).report).toMatchObject({ bytesBefore: 4096, bytesAfter: 1032, kept: 0 })
})

test('says where it came from, and finds nothing the second time', () => {
  const weights = { ...floats('w', [4], [1, 2, 3, 4]), origin: { node: 'w', layer: 'dense' } }
  const made = transform(graphOf([weights], ['w']), 'quantize_weights(minimum_size=1)')
  expect(find(made, 'w').origin?.layer).toBe('dense')
  expect(find(made, 'w_quantized_const').origin?.layer).toBe('dense')
  expect(names(transform(made, 'quantize_weights'))).toEqual(names(made))
})
