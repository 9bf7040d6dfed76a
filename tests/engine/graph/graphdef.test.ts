import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { create, toBinary } from '@bufbuild/protobuf'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { GraphDefSchema } from '../../../main/engine/graph/gen/graph_pb.ts'
import { TensorProtoSchema } from '../../../main/engine/graph/gen/tensor_pb.ts'
import { DataType } from '../../../main/engine/graph/gen/types_pb.ts'
import {
  attr,
  type Graph,
  openGraphDef,
  readGraphDef,
  saveGraphDef,
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

const scratch = mkdtempSync(join(tmpdir(), 'graphdef-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))
const file = (bytes: Uint8Array, name = 'graph.pb') => {
  writeFileSync(join(scratch, name), bytes)
  return join(scratch, name)
}
const failing = async (act: Promise<unknown>): Promise<ReturnType<typeof failureOf>> => {
  const outcome = await act.then(
    () => undefined,
    (error: unknown) => error,
  )
  return failureOf(() => {
    if (outcome) throw outcome
  })
}

describe('a GraphDef as a file', () => {
  const large = Float32Array.from({ length: 300_000 }, (_, i) => i / 7)
  const heavy = graphOf(
    [
      placeholder('x', [-1, 300]),
      {
        ...floats('w', [300, 1000], []),
        attrs: {
          value: attr.tensor({ dtype: 'float32', shape: [300, 1000], data: large }),
          a: attr.int(1),
          z: attr.ints([3]),
        },
      },
      node('y', 'MatMul', ['x', 'w']),
    ],
    ['y'],
  )

  test('comes back as it was saved, with the bytes that are written in memory', async () => {
    for (const each of [graph, heavy]) {
      const path = join(scratch, 'saved.pb')
      const bytes = await saveGraphDef(each, path)
      expect(Buffer.compare(readFileSync(path), writeGraphDef(each))).toBe(0)
      expect(bytes).toBe(readFileSync(path).length)
      expect((await openGraphDef(path)).nodes).toEqual(each.nodes)
      expect(readGraphDef(readFileSync(path)).nodes).toEqual(each.nodes)
    }
    expect(readdirSync(scratch)).toEqual(['saved.pb'])
  })

  test('is read with its weights once in memory, in buffers of their own', async () => {
    const data = new Float32Array(24 * 2 ** 20).fill(0.5)
    const path = join(scratch, 'weights.pb')
    const many = graphOf(
      [
        {
          ...floats('w', [], []),
          attrs: { value: attr.tensor({ dtype: 'float32', shape: [data.length], data }) },
        },
      ],
      ['w'],
    )
    await saveGraphDef(many, path)
    const before = process.memoryUsage().arrayBuffers
    const back = await openGraphDef(path)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(data.byteLength * 1.2)
    const value = back.nodes[0]?.attrs.value
    expect(value?.kind === 'tensor' && value.value.data.buffer.byteLength).toBe(data.byteLength)
  })

  test('may list large constants value by value, packed or not', async () => {
    const def = (value: object) =>
      toBinary(
        GraphDefSchema,
        create(GraphDefSchema, {
          node: [
            {
              name: 'c',
              op: 'Const',
              attr: { value: { value: { case: 'tensor', value: create(TensorProtoSchema, value) } } },
            },
          ],
        }),
      )
    const dim = [{ size: 300_000n }]
    const opened = async (value: object) => {
      const found = (await openGraphDef(file(def(value)), { outputs: ['c'] })).nodes[0]?.attrs.value
      return found?.kind === 'tensor' ? found.value : found
    }
    const packed = await opened({ dtype: DataType.DT_FLOAT, tensorShape: { dim }, floatVal: [...large] })
    expect(packed).toEqual({ dtype: 'float32', shape: [300_000], data: large })
    const wholes = await opened({
      dtype: DataType.DT_INT32,
      tensorShape: { dim },
      intVal: Array.from(large, Math.floor),
    })
    expect(wholes).toEqual({ dtype: 'int32', shape: [300_000], data: Int32Array.from(large, Math.floor) })
    const stringVal = Array.from({ length: 30_000 }, (_, i) => new TextEncoder().encode(`word${i}`))
    expect(
      await opened({ dtype: DataType.DT_STRING, tensorShape: { dim: [{ size: 30_000n }] }, stringVal }),
    ).toMatchObject({ kind: 'opaque' })
    const short = file(
      def({ dtype: DataType.DT_FLOAT, tensorShape: { dim }, tensorContent: new Uint8Array(100_000) }),
    )
    expect(await failing(openGraphDef(short))).toMatchObject({ code: 'unreadable-file', node: 'c' })
  })

  test('that stops being there, is a folder or was never there is trouble in words', async () => {
    for (const path of [join(scratch, 'nowhere.pb'), scratch])
      await expect(openGraphDef(path)).rejects.toThrow(/ENOENT|EISDIR/)
  })

  test('can be stopped while it is read', async () => {
    const data = new Uint8Array(20 * 2 ** 20)
    const two = ['a', 'b'].map(name => ({
      ...floats(name, [], []),
      attrs: { value: attr.tensor({ dtype: 'uint8', shape: [data.length], data }) },
    }))
    const path = file(writeGraphDef(graphOf(two, ['a'])))
    await expect(openGraphDef(path, {}, AbortSignal.abort())).rejects.toThrow(/abort/i)
  })

  test('larger than 2 GiB is not written', async () => {
    const data = new Uint8Array(2 ** 28)
    const nodes = Array.from({ length: 9 }, (_, i) => ({
      ...floats(`w${i}`, [], []),
      attrs: { value: attr.tensor({ dtype: 'uint8', shape: [data.length], data }) },
    }))
    const failure = await failing(saveGraphDef(graphOf(nodes, ['w0']), join(scratch, 'huge.pb')))
    expect(failure).toMatchObject({ code: 'unsupported', message: expect.stringContaining('2 GiB') })
    expect(readdirSync(scratch)).not.toContain('huge.pb')
  })
})

describe('a hostile GraphDef', () => {
  const nested = (depth: number) => {
    let value = Uint8Array.of()
    const wrap = (tag: number, inner: Uint8Array) => {
      const length: number[] = []
      for (let n = inner.length; ; n = Math.floor(n / 128)) {
        length.push((n % 128) + (n >= 128 ? 128 : 0))
        if (n < 128) break
      }
      return new Uint8Array(Buffer.concat([Buffer.from([tag, ...length]), inner]))
    }
    // AttrValue.func -> NameAttrList.attr -> entry.value -> AttrValue ...
    for (let i = 0; i < depth; i++) value = wrap(0x52, wrap(0x12, wrap(0x12, value)))
    const text = (tag: number, word: string) => wrap(tag, new TextEncoder().encode(word))
    return wrap(
      0x0a,
      Uint8Array.from([
        ...text(0x0a, 'n'),
        ...text(0x12, 'NoOp'),
        ...wrap(0x2a, Uint8Array.from([...text(0x0a, 'a'), ...wrap(0x12, value)])),
      ]),
    )
  }
  const cases: Record<string, Uint8Array> = {
    'a length of 2^63': Uint8Array.of(0x0a, 255, 255, 255, 255, 255, 255, 255, 255, 127),
    'a length without end': Uint8Array.of(0x0a, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255),
    'a node of 2 GiB in ten bytes': Uint8Array.of(0x0a, 255, 255, 255, 255, 7, 0x0a, 1, 65, 0),
    'groups in groups': new Uint8Array(100_000).fill(0x0b),
    'a field of no known type': Uint8Array.of(0x0f, 1),
    'a hundred thousand empty nodes': Uint8Array.from({ length: 200_000 }, (_, i) => (i % 2 ? 0 : 0x0a)),
  }
  for (const [name, bytes] of Object.entries(cases))
    test(`${name} is refused`, async () => {
      expect((await failing(openGraphDef(file(bytes)))).code).toBe('unreadable-file')
      expect(failureOf(() => readGraphDef(bytes)).code).toBe('unreadable-file')
    })

  test('functions in functions in functions are carried along or refused', () => {
    expect(readGraphDef(nested(10)).nodes).toHaveLength(1)
    expect(failureOf(() => readGraphDef(nested(3000))).code).toBe('unreadable-file')
  })

  test('a few bytes that claim many constants of a gigabyte are refused before the memory is full', () => {
    const value = create(TensorProtoSchema, {
      dtype: DataType.DT_FLOAT,
      tensorShape: { dim: [{ size: 2n ** 26n }] },
      floatVal: [0],
    })
    const bytes = toBinary(
      GraphDefSchema,
      create(GraphDefSchema, {
        node: Array.from({ length: 1000 }, (_, i) => ({
          name: `c${i}`,
          op: 'Const',
          attr: { value: { value: { case: 'tensor' as const, value } } },
        })),
      }),
    )
    expect(failureOf(() => readGraphDef(bytes))).toMatchObject({ code: 'unreadable-file' })
  })

  test('files cut off or with bits turned end in a graph or in a failure, also where constants are large', async () => {
    const data = Float32Array.from({ length: 40_000 }, (_, i) => i)
    const bytes = writeGraphDef(
      graphOf(
        [
          placeholder('x', [1]),
          {
            ...floats('w', [], []),
            attrs: { value: attr.tensor({ dtype: 'float32', shape: [200, 200], data }) },
          },
          node('y', 'Relu', ['w']),
        ],
        ['y'],
      ),
    )
    const edges = fc.oneof(
      fc.nat(200),
      fc.nat(200).map(n => bytes.length - 1 - n),
      fc.nat(bytes.length - 1),
    )
    await fc.assert(
      fc.asyncProperty(edges, fc.nat(7), fc.boolean(), async (at, bit, cut) => {
        const damaged = cut ? bytes.slice(0, at) : bytes.slice()
        if (!cut) damaged[at] = (damaged[at] as number) ^ (1 << bit)
        const read = (() => {
          try {
            return readGraphDef(damaged)
          } catch (error) {
            return (error as { failure?: object }).failure
          }
        })()
        expect(read).toBeDefined()
        const opened = await openGraphDef(file(damaged)).catch((error: { failure?: object }) => error.failure)
        expect(opened).toEqual(read)
      }),
      { numRuns: 150 },
    )
  })
})
