import { describe, expect, test } from 'vitest'
import { attr, type GraphNode } from '../../../../main/engine/graph/index.ts'
import {
  answers,
  find,
  floats,
  graphOf,
  largestDifference,
  names,
  node,
  ops,
  placeholder,
  reads,
  transform,
  valuesOf,
  waiting,
  waves,
  window,
} from './sample.ts'

/** Where TensorFlow's transforms give up or go wrong; each of these was seen there. */

const image = placeholder('x', [1, 4, 4, 2])
const filter = floats('w', [2, 2, 2, 3], waves(24))
const conv = node('conv', 'Conv2D', ['x', 'w'], window())

const folds = async (nodes: GraphNode[], transforms: string, tolerance = 1e-5) => {
  const graph = graphOf(nodes, ['y'])
  const made = transform(graph, transforms)
  expect(largestDifference(await answers(made), await answers(graph))).toBeLessThanOrEqual(tolerance)
  return made
}

test('1: edges of control do not keep factors from being folded', async () => {
  const made = await folds(
    [
      image,
      waiting(node('late', 'NoOp'), 'x'),
      waiting(filter, 'late'),
      conv,
      waiting(floats('s', [3], [1, 2, 3]), 'late'),
      node('m', 'Mul', ['conv', 's']),
      waiting(node('y', 'Identity', ['m']), 'late'),
    ],
    'remove_nodes(op=Identity) fold_constants fold_batch_norms',
  )
  expect(names(made)).toEqual(['Placeholder x', 'Const w', 'Conv2D m', 'Identity y'])
})

test('2: all branches behind one node are folded in one run', async () => {
  const branches = [0, 1, 2, 3].flatMap(i => [
    floats(`w${i}`, [2, 2, 2, 3], waves(24, i + 1)),
    node(`c${i}`, 'Conv2D', ['x', `w${i}`], window()),
    floats(`s${i}`, [3], waves(3, i + 2)),
    node(`m${i}`, 'Mul', [`c${i}`, `s${i}`]),
  ])
  const sums = [node('a', 'Add', ['m0', 'm1']), node('b', 'Add', ['m2', 'm3']), node('y', 'Add', ['a', 'b'])]
  expect(ops(await folds([image, ...branches, ...sums], 'fold_batch_norms'))).not.toContain('Mul')
})

describe('3: a factor of any shape that stretches to one for each channel is folded', () => {
  for (const shape of [[1, 1, 1, 3], [1, 3], [1], [], [1, 1, 1, 1]])
    test(`[${shape}] behind a convolution`, async () => {
      const size = shape.includes(3) ? 3 : 1
      const made = await folds(
        [image, filter, conv, floats('s', shape, waves(size)), node('y', 'Mul', ['conv', 's'])],
        'fold_batch_norms',
      )
      expect(names(made)).toEqual(['Placeholder x', 'Const w', 'Conv2D y'])
    })

  test('one for all behind a product', async () => {
    const made = await folds(
      [
        placeholder('x', [2, 4]),
        floats('w', [4, 3], waves(12)),
        node('c', 'MatMul', ['x', 'w']),
        floats('s', [], [3]),
        node('y', 'Mul', ['c', 's']),
      ],
      'fold_batch_norms',
    )
    expect(names(made)).toEqual(['Placeholder x', 'Const w', 'MatMul y'])
  })

  for (const shape of [
    [4, 1],
    [1, 4, 4, 1],
    [1, 1, 1, 1, 3],
    [4, 4, 3],
  ])
    test(`[${shape}] is left alone, for it varies elsewhere or makes more of it`, () => {
      const size = shape.reduce((a, b) => a * b, 1)
      const graph = graphOf(
        [image, filter, conv, floats('s', shape, waves(size)), node('y', 'Mul', ['conv', 's'])],
        ['y'],
      )
      expect(transform(graph, 'fold_batch_norms')).toBe(graph)
    })
})

describe('4: fused normalizations of every version are folded', () => {
  for (const version of ['', 'V2', 'V3'])
    test(`FusedBatchNorm${version}, unless it learns`, async () => {
      const norm = (learns: boolean) => [
        image,
        filter,
        conv,
        ...['gamma', 'beta', 'mean'].map((name, i) => floats(name, [3], waves(3, i + 3))),
        floats('variance', [3], [1, 2, 3]),
        node('y', `FusedBatchNorm${version}`, ['conv', 'gamma', 'beta', 'mean', 'variance'], {
          epsilon: attr.float(0.01),
          is_training: attr.bool(learns),
        }),
      ]
      expect(ops(await folds(norm(false), 'fold_old_batch_norms'))).toEqual([
        'BiasAdd',
        'Const',
        'Const',
        'Conv2D',
        'Placeholder',
      ])
      const learning = graphOf(norm(true), ['y'])
      expect(transform(learning, 'fold_old_batch_norms')).toBe(learning)
    })
})

test('5: the factor may come first', async () => {
  const made = await folds(
    [image, filter, conv, floats('s', [3], [1, 2, 3]), node('y', 'Mul', ['s', 'conv'])],
    'fold_batch_norms',
  )
  expect(names(made)).toEqual(['Placeholder x', 'Const w', 'Conv2D y'])
})

describe('6: a product with transpose_b is scaled along its own columns', () => {
  for (const [rows, columns] of [
    [3, 3],
    [4, 3],
  ] as const)
    test(`weights of ${rows} x ${columns}`, async () => {
      const made = await folds(
        [
          placeholder('x', [2, columns]),
          floats('w', [rows, columns], waves(rows * columns)),
          node('c', 'MatMul', ['x', 'w'], { transpose_b: attr.bool(true) }),
          floats('s', [rows], waves(rows, 5)),
          node('y', 'Mul', ['c', 's']),
        ],
        'fold_batch_norms',
      )
      expect(names(made)).toEqual(['Placeholder x', 'Const w', 'MatMul y'])
    })
})

test('7: a tensor of zeros stays zeros in 8 bits, and one of negative values keeps them', async () => {
  for (const values of [
    [0, 0, 0, 0],
    [-1, -2, -3, -4],
    [-5, -5, -5, -5],
  ]) {
    const graph = graphOf([floats('w', [4], values), node('y', 'Identity', ['w'])], ['y'])
    const made = transform(graph, 'quantize_weights(minimum_size=1)')
    expect(valuesOf(made, 'w_quantized_max')[0]).toBe(values[0] === 0 ? 1 : 0)
    expect(largestDifference(await answers(made), values)).toBeLessThan(0.01)
  }
})

test('8: rounding makes as many levels as asked for, none above all values, and leaves equal values', () => {
  const rounded = (values: number[]) =>
    valuesOf(
      transform(graphOf([floats('w', [values.length], values)], ['w']), 'round_weights(num_steps=4)'),
      'w',
    )
  const values = Array.from({ length: 33 }, (_, i) => -2.5 + i / 8)
  expect(new Set(rounded(values))).toEqual(new Set([-2, -1, 0, 1]))
  expect(new Set(rounded(values.map(value => value - 10)))).toEqual(new Set([-12, -11, -10, -9]))
  for (const same of [3, -3, 0]) expect(rounded(Array(20).fill(same))).toEqual(Array(20).fill(same))
})

test('9: operations in 8 bits take constants in 8 bits, and modern operations are among them', () => {
  const graph = graphOf(
    [
      image,
      filter,
      conv,
      floats('b', [3], [1, 2, 3]),
      node('sum', 'AddV2', ['conv', 'b']),
      node('twice', 'ConcatV2', ['sum', 'conv', 'axis'], { N: attr.int(2) }),
      node('axis', 'Const', [], {
        value: attr.tensor({ dtype: 'int32', shape: [], data: Int32Array.of(3) }),
      }),
      node('y', 'Relu', ['twice']),
    ],
    ['y'],
  )
  const made = transform(graph, 'quantize_nodes')
  expect(ops(made).filter(op => op.startsWith('Quantized'))).toEqual([
    'QuantizedAdd',
    'QuantizedConcat',
    'QuantizedConv2D',
    'QuantizedRelu',
  ])
  // Only the image has a range that must be found in each run.
  expect(ops(made).filter(op => op === 'Min').length).toBe(1)
  expect(reads(made, 'twice/eightbit')[0]).toBe('axis')
  expect(find(made, 'conv/eightbit').inputs.map(input => input.port)).toEqual([0, 0, 1, 2, 0, 0])
})
