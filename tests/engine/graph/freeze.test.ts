import { create } from '@bufbuild/protobuf'
import { describe, expect, test } from 'vitest'
import { AttrValueSchema } from '../../../main/engine/graph/gen/attr_value_pb.ts'
import { FunctionDefLibrarySchema } from '../../../main/engine/graph/gen/function_pb.ts'
import { DataType } from '../../../main/engine/graph/gen/types_pb.ts'
import {
  type Attr,
  attr,
  attrOf,
  freeze,
  type Graph,
  type GraphNode,
  loadExecutable,
  type Tensor,
} from '../../../main/engine/graph/index.ts'
import { openTensor } from '../../../main/engine/tensor/index.ts'
import { failureOf, graphOf, ints, node, placeholder } from './build.ts'

const handle = (name: string, shared = name): GraphNode =>
  node(name, 'VarHandleOp', [], {
    dtype: attr.type('float32'),
    shared_name: attr.string(shared),
  })
const read = (name: string, from: string): GraphNode =>
  node(name, 'ReadVariableOp', [from], { dtype: attr.type('float32') })
const value = (data: number[], shape = [data.length]): Tensor => ({
  dtype: 'float32',
  shape,
  data: Float32Array.from(data),
})
const trained = (nodes: GraphNode[], outputs: string[], variables: Record<string, Tensor>): Graph => ({
  ...graphOf(nodes, outputs),
  variables: new Map(Object.entries(variables)),
})
const opsOf = ({ nodes }: Graph) =>
  nodes.map(({ name, op, inputs }) => [name, op, ...inputs.map(input => input.node)].join(' '))

describe('freeze', () => {
  test('keeps one constant for handles of one name, and for names of one value in the file', () => {
    const w = value([1, 2])
    const nodes = [
      placeholder('x', [2]),
      handle('w'),
      handle('w_1', 'w'),
      handle('again'),
      read('r', 'w'),
      read('r_1', 'w_1'),
      read('r_2', 'again'),
      node('a', 'AddV2', ['r', 'r_1']),
      node('b', 'AddV2', ['a', 'r_2']),
      node('y', 'Mul', ['b', 'x']),
    ]
    const { graph, report } = freeze(trained(nodes, ['y'], { w, again: w }))
    expect(report).toEqual({ variables: 1, bytes: 8, dropped: 2 })
    expect(opsOf(graph).slice(0, 5)).toEqual([
      'x Placeholder',
      'w Const',
      'r Identity w',
      'r_1 Identity w',
      'r_2 Identity w',
    ])
  })

  test('tells variables of one name in two containers apart', () => {
    const inside = (name: string, container: string): GraphNode => ({
      ...handle(name, 'w'),
      attrs: { ...handle(name, 'w').attrs, container: attr.string(container) },
    })
    const nodes = [
      inside('a', 'one'),
      inside('b', 'two'),
      read('p', 'a'),
      read('q', 'b'),
      node('y', 'AddV2', ['p', 'q']),
    ]
    const { graph } = freeze(trained(nodes, ['y'], { 'one//w': value([1]), 'two//w': value([2]) }))
    const data = graph.nodes
      .filter(({ op }) => op === 'Const')
      .map(one => [...(attrOf(one, 'value', 'tensor')?.data ?? [])])
    expect(data).toEqual([[1], [2]])
  })

  test('gathers, asks for the shape and whether there is a value without a handle', () => {
    const nodes = [
      handle('w'),
      ints('at', [2, 0]),
      node('rows', 'ResourceGather', ['w', 'at'], {
        dtype: attr.type('float32'),
        Tindices: attr.type('int32'),
        batch_dims: attr.int(0),
      }),
      node('shape', 'VariableShape', ['w'], { out_type: attr.type('int32') }),
      node('there', 'VarIsInitializedOp', ['w']),
      node('cast', 'Cast', ['shape'], { SrcT: attr.type('int32'), DstT: attr.type('float32') }),
      node('y', 'Mul', ['rows', 'cast']),
    ]
    const { graph } = freeze(trained(nodes, ['y', 'there'], { w: value([1, 2, 3, 4, 5, 6], [3, 2]) }))
    expect(opsOf(graph)).toEqual([
      'w Const',
      'at Const',
      'rows/axis Const',
      'rows GatherV2 w at rows/axis',
      'shape Shape w',
      'there Const',
      'cast Cast shape',
      'y Mul rows cast',
    ])
    expect(graph.nodes[3]?.attrs).toMatchObject({
      Tparams: attr.type('float32'),
      Tindices: attr.type('int32'),
      Taxis: attr.type('int32'),
    })
    expect(attrOf(graph.nodes[5] as GraphNode, 'value', 'tensor')).toMatchObject({
      dtype: 'bool',
      data: Uint8Array.of(1),
    })
  })

  test('a handle goes through what hands it on, and arrives as a value', () => {
    const carrier = (name: string, op: string, inputs: string[]) =>
      node(name, op, inputs, { T: attr.type('resource') })
    const nodes = [
      node('p', 'Placeholder', [], { dtype: attr.type('bool') }),
      handle('w'),
      carrier('same', 'Identity', ['w']),
      carrier('switch', 'Switch', ['same', 'p']),
      carrier('enter', 'Enter', ['switch:1']),
      read('r', 'enter'),
      carrier('other', 'Merge', ['switch', 'switch:1']),
      read('s', 'other'),
      node('y', 'AddV2', ['r', 's']),
    ]
    const { graph } = freeze(trained(nodes, ['y'], { w: value([1]) }))
    for (const { op, attrs } of graph.nodes)
      if (['Identity', 'Switch', 'Enter', 'Merge'].includes(op)) expect(attrs.T).toEqual(attr.type('float32'))
    expect(opsOf(graph).some(line => /Variable|VarHandle/.test(line))).toBe(false)
  })

  test("TF1's references become values, and so do the nodes that take references", () => {
    const nodes = [
      node('p', 'Placeholder', [], { dtype: attr.type('bool') }),
      node('w', 'VariableV2', [], { dtype: attr.type('float32') }),
      node('w/read', 'Identity', ['w'], { _class: attr.string('loc:@w') }),
      node('w/switch', 'RefSwitch', ['w', 'p']),
      node('y', 'AddV2', ['w/read', 'w/switch:1']),
      node('w/assign', 'Assign', ['w', 'w/read']),
    ]
    const { graph, report } = freeze(trained(nodes, ['y'], { w: value([1]) }))
    expect(opsOf(graph)).toEqual([
      'p Placeholder',
      'w Const',
      'w/read Identity w',
      'w/switch Switch w p',
      'y AddV2 w/read w/switch',
    ])
    expect(graph.nodes[2]?.attrs).not.toHaveProperty('_class')
    expect(report).toMatchObject({ variables: 1, dropped: 1 })
    expect(failureOf(() => freeze(trained(nodes, ['w/assign'], { w: value([1]) })))).toMatchObject({
      code: 'unsupported-graph',
      node: 'w/assign',
    })
  })

  test('a choice between two variables at run time is no constant', () => {
    const nodes = [
      handle('v'),
      handle('w'),
      node('either', 'Merge', ['v', 'w'], { T: attr.type('resource') }),
      read('y', 'either'),
    ]
    expect(failureOf(() => freeze(trained(nodes, ['y'], { v: value([1]), w: value([2]) })))).toMatchObject({
      code: 'unsupported-graph',
      node: 'either',
    })
  })

  test('a table names itself and where the graph can be entered behind it', () => {
    const nodes = [
      node('words', 'Placeholder', [], { dtype: attr.type('string') }),
      node('table', 'HashTableV2', [], { shared_name: attr.string('vocabulary') }),
      ints('default', [0]),
      node('look', 'LookupTableFindV2', ['table', 'words', 'default']),
    ]
    expect(failureOf(() => freeze(trained(nodes, ['look'], {})))).toMatchObject({
      code: 'unsupported-graph',
      message: expect.stringContaining('"vocabulary"'),
      remedy: expect.stringContaining('"look"'),
      node: 'look',
    })
  })

  describe('through the functions of loops', () => {
    const types = (...list: DataType[]): Attr => ({
      kind: 'opaque',
      value: create(AttrValueSchema, { value: { case: 'list', value: { type: list } } }),
    })
    const func = (name: string): Attr => ({
      kind: 'opaque',
      value: create(AttrValueSchema, { value: { case: 'func', value: { name } } }),
    })
    const definition = (
      name: string,
      results: Record<string, string>,
      nodes: { name: string; op: string; input: string[] }[],
    ) => ({
      signature: {
        name,
        inputArg: [
          { name: 'a', type: DataType.DT_FLOAT },
          { name: 'h', type: DataType.DT_RESOURCE },
        ],
        outputArg: Object.keys(results).map(result => ({
          name: result,
          type:
            result === 'h_out'
              ? DataType.DT_RESOURCE
              : result === 'go'
                ? DataType.DT_BOOL
                : DataType.DT_FLOAT,
        })),
      },
      nodeDef: nodes,
      ret: results,
    })
    const loop = (body: ReturnType<typeof definition>): Graph => ({
      ...trained(
        [
          placeholder('x', [1]),
          handle('w'),
          node('loop', 'While', ['x', 'w'], {
            T: types(DataType.DT_FLOAT, DataType.DT_RESOURCE),
            cond: func('cond'),
            body: func('body'),
          }),
          node('y', 'Identity', ['loop']),
        ],
        ['y'],
        { w: value([2]) },
      ),
      library: create(FunctionDefLibrarySchema, {
        function: [definition('cond', { go: 'c:z:0' }, [{ name: 'c', op: 'Less', input: ['a', 'a'] }]), body],
      }),
    })

    test('values are handed in and back where handles were, and the functions say so', () => {
      const { graph } = freeze(
        loop(
          definition('body', { a_out: 'm:z:0', h_out: 'same:output:0' }, [
            { name: 'r', op: 'ReadVariableOp', input: ['h'] },
            { name: 'm', op: 'Mul', input: ['a', 'r:value:0'] },
            { name: 'same', op: 'Identity', input: ['h'] },
          ]),
        ),
      )
      const body = graph.library?.function.find(({ signature }) => signature?.name === 'body_frozen')
      expect(graph.library?.function.map(({ signature }) => signature?.name).sort()).toEqual([
        'body_frozen',
        'cond_frozen',
      ])
      expect(body?.signature?.inputArg.map(({ type }) => type)).toEqual([
        DataType.DT_FLOAT,
        DataType.DT_FLOAT,
      ])
      expect(body?.signature?.outputArg.map(({ type }) => type)).toEqual([
        DataType.DT_FLOAT,
        DataType.DT_FLOAT,
      ])
      expect(body?.nodeDef.map(({ name, op, input }) => [name, op, ...input].join(' '))).toEqual([
        'r Identity h',
        'm Mul a r:output:0',
        'same Identity h',
      ])
      const made = graph.nodes.find(({ op }) => op === 'While')
      expect(made?.attrs.T).toEqual(types(DataType.DT_FLOAT, DataType.DT_FLOAT))
      expect(opsOf(graph)).toContain('w Const')
    })

    test('a loop that changes its variable says so', () => {
      const body = definition('body', { a_out: 'a', h_out: 'h' }, [
        { name: 'count', op: 'AssignAddVariableOp', input: ['h', 'a'] },
      ])
      expect(failureOf(() => freeze(loop(body)))).toMatchObject({
        code: 'unsupported-graph',
        node: 'count',
        message: expect.stringContaining('"w"'),
      })
    })
  })
})

test('a frozen graph computes', async () => {
  const { tf } = await openTensor({ backend: 'cpu' })
  const nodes = [placeholder('x', [2, 2]), handle('w'), read('r', 'w'), node('y', 'MatMul', ['x', 'r'])]
  const { graph } = freeze(trained(nodes, ['y'], { w: value([1, 2, 3, 4], [2, 2]) }))
  const executable = loadExecutable(graph, tf)
  const { y } = executable.run({ x: { data: Float32Array.of(1, 0, 0, 2), shape: [2, 2] } })
  executable.dispose()
  expect([...(y?.data ?? [])]).toEqual([1, 2, 6, 8])
})
