import { create } from '@bufbuild/protobuf'
import { beforeAll, describe, expect, test } from 'vitest'
import { AttrValueSchema } from '../../../../main/engine/graph/gen/attr_value_pb.ts'
import {
  attr,
  type GraphNode,
  type LiteModel,
  readTflite,
  toLite,
  toLiteWithRanges,
  writeTflite,
} from '../../../../main/engine/graph/index.ts'
import { type LiteRt, openLiteRt } from '../../../../main/engine/litert/index.ts'
import { type Case, elementsOf, graphOf, readCases } from '../../../golden/graph/lower/read.ts'
import { floats, graphOf as graphOfNodes, ints, node, placeholder } from '../build.ts'

const cases = readCases()

/** Where ours is not operator for operator TensorFlow's. */
const OURS: Record<string, string> = {
  dense_sub: 'FULLY_CONNECTED',
  dense_const_first: 'BATCH_MATMUL',
  leaky_manual: 'LEAKY_RELU',
  prelu: 'PRELU',
  prelu_1d: 'PRELU',
  // Weights are rounded here, and not each time that the model runs.
  qat_dense: 'QUANTIZE DEQUANTIZE FULLY_CONNECTED QUANTIZE DEQUANTIZE',
  nchw_block: 'TRANSPOSE CONV_2D CONV_2D ADD LOGISTIC MUL CONCATENATION PAD CONV_2D MEAN FULLY_CONNECTED',
  nchw_depthwise: 'TRANSPOSE DEPTHWISE_CONV_2D AVERAGE_POOL_2D TRANSPOSE',
  conv_norm_v2: 'CONV_2D',
  max_pool_explicit: 'SUB PADV2 MAX_POOL_2D',
  mixed_precision: 'CONV_2D',
  double_precision: 'FULLY_CONNECTED',
  reduce_length: 'SQUARE SUM SQRT',
  pad_conv_mirror: 'MIRROR_PAD CONV_2D',
  // Axes that do not lie side by side are not for every runtime.
  reverse_apart: 'REVERSE_V2 REVERSE_V2',
  einsum_sum: 'SUM TRANSPOSE',
  clip_op: 'MINIMUM MAXIMUM',
  l2_loss: 'SQUARE SUM MUL',
  fake_quant_channels: 'FULLY_CONNECTED',
  xlogy: 'ADD EQUAL LOG MUL SELECT_V2',
  atrous_by_batch_bias: 'CONV_2D',
  loop_counted: 'MUL ADD MUL ADD',
  loop_counted_functions: 'MUL ADD MUL ADD',
  sinh: 'EXP NEG EXP SUB MUL',
  cosh: 'EXP NEG EXP ADD MUL',
  tan: 'SIN COS DIV',
  // Not `a <= b`, which is false where a number is undefined.
  logic: 'GREATER GREATER LOGICAL_AND GREATER LOGICAL_NOT LOGICAL_OR CAST',
  // Runtimes hand over only what an operator has written, each output once.
  add_zero: 'RESHAPE',
  mul_one: 'RESHAPE',
  double_neg: 'RESHAPE',
  identity_only: 'RESHAPE',
  constant_only: 'RESHAPE',
  same_output_twice: 'EXP RESHAPE',
  // Dividing by 0 is no error.
  floor_div: 'DIV FLOOR',
  xdivy: 'ADD EQUAL DIV SELECT_V2',
}

/** Written out at length; the numbers are what counts. */
const LONG = ['erf', 'erfc', 'loop_recurrent', 'loop_recurrent_functions']

/** What has no form in TensorFlow Lite. */
const NONE = ['atan', 'matrix_band_part', 'matrix_diag']

const possible = cases.filter(({ name }) => !NONE.includes(name))

const opsOf = (model: LiteModel): string[] => model.subgraphs[0]?.operators.map(({ op }) => op) ?? []

test('there is a case for each operation and fusion', () => expect(cases.length).toBeGreaterThan(300))

describe('the operators are those of the converter of TensorFlow', () => {
  test.each(possible.filter(({ name }) => !LONG.includes(name)))('$name', one => {
    const expected = OURS[one.name]?.split(' ') ?? one.ops ?? []
    expect(opsOf(toLite(graphOf(one))).sort()).toEqual([...expected].sort())
  })
})

describe('LiteRT answers what TensorFlow answers', () => {
  let runtime: LiteRt
  beforeAll(async () => {
    runtime = await openLiteRt()
  })

  /** LiteRT.js hands over floats, and whole numbers of 32 and 8 bits. */
  const runnable = possible.filter(({ inputs, outputs }) =>
    [...inputs, ...outputs].every(({ dtype }) => ['float32', 'int32', 'uint8'].includes(dtype)),
  )

  test.each(runnable)('$name', async one => {
    const runner = await runtime.load(writeTflite(toLite(graphOf(one))))
    // TensorFlow has computed this one in 16 bits.
    const tolerance = one.name === 'mixed_precision' ? 2e-3 : 1e-4
    try {
      const answers = runner.run(one.inputs.map(elementsOf))
      one.outputs.forEach((output, i) => {
        const [ours, theirs] = [answers[i] ?? [], elementsOf(output)]
        expect(runner.outputs[i]?.shape).toEqual(output.shape)
        expect(ours.length).toBe(theirs.length)
        theirs.forEach((value, k) => {
          expect(Math.abs(Number(ours[k]) - value)).toBeLessThanOrEqual(
            tolerance * Math.max(1, Math.abs(value)),
          )
        })
      })
    } finally {
      runner.dispose()
    }
  })
})

function toLiteOf(name: string): LiteModel {
  return toLite(graphOf(cases.find(one => one.name === name) as Case))
}

test('operations that an optimizer or TensorFlow.js has put together are taken apart and put together', () => {
  const fusedOps = (...names: string[]): GraphNode['attrs'] => {
    const s = names.map(name => new TextEncoder().encode(name))
    const value = create(AttrValueSchema, { value: { case: 'list', value: { s } } })
    return { fused_ops: { kind: 'opaque', value }, num_args: attr.int(1) }
  }
  const window = { strides: attr.ints([1, 1, 1, 1]), padding: attr.string('SAME') }
  const graph = graphOfNodes(
    [
      placeholder('x', [1, 4, 4, 2]),
      floats('filter', [1, 1, 2, 2], [1, 2, 3, 4]),
      floats('bias', [2], [1, -1]),
      node('conv', '_FusedConv2D', ['x', 'filter', 'bias'], { ...window, ...fusedOps('BiasAdd', 'Relu6') }),
      node('mean', 'Mean', ['conv', 'axes']),
      ints('axes', [1, 2]),
      floats('weights', [2, 2], [1, 2, 3, 4]),
      node('dense', '_FusedMatMul', ['mean', 'weights', 'bias'], fusedOps('BiasAdd', 'Elu')),
    ],
    ['dense'],
  )
  const [main] = toLite(graph).subgraphs
  expect(main?.operators.map(({ op }) => op)).toEqual(['CONV_2D', 'MEAN', 'FULLY_CONNECTED', 'ELU'])
  expect(main?.operators[0]?.options.fused_activation_function).toBe('RELU6')
})

test('the batch normalization of the first TensorFlow goes into the convolution', () => {
  const graph = graphOfNodes(
    [
      placeholder('x', [1, 2, 2, 1]),
      floats('filter', [1, 1, 1, 1], [3]),
      node('conv', 'Conv2D', ['x', 'filter'], {
        strides: attr.ints([1, 1, 1, 1]),
        padding: attr.string('SAME'),
      }),
      floats('mean', [1], [1]),
      floats('variance', [1], [3]),
      floats('beta', [1], [0.5]),
      floats('gamma', [1], [2]),
      node('norm', 'BatchNormWithGlobalNormalization', ['conv', 'mean', 'variance', 'beta', 'gamma'], {
        variance_epsilon: attr.float(1),
        scale_after_normalization: attr.bool(true),
      }),
    ],
    ['norm'],
  )
  const [main] = toLite(graph).subgraphs
  const [conv, ...others] = main?.operators ?? []
  const value = (index: number) =>
    new Float32Array(Uint8Array.from(main?.tensors[conv?.inputs[index] as number]?.data ?? []).buffer)[0]
  expect(others).toEqual([])
  // 2 / sqrt(3 + 1) is 1.
  expect([value(1), value(2)]).toEqual([3, -0.5])
})

test('tensors have the names of nodes, and operators say where they come from', () => {
  const [graph] = toLiteOf('conv_bias_relu').subgraphs
  const [conv] = graph?.operators ?? []
  expect(graph?.tensors[conv?.outputs[0] as number]?.name).toBe('Relu')
  expect(conv?.origin?.node).toBe('Conv2D')
  for (const name of ['nchw_block', 'gelu', 'atrous', 'loop_recurrent'])
    for (const operator of toLiteOf(name).subgraphs[0]?.operators ?? [])
      expect(operator.origin?.node).toBeTruthy()
})

test('inputs and outputs have the names that the signature gives them', () => {
  const graph = graphOf(cases.find(({ name }) => name === 'two_outputs') as Case)
  const named = {
    ...graph,
    inputs: graph.inputs.map(end => ({ ...end, key: 'image' })),
    outputs: graph.outputs.map((end, i) => ({ ...end, key: `answer_${i}` })),
  }
  const [signature] = readTflite(writeTflite(toLite(named))).signatures
  expect(signature?.key).toBe('serving_default')
  expect(signature?.inputs.map(({ name }) => name)).toEqual(['image'])
  expect(signature?.outputs.map(({ name }) => name)).toEqual(['answer_0', 'answer_1'])
})

test('the same graph gives the same bytes', () => {
  for (const name of ['attention', 'loop_recurrent', 'nchw_block'])
    expect(Buffer.compare(writeTflite(toLiteOf(name)), writeTflite(toLiteOf(name)))).toBe(0)
})

test('fake quantization gives ranges where they are asked for', () => {
  const graph = graphOf(cases.find(({ name }) => name === 'qat_dense') as Case)
  const { model, ranges } = toLiteWithRanges(graph)
  const [main] = model.subgraphs
  expect(opsOf(model)).toEqual(['FULLY_CONNECTED'])
  const [dense] = main?.operators ?? []
  const found = (index: number | undefined) => ranges.get(index as number)
  expect(found(dense?.inputs[0])).toEqual({ min: -2, max: 2 })
  expect(found(dense?.inputs[1])).toEqual({ min: -0.5, max: 0.5 })
  expect(found(dense?.outputs[0])).toEqual({ min: 0, max: 3 })
})
