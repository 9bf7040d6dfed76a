import { expect, test } from 'vitest'
import { attr, type LiteTensor, toLiteWithRanges } from '../../../main/engine/graph/index.ts'
import {
  float16,
  plainFloats,
  quantizeActivations,
} from '../../../main/engine/optimization/quantize/index.ts'
import { floats, graphOf, node, placeholder } from '../graph/build.ts'
import { build } from './quantizeGraphs.ts'

const whole = (scale: number, zero: number, type: LiteTensor['type'] = 'int8'): Partial<LiteTensor> => ({
  type,
  quantization: { scale: [scale], zeroPoint: [zero], axis: 0 },
})

test('16-bit constants become floats again', () => {
  const { model, at } = build([['ADD', ['x', 'c'], ['y']]], {
    constants: { c: { values: [1, -0.5, 65504, 0] } },
  })
  expect(plainFloats(model).model).toBe(model)
  const back = plainFloats(float16(model)).model
  expect(back.subgraphs[0]?.operators).toEqual(model.subgraphs[0]?.operators)
  expect(back.subgraphs[0]?.tensors[at('c')]).toEqual(model.subgraphs[0]?.tensors[at('c')])
})

test('what training for quantization left becomes ranges, wherever it stands', () => {
  const { model } = build(
    [
      ['QUANTIZE', ['x'], ['xq']],
      ['DEQUANTIZE', ['xq'], ['xf']],
      ['RELU', ['xf'], ['a']],
      ['QUANTIZE', ['a'], ['aq']],
      ['DEQUANTIZE', ['aq'], ['y']],
      ['EXP', ['y'], ['z']],
    ],
    { tensors: { xq: whole(0.5, 0), aq: whole(0.25, 10, 'uint8') }, outputs: ['y', 'z'] },
  )
  const plain = plainFloats(model)
  const [main] = plain.model.subgraphs
  const nameOf = (tensor = -1) => main?.tensors[tensor]?.name
  expect(main?.operators.map(({ op, inputs }) => [op, nameOf(inputs[0])])).toEqual([
    ['RELU', 'x'],
    ['EXP', 'y'],
  ])
  expect(main?.outputs.map(nameOf)).toEqual(['y', 'z'])
  expect(plain.model.signatures[0]?.outputs.map(({ tensor }) => nameOf(tensor))).toEqual(['y', 'z'])
  expect([...plain.ranges].map(([tensor, range]) => [nameOf(tensor), range])).toEqual([
    ['x', { min: -64, max: 63.5 }],
    ['y', { min: -2.5, max: 61.25 }],
  ])
})

test('whole numbers that somebody computes with, or sees, stay', () => {
  const seen = build(
    [
      ['QUANTIZE', ['x'], ['q']],
      ['DEQUANTIZE', ['q'], ['y']],
    ],
    { tensors: { q: whole(1, 0) }, outputs: ['q', 'y'] },
  ).model
  expect(plainFloats(seen)).toEqual({ model: seen, ranges: new Map() })
  const used = build(
    [
      ['QUANTIZE', ['x'], ['q']],
      ['RELU', ['q'], ['r']],
      ['DEQUANTIZE', ['r'], ['y']],
    ],
    { tensors: { q: whole(1, 0), r: whole(1, 0) } },
  ).model
  expect(plainFloats(used)).toEqual({ model: used, ranges: new Map() })
})

test('ranges of training in a graph are those of its 8-bit form, with no rows to calibrate on', () => {
  const range = (name: string, low: number, high: number) => [
    floats(`${name}/low`, [], [low]),
    floats(`${name}/high`, [], [high]),
  ]
  const graph = graphOf(
    [
      placeholder('x', [1, 3]),
      ...range('in', -2, 3),
      node('in', 'FakeQuantWithMinMaxVars', ['x', 'in/low', 'in/high'], { num_bits: attr.int(8) }),
      floats('w', [3, 2], [1, -2, 3, 0.5, 0.25, -1]),
      node('product', 'MatMul', ['in', 'w']),
      node('relu', 'Relu', ['product']),
      ...range('out', 0, 6),
      node('out', 'FakeQuantWithMinMaxVars', ['relu', 'out/low', 'out/high'], { num_bits: attr.int(8) }),
    ],
    ['out'],
  )
  const { model, ranges } = toLiteWithRanges(graph, { name: 'trained' })
  const { model: whole, kept } = quantizeActivations(model, new Map(ranges), {
    bits: 8,
    io: 'int8',
    perTensorDense: false,
    keepFloat: [],
  })
  const [main] = whole.subgraphs
  expect(kept).toEqual([])
  expect(main?.operators.map(({ op }) => op)).toEqual(['FULLY_CONNECTED'])
  const paramsAt = (tensor = -1) => main?.tensors[tensor]?.quantization
  expect(paramsAt(main?.inputs[0])).toEqual({ scale: [Math.fround(5 / 255)], zeroPoint: [-26], axis: 0 })
  expect(paramsAt(main?.outputs[0])).toEqual({ scale: [Math.fround(6 / 255)], zeroPoint: [-128], axis: 0 })
})
