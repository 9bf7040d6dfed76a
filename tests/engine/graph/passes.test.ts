import { beforeAll, describe, expect, test } from 'vitest'
import {
  applyPass,
  attr,
  foldBatchNorms,
  freeze,
  type Graph,
  type GraphNode,
  loadExecutable,
  PASSES,
  quantizeWeights,
  type Tensor,
} from '../../../main/engine/graph/index.ts'
import { openTensor, type Tf } from '../../../main/engine/tensor/index.ts'
import { failureOf, floats, graphOf, node, placeholder } from './build.ts'

let tf: Tf
beforeAll(async () => {
  tf = (await openTensor({ backend: 'wasm' })).tf
})

const tensor = (...values: number[]): Tensor => ({
  dtype: 'float32',
  shape: [values.length],
  data: Float32Array.from(values),
})
const names = (graph: Graph) => graph.nodes.map(item => `${item.op} ${item.name}`)
const constantOf = (graph: Graph, name: string): number[] => {
  const value = graph.nodes.find(item => item.name === name)?.attrs.value
  return value?.kind === 'tensor' ? Array.from(value.value.data as Float32Array) : []
}

test('passes are found by their name', () => {
  expect(PASSES.map(pass => pass.name)).toEqual(['freeze', 'fold_batch_norms', 'quantize_weights'])
  const graph = graphOf([floats('c', [1], [1])], ['c'])
  expect(applyPass('quantize_weights', graph, { minimumSize: 1 }).graph.nodes.length).toBe(4)
  expect(failureOf(() => applyPass('shrink', graph)).code).toBe('not-found')
})

describe('freeze', () => {
  const trained: Graph = {
    ...graphOf(
      [
        placeholder('x', [-1, 2]),
        node('v', 'VarHandleOp', [], { dtype: attr.type('float32'), shared_name: attr.string('shared') }),
        node('v/read', 'ReadVariableOp', ['v'], { dtype: attr.type('float32') }),
        node('old', 'VariableV2', [], { dtype: attr.type('float32') }),
        node('old/read', 'Identity', ['old']),
        node('sum', 'Add', ['v/read', 'old/read']),
        node('y', 'Mul', ['x', 'sum']),
        node('start', 'AssignVariableOp', ['v', 'sum']),
      ],
      ['y'],
    ),
    variables: new Map([
      ['shared', tensor(1, 2)],
      ['old', tensor(10, 20)],
    ]),
  }

  test('puts the values of TF2 and TF1 variables in their place and drops what only trains', () => {
    const before = JSON.stringify(names(trained))
    const { graph, report } = freeze.run(trained, {})
    expect(names(graph)).toEqual([
      'Placeholder x',
      'Const v',
      'Identity v/read',
      'Const old',
      'Identity old/read',
      'Add sum',
      'Mul y',
    ])
    expect(report).toEqual({ variables: 2, bytes: 16, dropped: 1 })
    expect(graph.variables.size).toBe(0)
    expect(JSON.stringify(names(trained))).toBe(before)
    const executable = loadExecutable(graph, tf)
    const { y } = executable.run({ x: { data: Float32Array.of(1, 1), shape: [1, 2] } })
    expect([...(y?.data ?? [])]).toEqual([11, 22])
    executable.dispose()
  })

  test('names a variable without a value, and a node that changes one', () => {
    const unknown = { ...trained, variables: new Map([['old', tensor(1, 2)]]) }
    expect(failureOf(() => freeze.run(unknown, {}))).toMatchObject({ code: 'unsupported-graph', node: 'v' })
    const training = { ...trained, outputs: [{ name: 'start', dtype: 'float32' as const, shape: undefined }] }
    expect(failureOf(() => freeze.run(training, {}))).toMatchObject({
      code: 'unsupported-graph',
      node: 'start',
    })
  })
})

describe('quantize_weights', () => {
  const quantized = (values: number[], minimumSize = 1) => {
    const graph = graphOf([floats('w', [values.length], values), node('y', 'Identity', ['w'])], ['y'])
    const { graph: made, report } = quantizeWeights.run(graph, { minimumSize })
    const executable = loadExecutable(made, tf)
    const answer = [...(executable.run({}).y?.data ?? [])]
    executable.dispose()
    return { graph: made, report, answer }
  }

  test('reads back within half a step, and zero exactly', () => {
    const values = Array.from({ length: 500 }, (_, i) => (i === 250 ? 0 : Math.sin(i) * 3 - 1))
    const { answer, report } = quantized(values)
    const step = (Math.max(...values) - Math.min(...values)) / 255
    const errors = answer.map((value, i) => Math.abs(value - Math.fround(values[i] as number)))
    expect(Math.max(...errors)).toBeLessThanOrEqual(step)
    expect(report.tensors[0]?.largestError).toBe(Math.max(...errors))
    expect(answer[250]).toBe(0)
    expect(report).toMatchObject({ bytesBefore: 2000, bytesAfter: 508, kept: 0 })
  })

  test('keeps the name of the constant for everything that reads it', () => {
    expect(names(quantized([1, 2, 3]).graph)).toEqual([
      'Const w_quantized_const',
      'Const w_quantized_min',
      'Const w_quantized_max',
      'Dequantize w',
      'Identity y',
    ])
  })

  test('widens the range to hold zero', () => {
    expect(constantOf(quantized([1, 2, 3]).graph, 'w_quantized_min')).toEqual([0])
    expect(constantOf(quantized([-1, -2, -3]).graph, 'w_quantized_max')).toEqual([0])
    for (const values of [
      [5, 5, 5],
      [-5, -5],
    ]) {
      const { answer } = quantized(values)
      answer.forEach((value, i) => {
        expect(value).toBeCloseTo(values[i] as number, 5)
      })
    }
  })

  test('zeros stay zeros', () => expect(quantized([0, 0, 0, 0]).answer).toEqual([0, 0, 0, 0]))

  test('leaves alone what is small, infinite or no number', () => {
    expect(quantized([1, 2, 3], 4).report).toMatchObject({ tensors: [], kept: 1 })
    for (const odd of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
      expect(quantized([1, odd, 3]).report).toMatchObject({ tensors: [], kept: 1 })
    expect(quantized([3e38, -3e38]).report.kept).toBe(1)
    const whole = graphOf(
      [
        node('i', 'Const', [], {
          value: attr.tensor({ dtype: 'int32', shape: [1], data: Int32Array.of(5) }),
        }),
      ],
      ['i'],
    )
    expect(quantizeWeights.run(whole, { minimumSize: 1 }).graph).toEqual(whole)
  })

  test('takes 1024 elements as small enough unless told otherwise', () => {
    const of = (count: number) => graphOf([floats('w', [count], Array(count).fill(1))], ['w'])
    expect(quantizeWeights.run(of(1023), {}).report.tensors.length).toBe(0)
    expect(quantizeWeights.run(of(1024), {}).report.tensors.length).toBe(1)
  })
})

describe('fold_batch_norms', () => {
  const averages = ['gamma', 'beta', 'mean', 'variance']
  const model = (conv: GraphNode[], outputs = ['y'], extra: GraphNode[] = [], training = false) =>
    graphOf(
      [
        placeholder('x', [-1, 3, 3, 2]),
        floats(
          'f',
          [2, 2, 2, 2],
          Array.from({ length: 16 }, (_, i) => Math.sin(i)),
        ),
        ...conv,
        ...averages.map((name, i) =>
          floats(
            name,
            [conv.at(-1)?.op === 'DepthwiseConv2dNative' ? 4 : 2],
            [1.5 + i, 0.5 + i, 2, 3].slice(0, conv.at(-1)?.op === 'DepthwiseConv2dNative' ? 4 : 2),
          ),
        ),
        node('norm', 'FusedBatchNormV3', [conv.at(-1)?.name as string, ...averages], {
          epsilon: attr.float(0.01),
          is_training: attr.bool(training),
          U: attr.type('float32'),
        }),
        node('y', 'Relu', ['norm']),
        ...extra,
      ],
      outputs,
    )
  const window = { strides: attr.ints([1, 1, 1, 1]), padding: attr.string('SAME') }
  const conv = node('conv', 'Conv2D', ['x', 'f'], window)

  const answers = (graph: Graph) => {
    const executable = loadExecutable(graph, tf)
    const data = Float32Array.from({ length: 36 }, (_, i) => Math.cos(i))
    const answer = executable.run({ x: { data, shape: [2, 3, 3, 2] } })
    executable.dispose()
    return Object.values(answer).flatMap(values => [...values.data])
  }

  const foldable: Record<string, Graph> = {
    'behind a convolution': model([conv]),
    'behind a convolution with a bias': model([
      conv,
      floats('b', [2], [1, -1]),
      node('bias', 'BiasAdd', ['conv', 'b']),
    ]),
    'behind a depthwise convolution': model([node('conv', 'DepthwiseConv2dNative', ['x', 'f'], window)]),
    'with the filter behind an Identity': model([
      node('read', 'Identity', ['f']),
      {
        ...conv,
        inputs: [
          { node: 'x', port: 0 },
          { node: 'read', port: 0 },
        ],
      },
    ]),
  }
  for (const [name, graph] of Object.entries(foldable))
    test(`${name}: gone, with the same answers`, () => {
      const { graph: folded, report } = foldBatchNorms.run(graph, {})
      expect(report.folded).toEqual(['norm'])
      expect(names(folded)).toContain('BiasAdd norm')
      expect(folded.nodes.length).toBeLessThan(graph.nodes.length)
      const [before, after] = [answers(graph), answers(folded)]
      after.forEach((value, i) => {
        expect(Math.abs(value - (before[i] as number))).toBeLessThanOrEqual(1e-5)
      })
    })

  const kept: Record<string, Graph> = {
    'somebody else reads the convolution': model([conv], ['y', 'conv']),
    'somebody else reads the filtered image': model(
      [conv],
      ['y', 'other'],
      [node('other', 'Relu', ['conv'])],
    ),
    'it trains': model([conv], ['y'], [], true),
    'there is no convolution': model([node('conv', 'Relu', ['x'])]),
    'the filter is computed': model([
      node('double', 'Mul', ['f', 'f']),
      {
        ...conv,
        inputs: [
          { node: 'x', port: 0 },
          { node: 'double', port: 0 },
        ],
      },
    ]),
    'its averages are wanted': model(
      [conv],
      ['y', 'mean_again'],
      [node('mean_again', 'Identity', ['norm:1'])],
    ),
  }
  for (const [name, graph] of Object.entries(kept))
    test(`stays where ${name}`, () => {
      const { graph: same, report } = foldBatchNorms.run(graph, {})
      expect(report.folded).toEqual([])
      expect(same).toBe(graph)
    })
})
