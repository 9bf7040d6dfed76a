import { expect, test } from 'vitest'
import { attr } from '../../../../main/engine/graph/index.ts'
import {
  find,
  floats,
  graphOf,
  ints,
  names,
  node,
  placeholder,
  reads,
  tensorOf,
  transform,
  valuesOf,
  waiting,
} from './sample.ts'

test('what depends on constants alone becomes one, under the name that is read', () => {
  const graph = graphOf(
    [
      placeholder('x', [2]),
      floats('a', [2], [1, 2]),
      floats('b', [], [3]),
      node('sum', 'Add', ['a', 'b']),
      node('twice', 'Mul', ['sum', 'sum']),
      node('y', 'Add', ['x', 'twice']),
    ],
    ['y'],
  )
  const made = transform(graph, 'fold_constants')
  expect(names(made)).toEqual(['Placeholder x', 'Const twice', 'Add y'])
  expect(valuesOf(made, 'twice')).toEqual([16, 25])
})

test('an output may become a constant; an input never, whatever stands before it', () => {
  const nodes = [floats('a', [2], [1, 2]), node('b', 'Neg', ['a']), node('y', 'Relu', ['b'])]
  expect(names(transform(graphOf(nodes, ['y']), 'fold_constants'))).toEqual(['Const y'])
  const fed = { ...graphOf(nodes, ['y']), inputs: [{ name: 'b', dtype: 'float32' as const, shape: [2] }] }
  expect(names(transform(fed, 'fold_constants'))).toEqual(['Const a', 'Neg b', 'Relu y'])
})

test('second outputs become constants of their own, but for one that is an output of the graph', () => {
  const nodes = [
    placeholder('x', [2]),
    ints('axis', [0]),
    floats('a', [4], [1, 2, 3, 4]),
    node('s', 'Split', ['zero', 'a'], { num_split: attr.int(2) }),
    node('y', 'Add', ['x', 's:1']),
  ]
  nodes.push({
    ...floats('zero', [], [0]),
    attrs: { value: attr.tensor({ dtype: 'int32', shape: [], data: Int32Array.of(0) }) },
  })
  const made = transform(graphOf(nodes, ['y']), 'fold_constants')
  expect(names(made)).toEqual(['Placeholder x', 'Const s/port_1', 'Add y'])
  expect(valuesOf(made, 's/port_1')).toEqual([3, 4])
  expect(reads(made, 'y')).toEqual(['x', 's/port_1'])
  expect(names(transform(graphOf(nodes, ['y', 's:1']), 'fold_constants'))).toContain('Split s')
})

test('sizes that are fixed are computed, though values are not known', () => {
  const graph = graphOf(
    [
      placeholder('x', [-1, 3]),
      node('r', 'Relu', ['x']),
      node('open', 'Shape', ['r']),
      node('rank', 'Rank', ['r']),
      placeholder('z', [4, 3]),
      node('fixed', 'Shape', ['z']),
    ],
    ['open', 'rank', 'fixed'],
  )
  const made = transform(graph, 'fold_constants')
  expect(find(made, 'open').op).toBe('Shape')
  expect(valuesOf(made, 'rank')).toEqual([2])
  expect(tensorOf(made, 'fixed')).toEqual({ dtype: 'int32', shape: [2], data: Int32Array.of(4, 3) })
})

test('8-bit weights stay in 8 bits, and large fillings are not made', () => {
  const graph = graphOf(
    [
      floats(
        'w',
        [2000],
        Array(2000)
          .fill(0)
          .map((_, i) => i),
      ),
      node('y', 'Neg', ['w']),
    ],
    ['y'],
  )
  expect(names(transform(graph, 'quantize_weights fold_constants'))).toContain('Dequantize w')
  const fill = graphOf([ints('n', [1e9]), floats('v', [], [1]), node('y', 'Fill', ['n', 'v'])], ['y'])
  expect(names(transform(fill, 'fold_constants'))).toEqual(['Const n', 'Const v', 'Fill y'])
})

test('recorded shapes go, unless they are to stay', () => {
  const graph = graphOf([node('y', 'Placeholder', [], { _output_shapes: attr.shape([1]) })], ['y'])
  expect(find(transform(graph, 'fold_constants'), 'y').attrs).not.toHaveProperty('_output_shapes')
  expect(find(transform(graph, 'fold_constants(clear_output_shapes=false)'), 'y').attrs).toHaveProperty(
    '_output_shapes',
  )
})

test('what had to wait for a check still does, and the origin is kept', () => {
  const sum = { ...node('sum', 'Neg', ['a']), origin: { node: 'block/sum', layer: 'block' } }
  const graph = graphOf(
    [
      placeholder('x', [1]),
      node('check', 'Assert', ['x']),
      waiting(floats('a', [1], [1]), 'check'),
      sum,
      node('y', 'Add', ['x', 'sum']),
    ],
    ['y'],
  )
  const made = transform(graph, 'fold_constants')
  expect(find(made, 'sum')).toMatchObject({ op: 'Const', controls: ['check'], origin: { layer: 'block' } })
})

test('without outputs, what nobody reads is taken for one', () => {
  const graph = { ...graphOf([floats('a', [1], [1]), node('b', 'Neg', ['a'])], []), outputs: [] }
  expect(names(transform(graph, 'fold_constants'))).toContain('Const b')
})
