import { beforeAll, describe, expect, test } from 'vitest'
import { attr, type Graph, type GraphNode, loadExecutable } from '../../../main/engine/graph/index.ts'
import { openTensor, type Tf } from '../../../main/engine/tensor/index.ts'
import { failureOf, floats, graphOf, ints, node, placeholder } from './build.ts'

let tf: Tf
beforeAll(async () => {
  tf = (await openTensor({ backend: 'wasm' })).tf
})

/** Computes the node `y` from an input `x`. */
function compute(shape: number[], values: number[], ...nodes: GraphNode[]) {
  const graph = graphOf(
    [
      placeholder(
        'x',
        shape.map((size, axis) => (axis === 0 ? -1 : size)),
      ),
      ...nodes,
    ],
    ['y'],
  )
  const executable = loadExecutable(graph, tf)
  try {
    const { y } = executable.run({ x: { data: Float32Array.from(values), shape } })
    return { shape: y?.shape, values: [...(y?.data ?? [])].map(value => Math.round(value * 1e5) / 1e5) }
  } finally {
    executable.dispose()
  }
}

const image = { strides: attr.ints([1, 1, 1, 1]), padding: attr.string('VALID') }

describe('operations compute what TensorFlow defines', () => {
  // The expected numbers are worked out by hand from the definition of each operation.
  const cases: Record<string, [number[], number[], GraphNode[], number[], number[]]> = {
    Add: [
      [1, 2],
      [1, 2],
      [floats('c', [2], [10, 20]), node('y', 'Add', ['x', 'c'])],
      [1, 2],
      [11, 22],
    ],
    AddV2: [
      [2, 1],
      [1, 2],
      [floats('c', [3], [1, 2, 3]), node('y', 'AddV2', ['x', 'c'])],
      [2, 3],
      [2, 3, 4, 3, 4, 5],
    ],
    Sub: [
      [1, 2],
      [1, 2],
      [floats('c', [], [3]), node('y', 'Sub', ['c', 'x'])],
      [1, 2],
      [2, 1],
    ],
    Mul: [[1, 2], [3, 4], [node('y', 'Mul', ['x', 'x'])], [1, 2], [9, 16]],
    RealDiv: [
      [1, 2],
      [3, 4],
      [floats('c', [2], [2, 8]), node('y', 'RealDiv', ['x', 'c'])],
      [1, 2],
      [1.5, 0.5],
    ],
    Maximum: [
      [1, 2],
      [3, -4],
      [floats('c', [], [0]), node('y', 'Maximum', ['x', 'c'])],
      [1, 2],
      [3, 0],
    ],
    Minimum: [
      [1, 2],
      [3, -4],
      [floats('c', [], [0]), node('y', 'Minimum', ['x', 'c'])],
      [1, 2],
      [0, -4],
    ],
    Relu: [[1, 2], [3, -4], [node('y', 'Relu', ['x'])], [1, 2], [3, 0]],
    Relu6: [[1, 2], [7, -4], [node('y', 'Relu6', ['x'])], [1, 2], [6, 0]],
    LeakyRelu: [
      [1, 2],
      [7, -4],
      [node('y', 'LeakyRelu', ['x'], { alpha: attr.float(0.25) })],
      [1, 2],
      [7, -1],
    ],
    'LeakyRelu without a slope': [[1, 1], [-4], [node('y', 'LeakyRelu', ['x'])], [1, 1], [-0.8]],
    Elu: [[1, 2], [2, -1], [node('y', 'Elu', ['x'])], [1, 2], [2, -0.63212]],
    Selu: [[1, 1], [1], [node('y', 'Selu', ['x'])], [1, 1], [1.0507]],
    Sigmoid: [[1, 2], [0, 100], [node('y', 'Sigmoid', ['x'])], [1, 2], [0.5, 1]],
    Tanh: [[1, 2], [0, 1], [node('y', 'Tanh', ['x'])], [1, 2], [0, 0.76159]],
    Softplus: [[1, 1], [1], [node('y', 'Softplus', ['x'])], [1, 1], [1.31326]],
    Softsign: [[1, 2], [1, -3], [node('y', 'Softsign', ['x'])], [1, 2], [0.5, -0.75]],
    Softmax: [[2, 2], [0, 0, 1000, 0], [node('y', 'Softmax', ['x'])], [2, 2], [0.5, 0.5, 1, 0]],
    Rsqrt: [[1, 2], [4, 0.25], [node('y', 'Rsqrt', ['x'])], [1, 2], [0.5, 2]],
    Identity: [[1, 2], [4, 5], [node('y', 'Identity', ['x'])], [1, 2], [4, 5]],
    MatMul: [[1, 2], [1, 2], [floats('c', [2, 1], [3, 4]), node('y', 'MatMul', ['x', 'c'])], [1, 1], [11]],
    'MatMul, b transposed': [
      [1, 2],
      [1, 2],
      [floats('c', [1, 2], [3, 4]), node('y', 'MatMul', ['x', 'c'], { transpose_b: attr.bool(true) })],
      [1, 1],
      [11],
    ],
    'MatMul, a transposed': [
      [2, 1],
      [1, 2],
      [floats('c', [2, 1], [3, 4]), node('y', 'MatMul', ['x', 'c'], { transpose_a: attr.bool(true) })],
      [1, 1],
      [11],
    ],
    BiasAdd: [
      [2, 2],
      [1, 2, 3, 4],
      [floats('c', [2], [10, 20]), node('y', 'BiasAdd', ['x', 'c'])],
      [2, 2],
      [11, 22, 13, 24],
    ],
    Reshape: [
      [1, 4],
      [1, 2, 3, 4],
      [ints('c', [-1, 2]), node('y', 'Reshape', ['x', 'c'])],
      [2, 2],
      [1, 2, 3, 4],
    ],
    Squeeze: [
      [1, 1, 2],
      [1, 2],
      [node('y', 'Squeeze', ['x'], { squeeze_dims: attr.ints([1]) })],
      [1, 2],
      [1, 2],
    ],
    'Squeeze of all': [[1, 1, 2], [1, 2], [node('y', 'Squeeze', ['x'])], [2], [1, 2]],
    Transpose: [
      [2, 2],
      [1, 2, 3, 4],
      [ints('c', [1, 0]), node('y', 'Transpose', ['x', 'c'])],
      [2, 2],
      [1, 3, 2, 4],
    ],
    Pad: [
      [1, 2],
      [1, 2],
      [
        node('c', 'Const', [], {
          value: attr.tensor({ dtype: 'int32', shape: [2, 2], data: Int32Array.of(0, 1, 1, 0) }),
        }),
        node('y', 'Pad', ['x', 'c']),
      ],
      [2, 3],
      [0, 1, 2, 0, 0, 0],
    ],
    Mean: [
      [1, 2, 2],
      [1, 2, 3, 4],
      [ints('c', [1]), node('y', 'Mean', ['x', 'c'], { keep_dims: attr.bool(true) })],
      [1, 1, 2],
      [2, 3],
    ],
    'Mean over all axes': [[1, 4], [1, 2, 3, 6], [ints('c', [0, 1]), node('y', 'Mean', ['x', 'c'])], [], [3]],
    Conv2D: [
      [1, 2, 2, 1],
      [1, 2, 3, 4],
      [floats('f', [2, 2, 1, 1], [1, 10, 100, 1000]), node('y', 'Conv2D', ['x', 'f'], image)],
      [1, 1, 1, 1],
      [4321],
    ],
    'Conv2D, SAME pads more at the end': [
      [1, 2, 2, 1],
      [1, 2, 3, 4],
      [
        floats('f', [2, 2, 1, 1], [1, 10, 100, 1000]),
        node('y', 'Conv2D', ['x', 'f'], { ...image, padding: attr.string('SAME') }),
      ],
      [1, 2, 2, 1],
      [4321, 402, 43, 4],
    ],
    'Conv2D, explicit padding': [
      [1, 1, 1, 1],
      [5],
      [
        floats('f', [2, 2, 1, 1], [1, 10, 100, 1000]),
        node('y', 'Conv2D', ['x', 'f'], {
          ...image,
          padding: attr.string('EXPLICIT'),
          explicit_paddings: attr.ints([0, 0, 1, 0, 1, 0, 0, 0]),
        }),
      ],
      [1, 1, 1, 1],
      [5000],
    ],
    DepthwiseConv2dNative: [
      [1, 1, 2, 2],
      [1, 2, 3, 4],
      [floats('f', [1, 2, 2, 1], [1, 10, 100, 1000]), node('y', 'DepthwiseConv2dNative', ['x', 'f'], image)],
      [1, 1, 1, 2],
      [301, 4020],
    ],
    MaxPool: [
      [1, 2, 2, 1],
      [1, 7, 3, 4],
      [node('y', 'MaxPool', ['x'], { ...image, ksize: attr.ints([1, 2, 2, 1]) })],
      [1, 1, 1, 1],
      [7],
    ],
    'AvgPool, SAME counts only what is there': [
      [1, 1, 3, 1],
      [1, 2, 6],
      [
        node('y', 'AvgPool', ['x'], {
          strides: attr.ints([1, 1, 2, 1]),
          ksize: attr.ints([1, 1, 2, 1]),
          padding: attr.string('SAME'),
        }),
      ],
      [1, 1, 2, 1],
      [1.5, 6],
    ],
    FusedBatchNormV3: [
      [1, 1, 1, 2],
      [3, 5],
      [
        floats('scale', [2], [2, 1]),
        floats('offset', [2], [1, 0]),
        floats('mean', [2], [1, 5]),
        floats('variance', [2], [3, 3]),
        node('y', 'FusedBatchNormV3', ['x', 'scale', 'offset', 'mean', 'variance'], {
          epsilon: attr.float(1),
          is_training: attr.bool(false),
        }),
      ],
      [1, 1, 1, 2],
      [3, 0],
    ],
    Dequantize: [
      [1, 3],
      [0, 0, 0],
      [
        node('q', 'Const', [], {
          value: attr.tensor({ dtype: 'quint8', shape: [3], data: Uint8Array.of(0, 51, 255) }),
        }),
        floats('min', [], [-1]),
        floats('max', [], [4]),
        node('w', 'Dequantize', ['q', 'min', 'max'], {
          T: attr.type('quint8'),
          mode: attr.string('MIN_FIRST'),
        }),
        node('y', 'Add', ['x', 'w']),
      ],
      [1, 3],
      [-1, 0, 4],
    ],
  }
  for (const [name, [shape, values, nodes, resultShape, result]] of Object.entries(cases))
    test(name, () => expect(compute(shape, values, ...nodes)).toEqual({ shape: resultShape, values: result }))
})

describe('an executable', () => {
  const graph = graphOf(
    [
      placeholder('x', [-1, 2]),
      floats('w', [2, 2], [1, 2, 3, 4]),
      node('w/read', 'Identity', ['w']),
      node('product', 'MatMul', ['x', 'w/read']),
      node('y', 'Relu', ['product']),
      node('unused', 'SomethingUnknown', ['x']),
    ],
    ['y', 'product'],
  )

  test('gives all outputs and leaves no tensor behind', () => {
    const before = tf.memory().numTensors
    const executable = loadExecutable(graph, tf)
    const answer = executable.run({ x: { data: Float32Array.of(1, -1), shape: [1, 2] } })
    // Of the constants only the one that is computed with is kept, from its first use on.
    expect(tf.memory().numTensors).toBe(before + 1)
    expect(answer).toEqual({
      y: { data: Float32Array.of(0, 0), shape: [1, 2] },
      product: { data: Float32Array.of(-2, -2), shape: [1, 2] },
    })
    for (let i = 0; i < 20; i++) executable.run({ x: { data: new Float32Array(6), shape: [3, 2] } })
    expect(tf.memory().numTensors).toBe(before + 1)
    executable.dispose()
    executable.dispose()
    expect(tf.memory().numTensors).toBe(before)
    expect(() => executable.run({ x: { data: new Float32Array(2), shape: [1, 2] } })).toThrow(/disposed/)
  })

  test('hands out data that is its own', () => {
    const executable = loadExecutable(graph, tf)
    const feeds = { x: { data: Float32Array.of(1, 1), shape: [1, 2] } }
    const first = executable.run(feeds).y?.data as Float32Array
    first.fill(99)
    expect([...(executable.run(feeds).y?.data ?? [])]).toEqual([4, 6])
    executable.dispose()
  })

  test('an output may be a constant or an input', () => {
    const plain = graphOf([placeholder('x', [-1, 1]), floats('c', [2], [1, 2])], ['x', 'c'])
    const executable = loadExecutable(plain, tf)
    const answer = executable.run({ x: { data: Float32Array.of(3), shape: [1, 1] } })
    expect([...(answer.x?.data ?? [])]).toEqual([3])
    expect([...(answer.c?.data ?? [])]).toEqual([1, 2])
    executable.dispose()
  })

  test('refuses inputs that do not fit, in words and without leaks', () => {
    const executable = loadExecutable(graph, tf)
    const before = tf.memory().numTensors
    const cases = [
      {},
      { x: { data: new Float32Array(2), shape: [2] } },
      { x: { data: new Float32Array(3), shape: [1, 3] } },
      { x: { data: new Float32Array(3), shape: [2, 2] } },
      { x: { data: new Float32Array(2), shape: [1, 2] }, z: { data: new Float32Array(2), shape: [1, 2] } },
    ]
    for (const feeds of cases) expect(failureOf(() => executable.run(feeds as never)).code).toBe('bad-input')
    expect(tf.memory().numTensors).toBe(before)
    executable.dispose()
  })
})

describe('a graph that cannot be executed', () => {
  const refused: Record<string, [Graph, string]> = {
    'an unknown operation': [graphOf([placeholder('x', [-1]), node('odd', 'Fft', ['x'])], ['odd']), 'odd'],
    'an operation named like a part of JavaScript': [
      graphOf([placeholder('x', [-1]), node('odd', 'constructor', ['x'])], ['odd']),
      'odd',
    ],
    'a variable': [graphOf([node('v', 'VarHandleOp'), node('r', 'ReadVariableOp', ['v'])], ['r']), 'v'],
    'a loop': [
      graphOf([placeholder('x', [-1]), node('a', 'Add', ['x', 'b']), node('b', 'Relu', ['a'])], ['b']),
      'b',
    ],
    'normalization as in training': [
      graphOf(
        [
          floats('c', [1], [1]),
          floats('i', [1, 1, 1, 1], [1]),
          node('n', 'FusedBatchNormV3', ['i', 'c', 'c', 'c', 'c']),
        ],
        ['n'],
      ),
      'n',
    ],
    'channels first': [
      graphOf(
        [
          floats('i', [1, 1, 1, 1], [1]),
          node('c', 'Conv2D', ['i', 'i'], { ...image, data_format: attr.string('NCHW') }),
        ],
        ['c'],
      ),
      'c',
    ],
    'another way of packing': [
      graphOf(
        [floats('c', [1], [1]), node('d', 'Dequantize', ['c', 'c', 'c'], { mode: attr.string('SCALED') })],
        ['d'],
      ),
      'd',
    ],
    'shapes that do not fit': [
      graphOf([floats('a', [2, 3], [1, 2, 3, 4, 5, 6]), node('m', 'MatMul', ['a', 'a'])], ['m']),
      'm',
    ],
    'a result that is not made': [graphOf([floats('a', [1], [1]), node('y', 'Relu', ['a:3'])], ['y']), 'a'],
  }
  for (const [name, [graph, place]] of Object.entries(refused))
    test(`${name}: the failure names the node`, () => {
      const before = tf.memory().numTensors
      expect(failureOf(() => loadExecutable(graph, tf))).toMatchObject({
        code: 'unsupported-graph',
        node: place,
      })
      expect(tf.memory().numTensors).toBe(before)
    })

  test('shapes that do not fit only show when it runs', () => {
    const graph = graphOf(
      [placeholder('x', [-1, -1]), floats('w', [2, 1], [1, 2]), node('m', 'MatMul', ['x', 'w'])],
      ['m'],
    )
    const executable = loadExecutable(graph, tf)
    // A constant becomes a tensor when it is first computed with.
    executable.run({ x: { data: new Float32Array(2), shape: [1, 2] } })
    const before = tf.memory().numTensors
    const feeds = { x: { data: new Float32Array(3), shape: [1, 3] } }
    expect(failureOf(() => executable.run(feeds))).toMatchObject({ code: 'unsupported-graph', node: 'm' })
    expect(tf.memory().numTensors).toBe(before)
    executable.dispose()
  })

  test('a graph deeper than any call stack is no trouble', () => {
    const chain = Array.from({ length: 30_000 }, (_, i) =>
      node(`n${i}`, 'Identity', [i === 0 ? 'x' : `n${i - 1}`]),
    )
    const executable = loadExecutable(graphOf([placeholder('x', [-1]), ...chain], ['n29999']), tf)
    executable.dispose()
  })
})
