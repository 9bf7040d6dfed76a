import { describe, expect, test } from 'vitest'
import { attr, type GraphNode } from '../../../../main/engine/graph/index.ts'
import {
  answers,
  find,
  floats,
  graphOf,
  ints,
  largestDifference,
  names,
  node,
  ops,
  placeholder,
  transform,
  waves,
  window,
} from './sample.ts'

const image = placeholder('x', [1, 4, 4, 2])
const filter = floats('w', [2, 2, 2, 3], waves(24))
const conv = node('conv', 'Conv2D', ['x', 'w'], window())
const norm = (source: string, size: number, more: GraphNode['attrs'] = {}): GraphNode[] => [
  ...['gamma', 'beta', 'mean'].map((name, i) => floats(name, [size], waves(size, i + 3))),
  floats(
    'variance',
    [size],
    waves(size, 9).map(value => value + 1.5),
  ),
  node('y', 'FusedBatchNormV3', [source, 'gamma', 'beta', 'mean', 'variance'], {
    epsilon: attr.float(0.01),
    is_training: attr.bool(false),
    ...more,
  }),
]

describe('is folded, with the same answers', () => {
  const cases: Record<string, { nodes: GraphNode[]; left: string[] }> = {
    'behind a convolution': {
      nodes: [image, filter, conv, ...norm('conv', 3)],
      left: ['Conv2D conv', 'BiasAdd y', 'Const conv_bn_offset'],
    },
    'with a bias between': {
      nodes: [
        image,
        filter,
        conv,
        floats('b', [3], [1, 2, 3]),
        node('bias', 'BiasAdd', ['conv', 'b']),
        ...norm('bias', 3),
      ],
      left: ['Conv2D conv', 'BiasAdd y'],
    },
    'behind a depthwise convolution': {
      nodes: [
        image,
        floats('w', [2, 2, 2, 2], waves(16)),
        node('conv', 'DepthwiseConv2dNative', ['x', 'w'], window()),
        ...norm('conv', 4),
      ],
      left: ['DepthwiseConv2dNative conv', 'BiasAdd y'],
    },
  }
  for (const [name, { nodes, left }] of Object.entries(cases))
    test(name, async () => {
      const graph = graphOf(nodes, ['y'])
      const made = transform(graph, 'fold_old_batch_norms')
      for (const each of left) expect(names(made)).toContain(each)
      expect(ops(made).filter(op => op.startsWith('Const')).length).toBe(2)
      expect(largestDifference(await answers(made), await answers(graph))).toBeLessThan(1e-5)
    })
})

test('behind a concatenation of three, each with its own part of the channels', () => {
  const parts = [2, 3, 1].flatMap((size, i) => [
    floats(`w${i}`, [1, 1, 2, size], waves(2 * size, i + 1)),
    node(`c${i}`, 'Conv2D', ['x', `w${i}`], window()),
  ])
  const axis = node('axis', 'Const', [], {
    value: attr.tensor({ dtype: 'int32', shape: [], data: Int32Array.of(-1) }),
  })
  const nodes = [
    image,
    ...parts,
    axis,
    node('cat', 'ConcatV2', ['c0', 'c1', 'c2', 'axis']),
    ...norm('cat', 6),
  ]
  const made = transform(graphOf(nodes, ['y']), 'fold_old_batch_norms')
  expect(find(made, 'y').inputs.map(input => input.node)).toEqual([
    'cat_bn_in0',
    'cat_bn_in1',
    'cat_bn_in2',
    'axis',
  ])
  // What is behind the concatenation is the same as behind each convolution by itself.
  const offset = (i: number) =>
    Array.from((find(made, `c${i}_bn_offset`).attrs.value as { value: { data: Float32Array } }).value.data)
  const alone = transform(
    graphOf([image, ...parts.slice(0, 2), ...norm('c0', 6).map(each => cut(each, 2))], ['y']),
    'fold_old_batch_norms',
  )
  expect(offset(0)).toEqual(
    Array.from((find(alone, 'c0_bn_offset').attrs.value as { value: { data: Float32Array } }).value.data),
  )
})

/** The first values of a constant. */
function cut(each: GraphNode, size: number): GraphNode {
  const value = each.attrs.value
  return value?.kind === 'tensor'
    ? floats(each.name, [size], [...(value.value.data as Float32Array)].slice(0, size))
    : each
}

test('behind BatchToSpaceND, which takes its name', () => {
  const nodes = [
    placeholder('x', [4, 4, 4, 2]),
    filter,
    conv,
    ints('block', [2, 2]),
    ints('crops', [0, 0, 0, 0]),
    node('space', 'BatchToSpaceND', ['conv', 'block', 'crops']),
    ...norm('space', 3),
  ]
  const made = transform(graphOf(nodes, ['y']), 'fold_old_batch_norms')
  expect(names(made)).toContain('BatchToSpaceND y')
  expect(find(made, 'y').inputs[0]?.node).toBe('conv/biasadd')
})

describe('stays', () => {
  const kept: Record<string, [GraphNode[], string[]]> = {
    'where somebody else reads the convolution': [
      [image, filter, conv, ...norm('conv', 3)],
      ['y', 'conv'],
    ],
    'where its averages are read': [
      [image, filter, conv, ...norm('conv', 3), node('m', 'Identity', ['y:1'])],
      ['y', 'm'],
    ],
    'where its averages are an output': [
      [image, filter, conv, ...norm('conv', 3)],
      ['y', 'y:2'],
    ],
    'where it learns, as without the attribute': [
      [
        image,
        filter,
        conv,
        ...norm('conv', 3).map(each => ({ ...each, attrs: each.op === 'Const' ? each.attrs : {} })),
      ],
      ['y'],
    ],
    'where there is no convolution': [
      [placeholder('x', [1, 4, 4, 3]), node('conv', 'Relu', ['x']), ...norm('conv', 3)],
      ['y'],
    ],
    'where it works along other channels': [
      [image, filter, conv, ...norm('conv', 3, { data_format: attr.string('NCHW') })],
      ['y'],
    ],
  }
  for (const [name, [nodes, outputs]] of Object.entries(kept))
    test(name, () => {
      const graph = graphOf(nodes, outputs)
      expect(transform(graph, 'fold_old_batch_norms')).toBe(graph)
    })
})
