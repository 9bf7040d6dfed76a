import { describe, expect, test } from 'vitest'
import { attr } from '../../../../main/engine/graph/index.ts'
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
    node('s', 'Split', ['x', 'x']),
    waiting(node('a', 'Relu', ['s:1']), 's'),
    node('y', 'Relu', ['a']),
  ],
  ['y'],
)

describe('rename_node', () => {
  test('everything follows, ports and waits and outputs too', () => {
    const made = transform(
      graph,
      'rename_node(old_node_name=s, new_node_name=deep/parts) rename_node(old_node_name=y, new_node_name=result)',
    )
    expect(names(made)).toEqual(['Placeholder x', 'Split deep/parts', 'Relu a', 'Relu result'])
    expect([reads(made, 'a'), find(made, 'a').controls]).toEqual([['deep/parts:1'], ['deep/parts']])
    expect(made.outputs.map(({ name, key }) => [name, key])).toEqual([['result', 'y']])
  })

  test('a name that is taken or not there', () => {
    expect(failureOf(() => transform(graph, 'rename_node(old_node_name=a, new_node_name=y)'))).toMatchObject({
      code: 'bad-input',
      node: 'y',
    })
    expect(failureOf(() => transform(graph, 'rename_node(old_node_name=a)')).code).toBe('bad-input')
    expect(transform(graph, 'rename_node(old_node_name=who, new_node_name=me)')).toBe(graph)
  })
})

test('rename_op', () => {
  expect(names(transform(graph, 'rename_op(old_op_name=Relu, new_op_name=Mine)'))).toEqual([
    'Placeholder x',
    'Split s',
    'Mine a',
    'Mine y',
  ])
  expect(failureOf(() => transform(graph, 'rename_op(old_op_name=Relu)')).code).toBe('bad-input')
})

test('rename_attribute and remove_attribute, of one operation or all', () => {
  const attrs = (text: string, name: string) => Object.keys(find(transform(graph, text), name).attrs)
  expect(attrs('rename_attribute(old_attribute_name=T, new_attribute_name=U, op_name=Relu)', 'a')).toEqual([
    'U',
  ])
  expect(attrs('rename_attribute(old_attribute_name=T, new_attribute_name=U, op_name=Relu)', 's')).toEqual([
    'T',
  ])
  expect(attrs('rename_attribute(old_attribute_name=T, new_attribute_name=U, op_name="*")', 's')).toEqual([
    'U',
  ])
  expect(attrs('remove_attribute(attribute_name=T)', 'a')).toEqual([])
  expect(attrs('remove_attribute(attribute_name=T, op_name=Split)', 'a')).toEqual(['T'])
  for (const text of ['remove_attribute', 'rename_attribute(old_attribute_name=T)'])
    expect(failureOf(() => transform(graph, text)).code).toBe('bad-input')
})

test('set_device and remove_device', () => {
  const devices = (text: string) =>
    transform(
      { ...graph, nodes: graph.nodes.with(1, { ...find(graph, 's'), device: 'there' }) },
      text,
    ).nodes.map(each => each.device)
  expect(devices('set_device(device=here)')).toEqual(['here', 'here', 'here', 'here'])
  expect(devices('set_device(device=here, if_default=true)')).toEqual(['here', 'there', 'here', 'here'])
  expect(devices('remove_device')).toEqual(['', '', '', ''])
})

test('obfuscate_names gives short names to all but the ends, and never one twice', () => {
  const many = Array.from({ length: 200 }, (_, i) =>
    node(`inner/${i}`, 'Relu', [i === 0 ? '5' : `inner/${i - 1}`]),
  )
  const made = transform(
    graphOf([placeholder('5', [2]), ...many, node('a', 'Neg', ['inner/199'])], ['a']),
    'obfuscate_names',
  )
  const all = made.nodes.map(each => each.name)
  expect(new Set(all).size).toBe(202)
  expect(all.slice(0, 8)).toEqual(['5', '0', '1', '2', '3', '4', '6', '7'])
  expect([all.at(-1), Math.max(...all.map(name => name.length))]).toEqual(['a', 2])
})

describe('add_default_attributes', () => {
  test('adds what TensorFlow has by default, and leaves what is there', () => {
    const made = transform(
      graphOf(
        [
          node('c', 'Conv2D', ['x', 'x'], { data_format: attr.string('NCHW') }),
          node('m', 'MyOp'),
          placeholder('x', [1]),
        ],
        ['c'],
      ),
      'add_default_attributes',
    )
    expect(find(made, 'c').attrs).toMatchObject({
      data_format: attr.string('NCHW'),
      dilations: attr.ints([1, 1, 1, 1]),
      use_cudnn_on_gpu: attr.bool(true),
    })
    expect(Object.keys(find(made, 'm').attrs)).toEqual(['T'])
  })

  test('floats are those of 32 bits, as a file holds them', () => {
    const made = transform(graphOf([node('n', 'FusedBatchNormV3', [])], ['n']), 'add_default_attributes')
    expect(find(made, 'n').attrs.epsilon).toEqual(attr.float(Math.fround(1e-4)))
  })
})

test('backport_concatv2 and backport_tensor_array_v3', () => {
  const axis = node('axis', 'Const', [], {
    value: attr.tensor({ dtype: 'int32', shape: [], data: Int32Array.of(0) }),
  })
  const joined = transform(
    graphOf(
      [placeholder('x', [2]), axis, node('y', 'ConcatV2', ['x', 'x', 'axis'], { Tidx: attr.type('int32') })],
      ['y'],
    ),
    'backport_concatv2',
  )
  expect([find(joined, 'y').op, reads(joined, 'y'), Object.keys(find(joined, 'y').attrs)]).toEqual([
    'Concat',
    ['axis', 'x', 'x'],
    ['T'],
  ])
  const array = graphOf(
    [
      floats('n', [], [1]),
      node('t', 'TensorArrayV3', ['n']),
      node('y', 'TensorArrayReadV3', ['t', 'n', 't:1']),
    ],
    ['y'],
  )
  const old = transform(array, 'backport_tensor_array_v3')
  expect([find(old, 't').op, find(old, 'y').op, reads(old, 'y')]).toEqual([
    'TensorArrayV2',
    'TensorArrayReadV2',
    ['t', 'n', 't/replacement_flow_node'],
  ])
})
