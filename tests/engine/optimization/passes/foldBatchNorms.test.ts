import { describe, expect, test } from 'vitest'
import { attr, type GraphNode } from '../../../../main/engine/graph/index.ts'
import { applyTransforms } from '../../../../main/engine/optimization/passes/index.ts'
import {
  answers,
  find,
  floats,
  graphOf,
  largestDifference,
  names,
  node,
  placeholder,
  tensorOf,
  transform,
  valuesOf,
  waiting,
  waves,
  window,
} from './sample.ts'

const image = placeholder('x', [1, 4, 4, 2])
const conv = node('conv', 'Conv2D', ['x', 'w'], window())
const filter = floats('w', [2, 2, 2, 3], waves(24))
const scale = floats('s', [3], [1, -2, 3])

describe('is folded, with the same answers', () => {
  const cases: Record<string, { nodes: GraphNode[]; left: string[] }> = {
    'a factor behind a bias': {
      nodes: [
        image,
        filter,
        conv,
        floats('b', [3], [1, 2, 3]),
        node('bias', 'BiasAdd', ['conv', 'b']),
        scale,
        node('y', 'Mul', ['bias', 's']),
      ],
      left: ['Placeholder x', 'Const w', 'Conv2D conv', 'Const b', 'BiasAdd y'],
    },
    'a factor behind a sum with a constant that comes first': {
      nodes: [
        image,
        filter,
        conv,
        floats('b', [1, 1, 1, 3], [1, 2, 3]),
        node('bias', 'AddV2', ['b', 'conv']),
        scale,
        node('y', 'Mul', ['s', 'bias']),
      ],
      left: ['Placeholder x', 'Const w', 'Conv2D conv', 'Const b', 'AddV2 y'],
    },
    'two factors, one behind the other': {
      nodes: [
        image,
        filter,
        conv,
        scale,
        node('m', 'Mul', ['conv', 's']),
        floats('t', [3], [2, 2, 5]),
        node('y', 'Mul', ['m', 't']),
      ],
      left: ['Placeholder x', 'Const w', 'Conv2D y'],
    },
    'a depthwise convolution of two channels for each': {
      nodes: [
        image,
        floats('w', [2, 2, 2, 2], waves(16)),
        node('conv', 'DepthwiseConv2dNative', ['x', 'w'], window()),
        floats('s', [4], [1, 2, 3, 4]),
        node('y', 'Mul', ['conv', 's']),
      ],
      left: ['Placeholder x', 'Const w', 'DepthwiseConv2dNative y'],
    },
    'weights behind an identity': {
      nodes: [
        image,
        filter,
        node('read', 'Identity', ['w']),
        node('conv', 'Conv2D', ['x', 'read'], window()),
        scale,
        node('y', 'Mul', ['conv', 's']),
      ],
      left: ['Placeholder x', 'Const read', 'Conv2D y'],
    },
    'weights that others read too': {
      nodes: [
        image,
        filter,
        conv,
        node('other', 'Conv2D', ['x', 'w'], window()),
        scale,
        node('m', 'Mul', ['conv', 's']),
        node('y', 'Add', ['m', 'other']),
      ],
      left: ['Placeholder x', 'Const w', 'Const conv_bn_filter', 'Conv2D other', 'Conv2D m', 'Add y'],
    },
  }
  for (const [name, { nodes, left }] of Object.entries(cases))
    test(name, async () => {
      const graph = graphOf(nodes, ['y'])
      const made = transform(graph, 'fold_batch_norms')
      expect(names(made).sort()).toEqual([...left].sort())
      expect(largestDifference(await answers(made), await answers(graph))).toBeLessThan(1e-5)
    })
})

describe('stays', () => {
  const kept: Record<string, [GraphNode[], string[]]> = {
    'where somebody else reads the convolution': [
      [image, filter, conv, scale, node('m', 'Mul', ['conv', 's']), node('y', 'Add', ['m', 'conv'])],
      ['y'],
    ],
    'where the convolution is an output': [
      [image, filter, conv, scale, node('y', 'Mul', ['conv', 's'])],
      ['y', 'conv'],
    ],
    'where the weights are computed': [
      [
        image,
        filter,
        node('w2', 'Neg', ['w']),
        node('conv', 'Conv2D', ['x', 'w2'], window()),
        scale,
        node('y', 'Mul', ['conv', 's']),
      ],
      ['y'],
    ],
    'where both sides are computed': [[image, filter, conv, node('y', 'Mul', ['conv', 'conv'])], ['y']],
    'where the factor is of another type': [
      [
        image,
        filter,
        conv,
        {
          ...scale,
          attrs: { value: attr.tensor({ dtype: 'float64', shape: [3], data: Float64Array.of(1, 2, 3) }) },
        },
        node('y', 'Mul', ['conv', 's']),
      ],
      ['y'],
    ],
  }
  for (const [name, [nodes, outputs]] of Object.entries(kept))
    test(name, () => {
      const graph = graphOf(nodes, outputs)
      expect(transform(graph, 'fold_batch_norms')).toBe(graph)
    })
})

test('with channels first, the factor lies along them', () => {
  const first = { ...conv, attrs: { ...conv.attrs, data_format: attr.string('NCHW') } }
  const of = (shape: number[]) =>
    graphOf(
      [
        placeholder('x', [1, 2, 4, 4]),
        filter,
        first,
        floats('s', shape, [1, 2, 3]),
        node('y', 'Mul', ['conv', 's']),
      ],
      ['y'],
    )
  expect(names(transform(of([3, 1, 1]), 'fold_batch_norms'))).toEqual([
    'Placeholder x',
    'Const w',
    'Conv2D y',
  ])
  expect(transform(of([3]), 'fold_batch_norms')).toEqual(of([3]))
})

test('who waited for the convolution waits for what it became, and where it came from is kept', () => {
  const graph = graphOf(
    [
      image,
      filter,
      { ...conv, origin: { node: 'conv', layer: 'block1' } },
      scale,
      node('m', 'Mul', ['conv', 's']),
      waiting(node('y', 'Relu', ['m']), 'conv', 's'),
    ],
    ['y'],
  )
  const made = transform(graph, 'fold_batch_norms')
  expect(find(made, 'y').controls).toEqual(['m', 's'])
  expect(find(made, 'm').origin).toEqual({ node: 'conv', layer: 'block1' })
  expect(valuesOf(made, 's')).toEqual([1, -2, 3])
})

describe('the memory of weights', () => {
  const build = () => {
    return graphOf(
      [
        image,
        floats('w', [2, 2, 2, 3], waves(24)),
        conv,
        floats('s', [3], [1, -2, 3]),
        node('y', 'Mul', ['conv', 's']),
        floats('w2', [2, 2, 2, 3], waves(24)),
        node('conv2', 'Conv2D', ['x', 'w2'], window()),
        node('y2', 'Mul', ['conv2', 's']),
        { ...floats('flat', [24], []), attrs: {} },
      ],
      ['y', 'y2', 'flat'],
    )
  }
  /** Two constants that lie in the same memory, under different shapes. */
  const twins = () => {
    const graph = build()
    const value = find(graph, 'w2').attrs.value
    if (value?.kind !== 'tensor') throw new Error('no weights')
    const flat = attr.tensor({ ...value.value, shape: [24] })
    return {
      ...graph,
      nodes: graph.nodes.map(each =>
        each.name === 'flat' ? { ...each, attrs: { dtype: attr.type('float32'), value: flat } } : each,
      ),
    }
  }

  test('stays as it is', () => {
    const graph = twins()
    applyTransforms(graph, 'fold_batch_norms')
    expect(valuesOf(graph, 'w')).toEqual(valuesOf(twins(), 'w'))
  })

  test('is taken where the graph is given away, but not what another node holds too', () => {
    const graph = twins()
    const { graph: made } = applyTransforms(graph, 'fold_batch_norms', undefined, true)
    expect(tensorOf(graph, 'w').data.length).toBe(0)
    const apart = applyTransforms(twins(), 'fold_batch_norms').graph
    for (const name of ['w', 'w2', 'flat']) expect(valuesOf(made, name)).toEqual(valuesOf(apart, name))
    expect(valuesOf(made, 'flat')).toEqual(valuesOf(twins(), 'flat'))
  })
})
