import { describe, expect, test } from 'vitest'
import { attr, type GraphNode } from '../../../../main/engine/graph/index.ts'
import {
  find,
  floats,
  graphOf,
  names,
  node,
  ops,
  placeholder,
  reads,
  transform,
  valuesOf,
  waves,
  window,
} from './sample.ts'

const image = placeholder('x', [1, 4, 4, 2])
const filter = floats('w', [2, 2, 2, 3], waves(24))
const conv = node('conv', 'Conv2D', ['x', 'w'], window())

test('values stay in 8 bits between two operations, and floats come out under the old names', () => {
  const made = transform(graphOf([image, filter, conv, node('y', 'Relu', ['conv'])], ['y']), 'quantize_nodes')
  expect(reads(made, 'y/eightbit')).toEqual([
    'conv/eightbit/requantize',
    'conv/eightbit/requantize:1',
    'conv/eightbit/requantize:2',
  ])
  expect(find(made, 'y').op).toBe('Dequantize')
  expect(names(made)).not.toContain('Dequantize conv')
  const both = transform(
    graphOf([image, filter, conv, node('y', 'Relu', ['conv'])], ['y', 'conv']),
    'quantize_nodes',
  )
  expect(names(both)).toContain('Dequantize conv')
})

test('a fixed range takes the place of the one of each run', () => {
  const made = transform(
    graphOf([image, filter, conv], ['conv']),
    'quantize_nodes(fallback_min=-4, fallback_max=6.5)',
  )
  expect(ops(made)).not.toContain('RequantizationRange')
  expect(valuesOf(made, 'conv/eightbit/fallback_min')).toEqual([-4])
  expect(valuesOf(made, 'conv/eightbit/fallback_max')).toEqual([6.5])
})

test('inputs may be fed in 8 bits', () => {
  const made = transform(
    graphOf([image, filter, conv], ['conv']),
    'quantize_nodes(input_min=-1, input_max=1)',
  )
  expect(find(made, 'x').attrs.dtype).toEqual(attr.type('quint8'))
  expect(made.inputs[0]?.dtype).toBe('quint8')
  expect(reads(made, 'conv/eightbit').slice(0, 4)).toEqual([
    'x',
    'w_quantized_const',
    'x_eightbit/min',
    'x_eightbit/max',
  ])
})

test('ranges from training take the place of the one of each run, also from behind a Relu', () => {
  const trained = (source: string) => [
    floats('low', [], [-1]),
    floats('high', [], [5]),
    node('y', 'FakeQuantWithMinMaxVars', [source, 'low', 'high']),
  ]
  for (const nodes of [
    [image, filter, conv, ...trained('conv')],
    [image, filter, conv, node('r', 'Relu', ['conv']), ...trained('r')],
  ]) {
    const made = transform(graphOf(nodes, ['y']), 'quantize_nodes')
    expect(ops(made)).not.toContain('RequantizationRange')
    expect(ops(made)).not.toContain('FakeQuantWithMinMaxVars')
    const requantize = made.nodes.find(each => each.op === 'Requantize') as GraphNode
    expect(requantize.inputs.map(input => input.node)).toEqual([
      'conv/eightbit',
      'conv/eightbit',
      'conv/eightbit',
      'low',
      'high',
    ])
  }
})

describe('stays in floats', () => {
  const kept: Record<string, GraphNode> = {
    'a dilated convolution': { ...conv, attrs: { ...conv.attrs, dilations: attr.ints([1, 2, 2, 1]) } },
    'a convolution with its own padding': {
      ...conv,
      attrs: { ...conv.attrs, padding: attr.string('EXPLICIT') },
    },
    'a convolution with channels first': {
      ...conv,
      attrs: { ...conv.attrs, data_format: attr.string('NCHW') },
    },
    'a convolution of halves': { ...conv, attrs: { ...conv.attrs, T: attr.type('float16') } },
  }
  for (const [name, each] of Object.entries(kept))
    test(name, () =>
      expect(ops(transform(graphOf([image, filter, each], ['conv']), 'quantize_nodes'))).toContain('Conv2D'),
    )

  test('what is to be ignored', () => {
    expect(
      ops(transform(graphOf([image, filter, conv], ['conv']), 'quantize_nodes(ignore_op=Conv2D)')),
    ).toContain('Conv2D')
  })

  test('a sum whose inputs the 8-bit operation cannot stretch', () => {
    const graph = graphOf([image, floats('c', [4, 1], waves(4)), node('y', 'AddV2', ['x', 'c'])], ['y'])
    expect(ops(transform(graph, 'quantize_nodes'))).toContain('AddV2')
  })
})

test('an operation that reads a node twice reads one 8-bit value twice', () => {
  const made = transform(graphOf([image, node('y', 'Add', ['x', 'x'])], ['y']), 'quantize_nodes')
  expect(ops(made).filter(op => op === 'QuantizeV2').length).toBe(1)
})
