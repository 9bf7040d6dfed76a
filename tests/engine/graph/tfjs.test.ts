import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { RUN } from '../../../main/engine/graph/formats/tfjs/ops.ts'
import {
  attr,
  freeze,
  type Graph,
  loadExecutable,
  openModel,
  readGraphDef,
  type TfjsOptions,
  writeTfjsGraph,
} from '../../../main/engine/graph/index.ts'
import { openTensor, type Tf } from '../../../main/engine/tensor/index.ts'
import { readFloats, readModel } from '../../golden/graph/read.ts'
import { failureOf, floats, graphOf, ints, node, placeholder } from './build.ts'

const golden = join(import.meta.dirname, '../../golden/graph')
const scratch = mkdtempSync(join(tmpdir(), 'tfjs-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))
let made = 0
const fresh = () => join(scratch, `model${made++}`)

let tf: Tf
beforeAll(async () => {
  tf = (await openTensor({ backend: 'cpu' })).tf
})

const failing = async (act: Promise<unknown>) => {
  const outcome = await act.then(
    () => undefined,
    (error: unknown) => error,
  )
  return failureOf(() => {
    if (outcome) throw outcome
  })
}

interface Json {
  modelTopology: object
  weightsManifest: {
    paths: string[]
    weights: { name: string; shape: number[]; dtype: string; quantization?: object }[]
  }[]
  signature?: object
  format?: string
}
const jsonIn = (folder: string) => JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8')) as Json

/** What TensorFlow.js itself makes of a folder. */
async function theirs(
  folder: string,
  feeds: Record<string, { data: Float32Array; shape: number[] }>,
  output?: string,
) {
  const { modelTopology, weightsManifest, signature, format } = jsonIn(folder)
  const specs = weightsManifest.flatMap(({ weights }) => weights)
  const shards = weightsManifest.flatMap(({ paths }) => paths.map(path => readFileSync(join(folder, path))))
  const weightData = new Uint8Array(Buffer.concat(shards)).buffer
  const model = await tf.loadGraphModel({
    load: async () => ({
      modelTopology,
      weightSpecs: specs as never,
      weightData,
      signature: signature as never,
      format,
    }),
  } as never)
  const inputs = Object.fromEntries(
    Object.entries(feeds).map(([name, { data, shape }]) => [name, tf.tensor(data, shape)]),
  )
  const loops = /While|Switch/.test(JSON.stringify(modelTopology))
  const result = loops ? await model.executeAsync(inputs, output) : model.execute(inputs, output)
  return (Array.isArray(result) ? result : [result]).map(tensor => Float32Array.from(tensor.dataSync()))
}

function ours(graph: Graph, feeds: Record<string, { data: Float32Array; shape: number[] }>): Float32Array[] {
  const executable = loadExecutable(graph, tf)
  try {
    const results = executable.run(feeds)
    return executable.outputs.map(name => results[name]?.data as Float32Array)
  } finally {
    executable.dispose()
  }
}

function expectClose(actual: Float32Array | undefined, expected: Float32Array, tolerance: number) {
  expect(actual?.length).toBe(expected.length)
  const worst = expected.reduce(
    (most, value, i) => Math.max(most, Math.abs(value - (actual?.[i] ?? Number.NaN))),
    0,
  )
  expect(worst).toBeLessThanOrEqual(tolerance)
}

describe('a graph written for TensorFlow.js', () => {
  for (const name of ['classifier', 'convnet', 'layers']) {
    const graph = readGraphDef(readFileSync(join(golden, name, 'frozen.pb')))
    const row = (graph.inputs[0]?.shape ?? []).slice(1)
    const feeds = {
      [graph.inputs[0]?.name as string]: {
        data: readFloats(join(golden, name, 'rows.bin')),
        shape: [100, ...row],
      },
    }
    const expected = readFloats(join(golden, name, 'frozen.bin'))

    test(`${name} is run by TensorFlow.js with the answers of TensorFlow`, async () => {
      const folder = fresh()
      await writeTfjsGraph(graph, folder)
      expectClose((await theirs(folder, feeds))[0], expected, 1e-5)
    })

    test(`${name} comes back as it was, and so does one with packed weights, unpacked as TensorFlow.js does`, async () => {
      for (const [quantize, tolerance] of [
        [undefined, 0],
        ['float16', 2e-2],
        ['uint8', 5e-1],
      ] as [TfjsOptions['quantize'], number][]) {
        const folder = fresh()
        const bytes = await writeTfjsGraph(graph, folder, { quantize })
        expect(bytes).toBe(
          readdirSync(folder).reduce((sum, file) => sum + readFileSync(join(folder, file)).length, 0),
        )
        const { graph: back, format, bytes: read } = await openModel(folder)
        expect([format, read]).toEqual(['tfjs-graph', bytes])
        if (!quantize && name !== 'layers')
          expect(back.nodes.map(({ origin, ...rest }) => rest)).toEqual(graph.nodes)
        const [answers] = ours(back, feeds)
        expectClose(answers, (await theirs(folder, feeds))[0] as Float32Array, 1e-6)
        expectClose(answers, expected, Math.max(1e-5, tolerance))
      }
    })
  }

  test('with the 8-bit weights of a quantized graph has the floats that they stand for', async () => {
    const graph = readGraphDef(readFileSync(join(golden, 'classifier', 'quantized.pb')))
    expect(graph.nodes.some(({ op }) => op === 'Dequantize')).toBe(true)
    const row = (graph.inputs[0]?.shape ?? []).slice(1)
    const feeds = {
      [graph.inputs[0]?.name as string]: {
        data: readFloats(join(golden, 'classifier', 'rows.bin')),
        shape: [100, ...row],
      },
    }
    const folder = fresh()
    await writeTfjsGraph(graph, folder)
    expectClose((await theirs(folder, feeds))[0], ours(graph, feeds)[0] as Float32Array, 1e-5)
  })

  for (const name of ['loop', 'frames'])
    test(`goes round as often as it should: ${name}`, async () => {
      const pb = readFileSync(join(golden, '../shapes', `${name}.pb`))
      const once = fresh()
      await writeTfjsGraph(readGraphDef(pb, { outputs: ['Identity'] }), once)
      const { graph: back } = await openModel(once)
      const twice = fresh()
      await writeTfjsGraph(back, twice)
      for (const folder of [once, twice]) {
        const feeds = { x: { data: Float32Array.of(1, 2), shape: [2] } }
        expect([...((await theirs(folder, feeds))[0] as Float32Array)]).toEqual([15, 23])
      }
    })

  test('is cut into files of 4 MB that weights may cross', async () => {
    const big = (name: string, size: number) =>
      floats(
        name,
        [size],
        Array.from({ length: size }, (_, i) => Math.sin(i)),
      )
    const graph = graphOf(
      [
        placeholder('x', [1]),
        big('a', 1_500_000),
        big('b', 1_000_001),
        big('c', 3),
        node('y', 'AddN', ['a']),
      ],
      ['y', 'b', 'c'],
    )
    const folder = fresh()
    await writeTfjsGraph(graph, folder)
    const sizes = jsonIn(folder).weightsManifest[0]?.paths.map(
      path => readFileSync(join(folder, path)).length,
    )
    expect(sizes).toEqual([4194304, 4194304, 4 * 2_500_004 - 2 * 4194304])
    const { graph: back } = await openModel(join(folder, 'model.json'))
    expect(back.nodes.map(({ origin, ...rest }) => rest)).toEqual(graph.nodes)
  })

  test('says all operations at once that TensorFlow.js does not run', async () => {
    const graph = graphOf(
      [placeholder('x', [2]), node('a', 'Digamma', ['x']), node('y', 'Lgamma', ['a'])],
      ['y'],
    )
    const failure = await failing(writeTfjsGraph(graph, fresh()))
    expect(failure).toMatchObject({ code: 'unsupported-graph', node: 'a' })
    expect(failure.message).toMatch(/Digamma, Lgamma/)
  })

  test('has only operations that TensorFlow.js knows', () => {
    const folder = join(
      import.meta.dirname,
      '../../../node_modules/@tensorflow/tfjs-converter/dist/operations/op_list',
    )
    const sources = readdirSync(folder)
      .filter(file => file.endsWith('.js'))
      .map(file => readFileSync(join(folder, file), 'utf8'))
    const known = new Set([...sources.join().matchAll(/tfOpName['"]?:\s*['"](\w+)/g)].map(([, name]) => name))
    expect([...RUN].filter(op => !known.has(op))).toEqual([])
  })

  test('keeps wholes of 64 bits and names texts; what TensorFlow.js cannot hold is refused with the node', async () => {
    const wide = {
      ...ints('wide', []),
      attrs: {
        dtype: attr.type('int64'),
        value: attr.tensor({ dtype: 'int64', shape: [2], data: BigInt64Array.of(-1n, 5n) }),
      },
    }
    const folder = fresh()
    await writeTfjsGraph(graphOf([wide], ['wide']), folder)
    expect((await openModel(folder)).graph.nodes[0]?.attrs).toEqual(wide.attrs)
    const huge = {
      ...wide,
      attrs: {
        ...wide.attrs,
        value: attr.tensor({ dtype: 'int64', shape: [1], data: BigInt64Array.of(2n ** 40n) }),
      },
    }
    expect(await failing(writeTfjsGraph(graphOf([huge], ['wide']), fresh()))).toMatchObject({
      code: 'unsupported-graph',
      node: 'wide',
    })
    const variable = node('v', 'VarHandleOp')
    expect(
      await failing(writeTfjsGraph(graphOf([variable, node('y', 'ReadVariableOp', ['v'])], ['y']), fresh())),
    ).toMatchObject({ code: 'unsupported-graph', node: 'v' })
  })
})

describe('fused operations', () => {
  const list = (...words: string[]) => ({
    list: { s: words.map(word => Buffer.from(word).toString('base64')) },
  })
  const type = { type: 'DT_FLOAT' }
  const weights: { name: string; shape: number[]; dtype: string }[] = []
  const values: number[] = []
  const constants: object[] = []
  const weight = (name: string, ...shape: number[]) => {
    const size = shape.reduce((product, each) => product * each, 1)
    weights.push({ name, shape, dtype: 'float32' })
    for (let i = 0; i < size; i++) values.push(Math.sin(i * 1.7 + weights.length))
    const tensor = { dtype: 'DT_FLOAT', tensorShape: { dim: shape.map(each => ({ size: String(each) })) } }
    constants.push({ name, op: 'Const', attr: { dtype: type, value: { tensor } } })
    return name
  }
  const kernel = weight('kernel', 3, 3, 2, 4)
  const depth = weight('depth', 3, 3, 2, 2)
  const bias = weight('bias', 4)
  const alpha = weight('alpha', 4)
  const matrix = weight('matrix', 2, 4)
  const window = {
    T: type,
    strides: { list: { i: ['1', '1', '1', '1'] } },
    dilations: { list: { i: ['1', '1', '1', '1'] } },
    padding: { s: Buffer.from('SAME').toString('base64') },
    data_format: { s: Buffer.from('NHWC').toString('base64') },
  }
  const cases: [string, object][] = [
    [
      'bias',
      {
        name: 'y',
        op: '_FusedConv2D',
        input: ['x', kernel, bias],
        attr: { ...window, num_args: { i: '1' }, fused_ops: list('BiasAdd') },
      },
    ],
    [
      'bias and relu',
      {
        name: 'y',
        op: '_FusedConv2D',
        input: ['x', kernel, bias],
        attr: { ...window, num_args: { i: '1' }, fused_ops: list('BiasAdd', 'Relu') },
      },
    ],
    [
      'bias and prelu',
      {
        name: 'y',
        op: '_FusedConv2D',
        input: ['x', kernel, bias, alpha],
        attr: { ...window, num_args: { i: '2' }, fused_ops: list('BiasAdd', 'Prelu') },
      },
    ],
    [
      'bias and leaky relu',
      {
        name: 'y',
        op: '_FusedConv2D',
        input: ['x', kernel, bias],
        attr: {
          ...window,
          num_args: { i: '1' },
          leakyrelu_alpha: { f: 0.3 },
          fused_ops: list('BiasAdd', 'LeakyRelu'),
        },
      },
    ],
    [
      'depthwise with bias and relu6',
      {
        name: 'y',
        op: 'FusedDepthwiseConv2dNative',
        input: ['x', depth, bias],
        attr: { ...window, num_args: { i: '1' }, fused_ops: list('BiasAdd', 'Relu6') },
      },
    ],
    [
      'depthwise with bias and elu',
      {
        name: 'y',
        op: 'FusedDepthwiseConv2dNative',
        input: ['x', depth, bias],
        attr: { ...window, num_args: { i: '1' }, fused_ops: list('BiasAdd', 'Elu') },
      },
    ],
    [
      'a product with bias and sigmoid',
      {
        name: 'y',
        op: '_FusedMatMul',
        input: ['m', matrix, bias],
        attr: {
          T: type,
          transpose_a: { b: false },
          transpose_b: { b: false },
          num_args: { i: '1' },
          fused_ops: list('BiasAdd', 'Sigmoid'),
        },
      },
    ],
    ['prelu by itself', { name: 'y', op: 'Prelu', input: ['m', 'row'], attr: { T: type } }],
  ]
  const row = weight('row', 2)
  const data = Float32Array.from({ length: 50 }, (_, i) => Math.cos(i) * 2)

  const write = (folder: string, item: object, more: Partial<Json> = {}) => {
    mkdirSync(folder, { recursive: true })
    const placeholders = [
      {
        name: 'x',
        op: 'Placeholder',
        attr: {
          dtype: type,
          shape: { shape: { dim: [{ size: '-1' }, { size: '5' }, { size: '5' }, { size: '2' }] } },
        },
      },
      {
        name: 'm',
        op: 'Placeholder',
        attr: { dtype: type, shape: { shape: { dim: [{ size: '-1' }, { size: '2' }] } } },
      },
    ]
    writeFileSync(join(folder, 'weights.bin'), Float32Array.from(values))
    const json = {
      format: 'graph-model',
      modelTopology: {
        node: [...constants, ...placeholders, item],
        library: {},
        versions: { producer: 1286 },
      },
      weightsManifest: [{ paths: ['weights.bin'], weights }],
      ...more,
    }
    writeFileSync(join(folder, 'model.json'), JSON.stringify(json))
  }

  for (const [what, item] of cases)
    test(`${what} become plain ones with the answers of TensorFlow.js`, async () => {
      expect(row).toBe('row')
      const folder = fresh()
      write(folder, item)
      const { graph } = await openModel(folder, { inputs: ['x', 'm'], outputs: ['y'] })
      expect(graph.nodes.some(({ op }) => /Fused(Conv|Mat|Depth)|Prelu/.test(op))).toBe(false)
      const feeds = { x: { data, shape: [1, 5, 5, 2] }, m: { data, shape: [25, 2] } }
      expectClose(ours(graph, feeds)[0], (await theirs(folder, feeds, 'y'))[0] as Float32Array, 1e-6)
    })

  test('that nobody knows are refused with the node', async () => {
    const folder = fresh()
    write(folder, {
      name: 'y',
      op: '_FusedConv2D',
      input: ['x', kernel],
      attr: { ...window, fused_ops: list('Magic') },
    })
    expect(await failing(openModel(folder))).toMatchObject({ code: 'unsupported-graph', node: 'y' })
  })

  test('of a damaged model end in a failure', async () => {
    const good = { name: 'y', op: 'Relu', input: ['m'], attr: { T: type } }
    const bad: [string, Partial<Json> & Record<string, unknown>][] = [
      ['no weights', { weightsManifest: [] }],
      ['a file elsewhere', { weightsManifest: [{ paths: ['../weights.bin'], weights }] }],
      ['a folder for a file', { weightsManifest: [{ paths: [''], weights }] }],
      ['a file that is not there', { weightsManifest: [{ paths: ['gone.bin'], weights }] }],
      [
        'too few bytes',
        {
          weightsManifest: [
            {
              paths: ['weights.bin'],
              weights: [...weights, { name: 'more', shape: [2 ** 40], dtype: 'float32' }],
            },
          ],
        },
      ],
      ['too many bytes', { weightsManifest: [{ paths: ['weights.bin', 'weights.bin'], weights }] }],
      [
        'a negative size',
        {
          weightsManifest: [
            { paths: ['weights.bin'], weights: [{ name: 'kernel', shape: [-1], dtype: 'float32' }] },
          ],
        },
      ],
      [
        'an unknown type',
        {
          weightsManifest: [
            { paths: ['weights.bin'], weights: weights.map(each => ({ ...each, dtype: 'float7' })) },
          ],
        },
      ],
      [
        'an unknown packing',
        {
          weightsManifest: [
            {
              paths: ['weights.bin'],
              weights: weights.map(each => ({ ...each, quantization: { dtype: 'uint4' } })),
            },
          ],
        },
      ],
      ['a graph that is none', { modelTopology: { node: 3 } }],
      ['no graph', { modelTopology: undefined }],
      ['a signature that is none', { signature: { inputs: 7 } }],
    ]
    for (const [, more] of bad) {
      const folder = fresh()
      write(folder, good, more)
      expect((await failing(openModel(folder))).code).toMatch(/unreadable-file|unsupported/)
    }
    const folder = fresh()
    write(folder, good)
    writeFileSync(join(folder, 'model.json'), readFileSync(join(folder, 'model.json'), 'utf8').slice(0, -40))
    expect((await failing(openModel(folder))).code).toBe('unreadable-file')
  })
})

test('a model of which anything is something else ends as a graph or in a failure', async () => {
  const source = fresh()
  await writeTfjsGraph(readGraphDef(readFileSync(join(golden, 'convnet', 'frozen.pb'))), source)
  const text = readFileSync(join(source, 'model.json'), 'utf8')
  const junk = fc.constantFrom<unknown>(
    null,
    -1,
    1e300,
    2 ** 40,
    '',
    'DT_FLOAT',
    '../x',
    [],
    {},
    [[]],
    true,
    'AAAA',
  )
  let refused = 0
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(), { minLength: 1, maxLength: 8 }), junk, async (steps, value) => {
      const json: unknown = JSON.parse(text)
      let at = json as Record<string, unknown>
      for (const [i, step] of steps.entries()) {
        const keys = Object.keys(at)
        const key = keys[step % keys.length]
        if (key === undefined) break
        const inner = at[key]
        if (i === steps.length - 1 || typeof inner !== 'object' || inner === null) {
          at[key] = value
          break
        }
        at = inner as Record<string, unknown>
      }
      writeFileSync(join(source, 'model.json'), JSON.stringify(json))
      await openModel(source).catch(error => {
        refused++
        expect((error as { failure?: object }).failure).toBeDefined()
      })
    }),
    { numRuns: 300 },
  )
  expect(refused).toBeGreaterThan(50)
})

describe('a layers model of TensorFlow.js', () => {
  const model = readModel(join(golden, 'classifier'))
  const frozen = readGraphDef(readFileSync(join(golden, 'classifier', 'frozen.pb')))
  const [input] = frozen.inputs
  const feeds = {
    [input?.name as string]: {
      data: readFloats(join(golden, 'classifier', 'rows.bin')),
      shape: [100, ...(input?.shape ?? []).slice(1)],
    },
  }
  const expected = readFloats(join(golden, 'classifier', 'keras.bin'))

  const save = (pack?: 'float16' | 'uint8' | 'uint16') => {
    const folder = fresh()
    mkdirSync(folder)
    const specs = model.weightSpecs ?? []
    const all = new Float32Array(model.weightData as ArrayBuffer)
    let at = 0
    const parts: Uint8Array[] = []
    const weights = specs.map(spec => {
      const size = spec.shape.reduce((product, each) => product * each, 1)
      const part = all.slice(at, at + size)
      at += size
      if (!pack) parts.push(new Uint8Array(part.buffer))
      if (!pack) return spec
      if (pack === 'float16') {
        const view = new DataView(new ArrayBuffer(2 * size))
        part.forEach((value, i) => void view.setFloat16(2 * i, value, true))
        parts.push(new Uint8Array(view.buffer))
        return { ...spec, quantization: { dtype: pack, original_dtype: 'float32' } }
      }
      const [min, max] = [Math.min(...part), Math.max(...part)]
      const steps = pack === 'uint8' ? 255 : 65535
      const scale = max > min ? (max - min) / steps : 1
      const whole = Array.from(part, value => Math.round((value - min) / scale))
      const packed = pack === 'uint8' ? Uint8Array.from(whole) : Uint16Array.from(whole)
      parts.push(new Uint8Array(packed.buffer))
      return { ...spec, quantization: { dtype: pack, min, scale, original_dtype: 'float32' } }
    })
    const bytes = Buffer.concat(parts)
    const half = Math.floor(bytes.length / 2)
    writeFileSync(join(folder, 'a.bin'), bytes.subarray(0, half))
    writeFileSync(join(folder, 'b.bin'), bytes.subarray(half))
    writeFileSync(
      join(folder, 'model.json'),
      JSON.stringify({
        modelTopology: model.modelTopology,
        format: 'layers-model',
        weightsManifest: [{ paths: ['a.bin', 'b.bin'], weights }],
      }),
    )
    return folder
  }

  for (const [pack, tolerance] of [
    [undefined, 1e-5],
    ['float16', 5e-3],
    ['uint16', 1e-3],
    ['uint8', 0.2],
  ] as const)
    test(`with ${pack ?? 'plain'} weights answers as Keras`, async () => {
      const opened = await openModel(save(pack))
      expect(opened.format).toBe('tfjs-layers')
      expectClose(ours(freeze(opened.graph).graph, feeds)[0], expected, tolerance)
    })

  test('is told from a graph by what it holds, also without its format', async () => {
    const folder = save()
    const { format, ...rest } = jsonIn(folder)
    expect(format).toBe('layers-model')
    writeFileSync(join(folder, 'model.json'), JSON.stringify(rest))
    expect((await openModel(folder)).format).toBe('tfjs-layers')
    expect(existsSync(join(folder, 'a.bin'))).toBe(true)
  })
})
