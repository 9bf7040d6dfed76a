import { create, toBinary } from '@bufbuild/protobuf'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { GraphDefSchema } from '../../../main/engine/graph/gen/graph_pb.ts'
import { TensorProtoSchema } from '../../../main/engine/graph/gen/tensor_pb.ts'
import { DataType } from '../../../main/engine/graph/gen/types_pb.ts'
import {
  attr,
  type Graph,
  readGraphDef,
  type Tensor,
  writeGraphDef,
} from '../../../main/engine/graph/index.ts'
import { failureOf, floats, graphOf, ints, node, placeholder } from './build.ts'

const graph = graphOf(
  [
    placeholder('x', [-1, 3]),
    floats('w', [3, 2], [1, 2, 3, 4, 5, 6]),
    node('product', 'MatMul', ['x', 'w'], { transpose_a: attr.bool(false), transpose_b: attr.bool(false) }),
    { ...node('split', 'Split', ['w', 'product:1']), controls: ['x'] },
    node('y', 'Relu', ['split:1'], {
      list: attr.ints([1, -2]),
      name: attr.string('größe'),
      f: attr.float(0.5),
    }),
  ],
  ['y'],
)

describe('a GraphDef', () => {
  test('comes back as it was written', () => {
    const back = readGraphDef(writeGraphDef(graph))
    expect(back.nodes).toEqual(graph.nodes)
    expect(back.versions).toEqual(graph.versions)
    expect(back.inputs).toEqual(graph.inputs)
    expect(back.outputs.map(output => output.name)).toEqual(['y'])
  })

  test('has the same bytes whatever the order in which attributes were set', () => {
    const turned: Graph = {
      ...graph,
      nodes: graph.nodes.map(item => ({
        ...item,
        attrs: Object.fromEntries(Object.entries(item.attrs).reverse()),
      })),
    }
    expect(writeGraphDef(turned)).toEqual(writeGraphDef(graph))
  })

  test('gives the inputs and outputs that are asked for', () => {
    const back = readGraphDef(writeGraphDef(graph), { inputs: ['x'], outputs: ['split:1', 'product'] })
    expect(back.outputs.map(output => output.name)).toEqual(['split:1', 'product'])
    expect(failureOf(() => readGraphDef(writeGraphDef(graph), { outputs: ['nothing'] })).code).toBe(
      'not-found',
    )
  })

  test('carries along what nobody here looks into', () => {
    const bytes = toBinary(
      GraphDefSchema,
      create(GraphDefSchema, {
        node: [
          {
            name: 'call',
            op: 'PartitionedCall',
            attr: {
              _class: { value: { case: 'list', value: { s: [new Uint8Array([1, 255])] } } },
              big: { value: { case: 'i', value: 2n ** 60n } },
              f: { value: { case: 'func', value: { name: 'inner' } } },
              raw: { value: { case: 's', value: new Uint8Array([255, 254]) } },
            },
          },
        ],
        library: { function: [{ signature: { name: 'inner' } }] },
        versions: { producer: 100, minConsumer: 12 },
      }),
    )
    expect(writeGraphDef(readGraphDef(bytes))).toEqual(bytes)
  })
})

describe('a constant', () => {
  const read = (proto: object): Tensor => {
    const value = create(TensorProtoSchema, proto)
    const def = create(GraphDefSchema, {
      node: [{ name: 'c', op: 'Const', attr: { value: { value: { case: 'tensor', value } } } }],
    })
    const found = readGraphDef(toBinary(GraphDefSchema, def)).nodes[0]?.attrs.value
    if (found?.kind !== 'tensor') throw new Error(`read as ${found?.kind}`)
    return found.value
  }
  const shape = (...sizes: number[]) => ({ dim: sizes.map(size => ({ size: BigInt(size) })) })

  test('may list its values, the last one standing for all that follow', () => {
    const filled = read({ dtype: DataType.DT_FLOAT, tensorShape: shape(2, 2), floatVal: [1, 2.5] })
    expect([...filled.data]).toEqual([1, 2.5, 2.5, 2.5])
    expect([...read({ dtype: DataType.DT_INT64, tensorShape: shape(2), int64Val: [-7n] }).data]).toEqual([
      -7n,
      -7n,
    ])
    expect([
      ...read({ dtype: DataType.DT_BOOL, tensorShape: shape(2), boolVal: [true, false] }).data,
    ]).toEqual([1, 0])
    expect([...read({ dtype: DataType.DT_QUINT8, tensorShape: shape(2), intVal: [3, 255] }).data]).toEqual([
      3, 255,
    ])
    expect([...read({ dtype: DataType.DT_HALF, tensorShape: shape(1), halfVal: [0x3c00] }).data]).toEqual([
      0x3c00,
    ])
    expect([...read({ dtype: DataType.DT_FLOAT, tensorShape: shape(3) }).data]).toEqual([0, 0, 0])
    expect(read({ dtype: DataType.DT_INT32, intVal: [5] }).shape).toEqual([])
  })

  test('may hold its bytes', () => {
    const tensorContent = new Uint8Array(Float64Array.of(1.5, -2).buffer)
    expect([...read({ dtype: DataType.DT_DOUBLE, tensorShape: shape(2), tensorContent }).data]).toEqual([
      1.5, -2,
    ])
  })

  test('that does not fit its shape is refused by name', () => {
    for (const proto of [
      { dtype: DataType.DT_FLOAT, tensorShape: shape(2), tensorContent: new Uint8Array(7) },
      { dtype: DataType.DT_FLOAT, tensorShape: shape(2), floatVal: [1, 2, 3] },
      { dtype: DataType.DT_FLOAT, tensorShape: shape(-1), floatVal: [1] },
      { dtype: DataType.DT_FLOAT, tensorShape: shape(1e6, 1e6), floatVal: [1] },
    ])
      expect(failureOf(() => read(proto))).toMatchObject({ code: 'unreadable-file', node: 'c' })
  })
})

describe('a file that is no GraphDef', () => {
  const text = (content: string) => new TextEncoder().encode(content)
  const cases: Record<string, Uint8Array> = {
    'an empty file': new Uint8Array(),
    'a text': text('age,income\n31,20000\n'),
    'a JSON model': text('{"modelTopology":{}}'),
    zeros: new Uint8Array(64),
    'a zip': Uint8Array.of(0x50, 0x4b, 3, 4, 20, 0, 8, 0, 8, 0, 1, 2, 3, 4),
    'another protocol buffer': Uint8Array.of(0x08, 0x01, 0x12, 0x00),
  }
  for (const [name, bytes] of Object.entries(cases))
    test(`${name} is refused in words`, () => {
      const failure = failureOf(() => readGraphDef(bytes))
      expect(failure.code).toBe('unreadable-file')
      expect(failure.remedy).toMatch(/\.pb/)
    })

  test('a graph cut off anywhere is refused, or is still a graph whose edges all lead somewhere', () => {
    const bytes = writeGraphDef(graph)
    let refused = 0
    for (let length = 0; length < bytes.length; length++) {
      try {
        readGraphDef(bytes.subarray(0, length))
      } catch (error) {
        expect((error as { failure: { code: string } }).failure.code).toMatch(
          /unreadable-file|unsupported-graph/,
        )
        refused++
      }
    }
    // Only a cut exactly between two of its parts leaves a whole graph.
    expect(refused).toBeGreaterThanOrEqual(bytes.length - graph.nodes.length - 1)
  })

  test('any bytes end in a graph or in a failure, never in a bug', () => {
    const bytes = writeGraphDef(graph)
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, value) => {
        const damaged = bytes.slice()
        damaged[at] = value
        try {
          readGraphDef(damaged)
        } catch (error) {
          expect((error as { failure?: object }).failure).toBeDefined()
        }
      }),
      { numRuns: 2000 },
    )
  })

  test('edges into nowhere and names used twice are refused with the node', () => {
    const astray = writeGraphDef(graphOf([node('y', 'Relu', ['gone'])], ['y']))
    expect(failureOf(() => readGraphDef(astray))).toMatchObject({ code: 'unsupported-graph', node: 'y' })
    const twice = writeGraphDef(graphOf([ints('a', [1]), ints('a', [2])], ['a']))
    expect(failureOf(() => readGraphDef(twice))).toMatchObject({ code: 'unsupported-graph', node: 'a' })
  })
})
