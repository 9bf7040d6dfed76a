import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  type LiteModel,
  type LiteOperator,
  type LiteTensor,
  raise,
  readTflite,
  signaturesOf,
  tflite,
  writeTflite,
} from '../../../main/engine/graph/formats/tflite/index.ts'
import {
  evaluate,
  type Graph,
  type GraphNode,
  loadExecutable,
  type Port,
  portName,
  portOf,
  type Tensor,
} from '../../../main/engine/graph/index.ts'
import { openTensor, type Tf } from '../../../main/engine/tensor/index.ts'
import { elementsOf, type Kept, readAnswers } from '../../golden/graph/tflite/read.ts'

const golden = join(import.meta.dirname, '../../golden/graph/tflite')
const pathOf = (name: string) => join(golden, `${name}.tflite`)
const open = (name: string) => tflite.open(pathOf(name), {})

let tf: Tf
beforeAll(async () => {
  tf = (await openTensor({ backend: 'cpu' })).tf
})

const tensorOf = (kept: Kept): Tensor => ({
  dtype: kept.dtype,
  shape: kept.shape,
  data: elementsOf(kept) as Tensor['data'],
})

/** One node computed by the executor, as a graph of its own. */
function execute(node: GraphNode, inputs: Tensor[]): Tensor[] {
  const fed = inputs.map((_, i) => `in${i}`)
  const placeholders = fed.map((name, i): GraphNode => {
    const value = inputs[i] as Tensor
    if (i > 0)
      return {
        name,
        op: 'Const',
        inputs: [],
        controls: [],
        device: '',
        attrs: { dtype: { kind: 'type', value: value.dtype }, value: { kind: 'tensor', value } },
      }
    const attrs: GraphNode['attrs'] = {
      dtype: { kind: 'type', value: value.dtype },
      shape: { kind: 'shape', value: value.shape },
    }
    return { name, op: 'Placeholder', inputs: [], controls: [], device: '', attrs }
  })
  const graph: Graph = {
    nodes: [...placeholders, { ...node, name: 'out', inputs: fed.map(name => ({ node: name, port: 0 })) }],
    inputs: [{ name: 'in0', dtype: 'float32', shape: inputs[0]?.shape }],
    outputs: [{ name: 'out', dtype: 'float32', shape: undefined }],
    variables: new Map(),
    versions: { producer: 0, minConsumer: 0 },
  }
  const executable = loadExecutable(graph, tf)
  const [x] = inputs as [Tensor]
  const { out } = executable.run({ in0: { data: x.data as Float32Array, shape: x.shape } })
  executable.dispose()
  return [{ dtype: 'float32', shape: out?.shape as number[], data: out?.data as Float32Array }]
}

/** Values of the outputs that can be computed here, by name. */
function compute(graph: Graph, feeds: Map<string, Tensor>): Map<string, Tensor> {
  const values = new Map(feeds)
  for (const node of graph.nodes) {
    if (values.has(node.name)) continue
    const inputs = node.inputs.map((port: Port) => values.get(portName(port)))
    if (inputs.some(input => input === undefined)) continue
    const known =
      node.op === 'Const' ? [node.attrs.value?.value as Tensor] : evaluate(node, inputs as Tensor[])
    const local = ['Conv2D', 'DepthwiseConv2dNative', 'AvgPool', 'MaxPool'].includes(node.op)
    // TensorFlow.js knows no groups of channels.
    const grouped = node.op === 'Conv2D' && inputs[0]?.shape[3] !== inputs[1]?.shape[2]
    const made = known ?? (local && !grouped ? execute(node, inputs as Tensor[]) : [])
    made.forEach((value, port) => {
      values.set(portName({ node: node.name, port }), value)
    })
  }
  return values
}

function expectClose(actual: Tensor | undefined, expected: Kept, tolerance: number, name: string): void {
  expect(actual?.shape, name).toEqual(expected.shape)
  const [a, b] = [Array.from(actual?.data ?? [], Number), Array.from(elementsOf(expected), Number)]
  const worst = Math.max(...a.map((value, i) => Math.abs(value - (b[i] as number))))
  expect(worst, name).toBeLessThanOrEqual(tolerance)
}

/** Files with only operations that are computed here, and how many of their outputs that makes. */
const HERE: [name: string, outputs: number, tolerance: number][] = [
  ['convnet_float', 1, 1e-5],
  ['convnet_float16', 1, 1e-5],
  // Values between operators are rounded in the file and not here.
  ['convnet_dynamic', 1, 1e-3],
  ['convnet_int8', 1, 2e-2],
  ['convnet_int16', 1, 2e-2],
  ['elements', 8, 1e-5],
  ['tabular', 1, 1e-5],
  ['whole', 4, 0],
  ['shapes', 19, 1e-6],
  ['windows', 10, 1e-5],
]

describe.each(HERE)('the file %s', (name, computed, tolerance) => {
  test('answers as a graph what TensorFlow Lite answers', async () => {
    const { graph } = await open(name)
    const answers = readAnswers(name)
    const feeds = new Map(graph.inputs.map((input, i) => [input.name, tensorOf(answers.inputs[i] as Kept)]))
    const values = compute(graph, feeds)
    const outputs = graph.outputs.map((output, i) => ({
      name: output.name,
      expected: answers.outputs[i] as Kept,
    }))
    const found = outputs.filter(output => values.has(output.name))
    expect(found.length).toBeGreaterThanOrEqual(computed)
    for (const { name: output, expected } of found)
      expectClose(values.get(output), expected, tolerance, output)
  })

  test('names each node once, and each came from a tensor of the file', async () => {
    const { graph } = await open(name)
    const names = graph.nodes.map(node => node.name)
    expect(new Set(names).size).toBe(names.length)
    const tensors = new Set(
      readTflite(readFileSync(pathOf(name))).subgraphs[0]?.tensors.map(entry => entry.name),
    )
    expect(graph.nodes.filter(node => !tensors.has(node.origin?.node ?? ''))).toEqual([])
    for (const node of graph.nodes) {
      expect(node.name).toMatch(/^[A-Za-z0-9.][A-Za-z0-9_.\-/]*$/)
      for (const input of node.inputs) expect(names).toContain(input.node)
    }
  })
})

test('a loop stays a node under its own name, and a note says so', async () => {
  const { graph, notes } = await open('recurrent')
  expect(graph.nodes.find(node => node.op === 'WHILE')?.attrs).toMatchObject({
    cond_subgraph_index: { kind: 'int', value: 1 },
    body_subgraph_index: { kind: 'int', value: 2 },
  })
  expect(notes).toEqual(['TensorFlow has no counterpart of WHILE; they stay under these names.'])
})

test('quantized constants and values are told of', async () => {
  const { notes, graph } = await open('convnet_int8io')
  expect(notes).toEqual([
    '9 quantized constants were read as the floats that they stand for.',
    'Values between operators are floats here; the file rounds them to whole numbers.',
  ])
  expect(graph.inputs).toMatchObject([{ dtype: 'float32', shape: [1, 12, 12, 3], key: 'args_0' }])
  expect(graph.outputs).toMatchObject([{ dtype: 'float32', key: 'output_0' }])
})

test('what a file offers is listed, and what it does not is told', async () => {
  const opened = await open('elements')
  expect(opened).toMatchObject({ format: 'tflite', signature: 'serving_default', bytes: 10780 })
  expect(opened.signatures).toHaveLength(1)
  expect(opened.signatures[0]?.outputs.map(output => output.key)).toContain('three')
  await expect(tflite.open(pathOf('elements'), { signature: 'train' })).rejects.toMatchObject({
    failure: { code: 'not-found', remedy: expect.stringContaining('serving_default') },
  })
  await expect(tflite.open(pathOf('elements'), { outputs: ['nowhere'] })).rejects.toMatchObject({
    failure: { code: 'not-found', node: 'nowhere' },
  })
  // The `whole` file has no signature: it gets the usual one.
  expect((await open('whole')).signature).toBe('serving_default')
  const cut = await tflite.open(pathOf('elements'), { outputs: [opened.graph.nodes[20]?.name as string] })
  expect(cut.graph.outputs).toHaveLength(1)
  expect(portOf(cut.graph.outputs[0]?.name as string).node).toBe(opened.graph.nodes[20]?.name)
})

test('files are told by what they start with', () => {
  const head = readFileSync(pathOf('whole')).subarray(0, 64)
  expect(tflite.match('/x/model.bin', head)).toBe(true)
  expect(tflite.match('/x/model.tflite', new Uint8Array(64))).toBe(false)
  expect(tflite.match('/x', new Uint8Array(0))).toBe(false)
})

const floats = (name: string, shape: number[], data?: number[]): LiteTensor => ({
  name,
  type: 'float32',
  shape,
  ...(data && { data: new Uint8Array(Float32Array.from(data).buffer) }),
})

const modelOf = (tensors: LiteTensor[], operators: LiteOperator[], outputs: number[]): LiteModel => ({
  description: '',
  subgraphs: [{ name: 'main', tensors, operators, inputs: [0], outputs }],
  signatures: [],
  metadata: [],
})

const operator = (
  op: string,
  inputs: number[],
  outputs: number[],
  more: Partial<LiteOperator> = {},
): LiteOperator => ({
  op,
  version: 1,
  inputs,
  outputs,
  options: {},
  ...more,
})

const raised = (model: LiteModel) => raise(model, signaturesOf(model)[0] as never)

test('names that TensorFlow would not take are made into ones that it does', () => {
  const tensors = [floats('a b;c', [2]), floats('', [2]), floats('a b:0', [2]), floats('_x', [2])]
  const { graph } = raised(
    modelOf(
      tensors,
      [operator('RELU', [0], [1]), operator('RELU', [1], [2]), operator('TANH', [2], [3])],
      [3],
    ),
  )
  expect(graph.nodes.map(node => node.name)).toEqual(['a_b', 'tensor', 'a_b_1', 'tensor_x'])
  expect(graph.nodes.map(node => node.origin?.node)).toEqual(['a b;c', '', 'a b:0', '_x'])
})

test('four-bit and per-channel weights become the floats that they stand for', () => {
  const weights: LiteTensor = {
    name: 'w',
    type: 'int4',
    shape: [2, 3],
    data: Uint8Array.of(0x21, 0xf3, 0x78),
    quantization: { scale: [0.5, 2], zeroPoint: [0, 1], axis: 0 },
  }
  const tensors = [floats('x', [1, 3]), weights, floats('y', [1, 2])]
  const { graph } = raised(modelOf(tensors, [operator('FULLY_CONNECTED', [0, 1, -1], [2])], [2]))
  const matrix = graph.nodes.find(node => node.name === 'y/weights')?.attrs.value?.value as Tensor
  // Rows 1, 2, 3 and -1, -8, 7, with their own scale and zero point, turned over.
  expect(matrix.shape).toEqual([3, 2])
  expect([...matrix.data]).toEqual([0.5, -4, 1, -18, 1.5, 12])
})

test('weights that two operators share are put in order for each', () => {
  const weights = floats('w', [2, 2], [1, 2, 3, 4])
  const tensors = [floats('x', [1, 2]), weights, floats('y', [1, 2]), floats('z', [1, 2])]
  const operators = [
    operator('FULLY_CONNECTED', [0, 1, -1], [2]),
    operator('FULLY_CONNECTED', [2, 1, -1], [3]),
  ]
  const model = readTflite(writeTflite(modelOf(tensors, operators, [3])))
  const { graph } = raise(model, signaturesOf(model)[0] as never, { consume: true })
  const orders = graph.nodes.flatMap(({ attrs }) => (attrs.value ? [attrs.value.value as Tensor] : []))
  expect(orders.map(({ data }) => [...data])).toEqual([
    [1, 3, 2, 4],
    [1, 3, 2, 4],
  ])
})

test('custom operators keep their code', () => {
  const tensors = [floats('x', [2]), floats('y', [2])]
  const model = modelOf(tensors, [operator('CUSTOM', [0], [1], { customCode: 'MyOp' })], [1])
  const { graph, notes } = raised(model)
  expect(graph.nodes[1]).toMatchObject({ op: 'CUSTOM', attrs: { custom_code: { value: 'MyOp' } } })
  expect(notes).toEqual(['TensorFlow has no counterpart of MyOp; they stay under these names.'])
})

test('an operator that reads what nobody computed is a damaged file', () => {
  const tensors = [floats('x', [2]), floats('y', [2]), floats('z', [2])]
  const circle = [operator('ADD', [0, 2], [1]), operator('RELU', [1], [2])]
  expect(() => raised(modelOf(tensors, circle, [2]))).toThrow('"z" is read before anything computes it')
  const twice = [operator('RELU', [0], [1]), operator('TANH', [0], [1])]
  expect(() => raised(modelOf(tensors, twice, [1]))).toThrow('"y" is computed twice')
  expect(() => raised(modelOf(tensors, [], [2]))).toThrow('"z" is read before anything computes it')
})
