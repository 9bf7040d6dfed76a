import { expect, test } from 'vitest'
import { attr } from '../../../../main/engine/graph/index.ts'
import { floats, graphOf, names, node, placeholder, transform, waiting } from './sample.ts'

test('nodes that do the same become the first of them, all the way down', () => {
  const branch = (i: number) => [
    floats(`k${i}`, [100], Array(100).fill(7)),
    node(`a${i}`, 'Add', ['x', `k${i}`]),
    node(`r${i}`, 'Relu', [`a${i}`]),
  ]
  const graph = graphOf(
    [
      placeholder('x', [100]),
      ...branch(0),
      ...branch(1),
      ...branch(2),
      node('s', 'Add', ['r0', 'r1']),
      node('y', 'Add', ['s', 'r2']),
    ],
    ['y'],
  )
  expect(names(transform(graph, 'merge_duplicate_nodes'))).toEqual([
    'Placeholder x',
    'Const k0',
    'Add a0',
    'Relu r0',
    'Add s',
    'Add y',
  ])
})

test('differences of any kind keep them apart', () => {
  const graph = graphOf(
    [
      placeholder('x', [2]),
      floats('a', [2], [0, 1]),
      floats('negative', [2], [-0, 1]),
      floats('shape', [1, 2], [0, 1]),
      floats('long1', [100], Array(100).fill(1)),
      floats('long2', [100], Array(100).fill(1).with(99, 2)),
      node('int', 'Const', [], {
        dtype: attr.type('int32'),
        value: attr.tensor({
          dtype: 'int32',
          shape: [2],
          data: new Int32Array(new Float32Array([0, 1]).buffer),
        }),
      }),
      node('r1', 'Relu', ['x']),
      node('r2', 'Relu', ['x'], { other: attr.int(1) }),
      { ...node('r3', 'Relu', ['x']), device: '/device:GPU:0' },
      waiting(node('r4', 'Relu', ['x']), 'a'),
      node('s0', 'Identity', ['p']),
      node('s1', 'Identity', ['p:1']),
      node('p', 'Unpack', ['x']),
    ],
    ['r1'],
  )
  expect(transform(graph, 'merge_duplicate_nodes')).toBe(graph)
})

test('what has a state, is not known, is an input or an output stays', () => {
  const twice = (op: string) => [node(`${op}1`, op, ['x']), node(`${op}2`, op, ['x'])]
  const graph = graphOf(
    [
      placeholder('x', [2]),
      placeholder('z', [2]),
      ...twice('RandomUniform'),
      ...twice('MyOp'),
      ...twice('Neg'),
    ],
    ['Neg1', 'Neg2'],
  )
  expect(transform(graph, 'merge_duplicate_nodes')).toBe(graph)
})

test('an output is the one that stays', () => {
  const graph = graphOf(
    [placeholder('x', [2]), node('a', 'Neg', ['x']), node('y', 'Neg', ['x']), node('z', 'Relu', ['a'])],
    ['y', 'z'],
  )
  const made = transform(graph, 'merge_duplicate_nodes')
  expect(names(made)).toEqual(['Placeholder x', 'Neg y', 'Relu z'])
})
