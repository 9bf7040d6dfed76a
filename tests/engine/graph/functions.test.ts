import { create } from '@bufbuild/protobuf'
import { describe, expect, test } from 'vitest'
import { AttrValueSchema } from '../../../main/engine/graph/gen/attr_value_pb.ts'
import {
  type FunctionDefLibrary,
  FunctionDefLibrarySchema,
} from '../../../main/engine/graph/gen/function_pb.ts'
import { DataType } from '../../../main/engine/graph/gen/types_pb.ts'
import {
  type Attr,
  attr,
  type Graph,
  type GraphNode,
  inlineFunctions,
} from '../../../main/engine/graph/index.ts'
import { failureOf, graphOf, node, placeholder } from './build.ts'

interface Body {
  /** `name: op input input`; controls as `^name`. */
  nodes: string[]
  args: string[]
  /** By name of the result. */
  results: Record<string, string>
  controls?: Record<string, string>
  attrs?: Record<string, Record<string, Attr>>
}

const func = (name: string): Attr => ({
  kind: 'opaque',
  value: create(AttrValueSchema, { value: { case: 'func', value: { name } } }),
})
const open = (name: string) => create(AttrValueSchema, { value: { case: 'placeholder', value: name } })

/** A library in short: every node gets the attribute `T`; a call names its function as `f=…` among its inputs. */
const libraryOf = (functions: Record<string, Body>): FunctionDefLibrary =>
  create(FunctionDefLibrarySchema, {
    function: Object.entries(functions).map(([name, { nodes, args, results, controls = {} }]) => ({
      signature: {
        name,
        inputArg: args.map(arg => ({ name: arg, type: DataType.DT_FLOAT })),
        outputArg: Object.keys(results).map(result => ({ name: result, type: DataType.DT_FLOAT })),
        controlOutput: Object.keys(controls),
      },
      nodeDef: nodes.map(line => {
        const [label = '', op = '', ...rest] = line.split(/:? +/)
        const called = rest
          .filter(part => /^\w+=/.test(part))
          .map(part => part.split('=') as [string, string])
        return {
          name: label,
          op,
          input: rest.filter(part => !/^\w+=/.test(part)),
          attr: {
            T: { value: { case: 'type' as const, value: DataType.DT_FLOAT } },
            ...Object.fromEntries(
              called.map(([key, value]) => [
                key,
                value.startsWith('$')
                  ? open(value.slice(1))
                  : create(AttrValueSchema, { value: { case: 'func', value: { name: value } } }),
              ]),
            ),
          },
        }
      }),
      ret: results,
      controlRet: controls,
    })),
  })

const call = (name: string, called: string, inputs: string[], op = 'PartitionedCall'): GraphNode =>
  node(name, op, inputs, { f: func(called) })

const bool = (name: string, value: boolean): GraphNode =>
  node(name, 'Const', [], {
    dtype: attr.type('bool'),
    value: attr.tensor({ dtype: 'bool', shape: [], data: Uint8Array.of(Number(value)) }),
  })

const inline = (nodes: GraphNode[], outputs: string[], functions: Record<string, Body>): Graph =>
  inlineFunctions({ ...graphOf(nodes, outputs), library: libraryOf(functions) })

/** A graph as lines that can be compared. */
const lines = ({ nodes }: Graph): string[] =>
  nodes.map(({ name, op, inputs, controls }) =>
    [
      `${name}: ${op}`,
      ...inputs.map(i => (i.port ? `${i.node}:${i.port}` : i.node)),
      ...controls.map(c => `^${c}`),
    ].join(' '),
  )

const relu: Body = { args: ['a'], nodes: ['r: Relu a'], results: { out: 'r:activations:0' } }

describe('functions written out', () => {
  test('calls of calls, with the path of calls as name and origin', () => {
    const graph = inline(
      [placeholder('x', [2]), call('y', 'outer', ['x'], 'StatefulPartitionedCall')],
      ['y'],
      {
        relu,
        outer: {
          args: ['b'],
          nodes: ['first: PartitionedCall b f=relu', 'scope/second: PartitionedCall first:output:0 f=relu'],
          results: { z: 'scope/second:output:0' },
        },
      },
    )
    expect(lines(graph)).toEqual([
      'x: Placeholder',
      'y/first/r: Relu x',
      'y/scope/second/r: Relu y/first/r',
      'y: Identity y/scope/second/r',
    ])
    expect(graph.nodes[2]?.origin).toMatchObject({ node: 'y/scope/second/r', layer: 'scope' })
    expect(graph.outputs.map(({ name }) => name)).toEqual(['y'])
    expect(graph.library).toBeUndefined()
  })

  test('outputs of several kinds, by name and place', () => {
    const graph = inline([placeholder('x', [4]), call('y', 'f', ['x'])], ['y:1', 'y:2', 'y'], {
      f: {
        args: ['a'],
        nodes: [
          'norm: FusedBatchNormV3 a a a a a',
          'parts: Split a norm:batch_variance:0',
          'top: TopKV2 norm:y:0 a',
          'sum: AddV2 parts:output:2 top:indices:0',
        ],
        results: { p: 'norm:reserve_space_1:0', q: 'sum:z:0', same: 'a' },
      },
    })
    expect(lines(graph)).toEqual([
      'x: Placeholder',
      'y/norm: FusedBatchNormV3 x x x x x',
      'y/parts: Split x y/norm:2',
      'y/top: TopKV2 y/norm x',
      'y/sum: AddV2 y/parts:2 y/top:1',
      'y/1: Identity y/sum',
      'y/2: Identity x',
      'y: Identity y/norm:3',
    ])
    expect(graph.outputs.map(({ name }) => name)).toEqual(['y/1', 'y/2', 'y'])
  })

  test('a call that hands something on, several after each other', () => {
    const nodes = [placeholder('x', [1])]
    for (let i = 0; i < 2000; i++) nodes.push(call(`c${i}`, 'same', [i === 0 ? 'x' : `c${i - 1}`]))
    const graph = inline([...nodes, node('y', 'Relu', ['c1999'])], ['y'], {
      same: { args: ['a'], nodes: [], results: { out: 'a' } },
    })
    expect(lines(graph)).toEqual(['x: Placeholder', 'y: Relu x'])
  })

  test("TF1's functions, called by their name, with attributes left open", () => {
    const nodes = [
      placeholder('x', [2]),
      node('y', 'Twice', ['x'], { T: attr.type('float64') }),
      node('z', 'Neg', ['y:1']),
    ]
    const graph = inline(nodes, ['z'], {
      Twice: {
        args: ['a'],
        nodes: ['s: AddV2 a a kind=$T', 't: Mul s:z:0 a'],
        results: { one: 's:z:0', two: 't:z:0' },
      },
    })
    expect(lines(graph)).toEqual(['x: Placeholder', 'y/s: AddV2 x x', 'y/t: Mul y/s x', 'z: Neg y/t'])
    expect(graph.nodes[1]?.attrs.kind).toEqual(attr.type('float64'))
  })

  test('what a call waits for and what waits for it still does, where it does more than compute', () => {
    const nodes = [
      placeholder('x', [2]),
      node('check', 'Assert', ['x', 'x']),
      { ...call('y', 'f', ['x'], 'StatefulPartitionedCall'), controls: ['check'] },
      { ...node('z', 'Relu', ['x']), controls: ['y'] },
    ]
    const graph = inline(nodes, ['z', 'y'], {
      f: {
        args: ['a'],
        nodes: ['p: Print a a', 'r: Relu a', 'n: NoOp ^p ^r'],
        results: { out: 'r:activations:0' },
        controls: { p: 'p', r: 'r' },
      },
    })
    expect(lines(graph)).toEqual([
      'x: Placeholder',
      'check: Assert x x',
      'y/p: Print x x ^check',
      'y/r: Relu x ^check',
      'z: Relu x ^y/done',
      'y/done: NoOp ^y/p ^y/r',
      'y: Identity y/r',
    ])
  })

  test('an order that changes nothing is dropped, with all that was alive for its sake only', () => {
    const graph = inline([placeholder('x', [2]), call('y', 'f', ['x'])], ['y'], {
      f: {
        args: ['a'],
        nodes: ['e: Exp a', 'r: Relu a ^n', 'n: NoOp ^e'],
        results: { out: 'r:activations:0' },
      },
    })
    expect(lines(graph)).toEqual(['x: Placeholder', 'y/r: Relu x', 'y: Identity y/r'])
  })

  test('the mark of a gradient of its own is read through', () => {
    const graph = inline([placeholder('x', [2]), call('y', 'swish', ['x'])], ['y'], {
      swish: {
        args: ['a'],
        nodes: [
          's: Sigmoid a',
          'm: Mul s:y:0 a',
          'mark: IdentityN m:z:0 a',
          'again: IdentityN mark:output:0',
        ],
        results: { out: 'again:output:0' },
      },
    })
    expect(lines(graph)).toEqual(['x: Placeholder', 'y/s: Sigmoid x', 'y/m: Mul y/s x', 'y: Identity y/m'])
  })

  test('a choice that is known becomes what is chosen; one that is not stays, its branches without calls', () => {
    const branches = {
      relu,
      yes: { args: ['a'], nodes: ['p: PartitionedCall a f=relu'], results: { out: 'p:output:0' } },
      no: { args: ['a'], nodes: ['n: Neg a'], results: { out: 'n:y:0' } },
      unused: relu,
    }
    const choice = (index: string) =>
      node('y', 'If', [index, 'x'], { then_branch: func('yes'), else_branch: func('no') })
    const known = (value: boolean) =>
      inline(
        [placeholder('x', [2]), bool('b', value), node('c', 'Identity', ['b']), choice('c')],
        ['y'],
        branches,
      )
    expect(lines(known(true))).toEqual(['x: Placeholder', 'y/p/r: Relu x', 'y: Identity y/p/r'])
    expect(lines(known(false))).toEqual(['x: Placeholder', 'y/n: Neg x', 'y: Identity y/n'])
    const kept = inline([placeholder('x', [2]), node('c', 'IsNan', ['x']), choice('c')], ['y'], branches)
    expect(lines(kept)).toEqual(['x: Placeholder', 'c: IsNan x', 'y: If c x'])
    const bodies = kept.library?.function.map(({ signature, nodeDef, ret }) => [
      signature?.name,
      nodeDef.map(({ name, op }) => `${name}: ${op}`),
      ret.out,
    ])
    expect(bodies).toEqual([
      ['yes', ['p/r: Relu'], 'p/r:activations:0'],
      ['no', ['n: Neg'], 'n:y:0'],
    ])
  })

  test('the graph that was given stays as it is', () => {
    const given = {
      ...graphOf([placeholder('x', [2]), call('y', 'relu', ['x'])], ['y']),
      library: libraryOf({ relu }),
    }
    const before = structuredClone(given)
    inlineFunctions(given)
    expect(given).toEqual(before)
    expect(lines(inlineFunctions(inlineFunctions(given)))).toEqual(lines(inlineFunctions(given)))
  })
})

describe('functions that nothing can be made of', () => {
  const refused = (functions: Record<string, Body>, called = 'f') =>
    failureOf(() => inline([placeholder('x', [1]), call('y', called, ['x'])], ['y'], functions))

  test('one that calls itself, or another that calls it', () => {
    const calls = (name: string): Body => ({
      args: ['a'],
      nodes: [`c: PartitionedCall a f=${name}`],
      results: { out: 'c:output:0' },
    })
    expect(refused({ f: calls('f') })).toMatchObject({
      code: 'unsupported-graph',
      message: expect.stringContaining('itself'),
    })
    expect(refused({ f: calls('g'), g: calls('h'), h: calls('g') })).toMatchObject({ node: 'g' })
  })

  test('calls of calls of calls that would fill every memory, refused at once', () => {
    const doubled = Object.fromEntries(
      Array.from({ length: 60 }, (_, i): [string, Body] => [
        `f${i}`,
        i === 0
          ? relu
          : {
              args: ['a'],
              nodes: [`c: PartitionedCall a f=f${i - 1}`, `d: PartitionedCall c:output:0 f=f${i - 1}`],
              results: { out: 'd:output:0' },
            },
      ]),
    )
    const start = Date.now()
    expect(refused(doubled, 'f59')).toMatchObject({
      code: 'unsupported-graph',
      message: expect.stringContaining('so many times'),
    })
    expect(Date.now() - start).toBeLessThan(1000)
  })

  test('calls deeper than any model has', () => {
    const deep = Object.fromEntries(
      Array.from({ length: 5000 }, (_, i): [string, Body] => [
        `f${i}`,
        i === 0
          ? relu
          : { args: ['a'], nodes: [`c: PartitionedCall a f=f${i - 1}`], results: { out: 'c:output:0' } },
      ]),
    )
    expect(refused(deep, 'f4999')).toMatchObject({ message: expect.stringContaining('levels deep') })
  })

  test('what is not there, and what does not fit', () => {
    expect(refused({}, 'nobody')).toMatchObject({ code: 'unreadable-file', node: 'y' })
    expect(refused({ f: { ...relu, nodes: ['r: Relu gone:y:0'] } })).toMatchObject({
      code: 'unreadable-file',
    })
    expect(refused({ f: { ...relu, nodes: ['r: Relu a', 'r: Neg a'] } })).toMatchObject({
      code: 'unreadable-file',
    })
    expect(refused({ f: { ...relu, args: ['a', 'b'], nodes: ['r: Relu b'] } })).toMatchObject({
      code: 'unreadable-file',
    })
    expect(refused({ f: { ...relu, nodes: ['r: FusedBatchNormV3 a'] } })).toMatchObject({
      code: 'unsupported-graph',
      message: expect.stringContaining('order of the outputs'),
    })
    expect(
      refused({
        f: { args: ['a'], nodes: ['m: Mine a', 'p: AddV2 m:one:0 m:two:0'], results: { out: 'p:z:0' } },
      }),
    ).toMatchObject({ code: 'unsupported-graph', node: 'y/m' })
  })

  test('calls whose results feed each other', () => {
    const nodes = [placeholder('x', [1]), call('y', 'same', ['z']), call('z', 'same', ['y'])]
    expect(
      failureOf(() => inline(nodes, ['y'], { same: { args: ['a'], nodes: [], results: { out: 'a' } } })),
    ).toMatchObject({ message: expect.stringContaining('circle') })
  })
})
