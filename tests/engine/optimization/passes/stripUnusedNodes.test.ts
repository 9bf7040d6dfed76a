import { expect, test } from 'vitest'
import { attr, type Graph } from '../../../../main/engine/graph/index.ts'
import {
  failureOf,
  find,
  floats,
  graphOf,
  names,
  node,
  placeholder,
  reads,
  transform,
  waiting,
} from './sample.ts'

const graph = graphOf(
  [
    placeholder('x', [2]),
    node('a', 'Relu', ['x']),
    waiting(node('b', 'Relu', ['a']), 'late'),
    node('late', 'NoOp'),
    node('y', 'Neg', ['b']),
    node('unused', 'Neg', ['b']),
  ],
  ['y'],
)
const from = (name: string, more: object = {}): Graph => ({
  ...graph,
  inputs: [{ name, dtype: 'float32', shape: undefined, ...more }],
})

test('keeps what the outputs need, what they wait for, and the inputs', () => {
  expect(names(transform(graph, 'strip_unused_nodes'))).toEqual([
    'Placeholder x',
    'Relu a',
    'Relu b',
    'NoOp late',
    'Neg y',
  ])
  const aside = {
    ...graph,
    nodes: [...graph.nodes, placeholder('z', [1])],
    inputs: [...graph.inputs, { name: 'z', dtype: 'float32' as const, shape: [1] }],
  }
  expect(names(transform(aside, 'strip_unused_nodes'))).toContain('Placeholder z')
})

test('an input that was computed becomes a placeholder of the type and shape that were given', () => {
  const shape = (text: string, more = {}) => find(transform(from('b', more), text), 'b').attrs
  expect(names(transform(from('b'), 'strip_unused_nodes'))).toEqual(['Placeholder b', 'Neg y'])
  expect(shape('strip_unused_nodes')).toEqual({ dtype: attr.type('float32'), shape: attr.shape([]) })
  expect(shape('strip_unused_nodes', { shape: [1, 2], dtype: 'int32' })).toEqual({
    dtype: attr.type('int32'),
    shape: attr.shape([1, 2]),
  })
  expect(shape('strip_unused_nodes(type=quint8, shape="1,299,299,3")')).toEqual({
    dtype: attr.type('quint8'),
    shape: attr.shape([1, 299, 299, 3]),
  })
  expect(
    shape('strip_unused_nodes(type=float, name=b, type_for_name=half, name=x, type_for_name=int64)').dtype,
  ).toEqual(attr.type('float16'))
})

test('an input that is a second output gets a placeholder and a name of its own', () => {
  const split = graphOf(
    [
      placeholder('x', [4]),
      node('s', 'Split', ['zero', 'x']),
      floats('zero', [], [0]),
      node('y', 'Sub', ['s:1', 's']),
    ],
    ['y'],
  )
  const made = transform(
    { ...split, inputs: ['s', 's:1'].map(name => ({ name, dtype: 'float32', shape: [2] })) },
    'strip_unused_nodes',
  )
  expect(names(made)).toEqual(['Placeholder s', 'Placeholder s_1', 'Sub y'])
  expect(reads(made, 'y')).toEqual(['s_1', 's'])
  expect(made.inputs.map(input => input.name)).toEqual(['s', 's_1'])
})

test('says what cannot be', () => {
  for (const [text, words] of [
    ['strip_unused_nodes(type=number)', 'is not a type'],
    ['strip_unused_nodes(shape="1,x")', 'is not a shape'],
    ['strip_unused_nodes(shape="")', 'is not a shape'],
    ['strip_unused_nodes(name=b, name=c, type_for_name=int32)', 'There are 2'],
    ['strip_unused_nodes(name=b)', 'neither a type nor a shape'],
    ['strip_unused_nodes(type=int32, type=int64)', 'given 2 times'],
  ] as const)
    expect(failureOf(() => transform(from('b'), text))).toMatchObject({
      code: 'bad-input',
      message: expect.stringContaining(words),
    })
  const lost = { ...graph, outputs: [{ name: 'nowhere', dtype: 'float32' as const, shape: undefined }] }
  expect(failureOf(() => transform(lost, 'strip_unused_nodes'))).toMatchObject({
    code: 'not-found',
    node: 'nowhere',
  })
})

test('without outputs all is kept', () => {
  expect(names(transform({ ...graph, outputs: [] }, 'strip_unused_nodes')).length).toBe(6)
})
