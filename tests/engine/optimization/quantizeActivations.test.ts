import { describe, expect, test } from 'vitest'
import type { LiteModel } from '../../../main/engine/graph/index.ts'
import { FailureError } from '../../../main/engine/kit/index.ts'
import { type Precision, withPrecision } from '../../../main/engine/optimization/lite.ts'
import {
  type ActivationOptions,
  quantizeActivations,
  type Range,
} from '../../../main/engine/optimization/quantize/index.ts'
import { build, type Step } from './quantizeGraphs.ts'

const options: ActivationOptions = { bits: 8, io: 'float32', perTensorDense: false, keepFloat: [] }
const unit: Range = { min: -1, max: 1 }

const dense = { values: Array.from({ length: 12 }, (_, i) => (i - 5) / 7), shape: [3, 4] }
const bias = { values: [0.1, -0.2, 0.3] }
/** Two dense layers with something between them that has no kernel in whole numbers. */
const between: Step[] = [
  ['FULLY_CONNECTED', ['x', 'w', 'b'], ['first/MatMul']],
  ['SIN', ['first/MatMul'], ['middle/Sin']],
  ['FULLY_CONNECTED', ['middle/Sin', 'v', ''], ['last/MatMul']],
]
const betweenConstants = { w: dense, b: bias, v: { values: dense.values.slice(0, 9), shape: [3, 3] } }

const quantize = (
  { model, at }: ReturnType<typeof build>,
  more: Partial<ActivationOptions> = {},
  ranges: Record<string, Range> = {},
) => {
  const known = new Map<number, Range>()
  for (const [i, tensor] of (model.subgraphs[0]?.tensors ?? []).entries())
    if (!tensor.data) known.set(i, unit)
  for (const [name, range] of Object.entries(ranges)) known.set(at(name), range)
  return quantizeActivations(model, known, { ...options, ...more })
}

/** Each operator with its tensors' types: `FULLY_CONNECTED int8 int8 int32 > int8`. */
const written = ({ subgraphs: [main] }: LiteModel): string[] =>
  (main?.operators ?? []).map(({ op, inputs, outputs }) => {
    const types = (list: number[]) => list.map(tensor => main?.tensors[tensor]?.type ?? '-').join(' ')
    return `${op} ${types(inputs)} > ${types(outputs)}`
  })

const namesIn = ({ subgraphs: [main] }: LiteModel) => main?.tensors.map(tensor => tensor.name) ?? []

describe('whole numbers', () => {
  test('go as far as kernels do; what has none is computed in floats between conversions, with the reason', () => {
    const { model, kept } = quantize(build(between, { constants: betweenConstants }))
    expect(written(model)).toEqual([
      'QUANTIZE float32 > int8',
      'FULLY_CONNECTED int8 int8 int32 > int8',
      'DEQUANTIZE int8 > float32',
      'SIN float32 > float32',
      'QUANTIZE float32 > int8',
      'FULLY_CONNECTED int8 int8 - > int8',
      'DEQUANTIZE int8 > float32',
    ])
    expect(kept).toEqual([{ layer: 'middle', reason: 'SIN is not computed in 8-bit whole numbers' }])
  })

  test('have versions that old runtimes refuse rather than misread, and change none that stays', () => {
    const built = build(between, { constants: betweenConstants })
    const sin = built.model.subgraphs[0]?.operators[1]
    if (sin) sin.version = 7
    const { model } = quantize(built)
    const versions = Object.fromEntries(
      model.subgraphs[0]?.operators.map(each => [each.op, each.version]) ?? [],
    )
    expect(versions).toEqual({ QUANTIZE: 1, FULLY_CONNECTED: 4, DEQUANTIZE: 2, SIN: 7 })
  })

  test('keep the names of inputs and outputs, and no name stands for two tensors', () => {
    for (const io of ['float32', 'int8'] as const) {
      const { model } = quantize(build(between, { constants: betweenConstants }), { io })
      const [main] = model.subgraphs
      const nameOf = (tensor = -1) => main?.tensors[tensor]?.name
      expect(nameOf(main?.inputs[0])).toBe('x')
      expect(nameOf(main?.outputs[0])).toBe('last/MatMul')
      expect(new Set(namesIn(model)).size).toBe(namesIn(model).length)
      expect(main?.tensors[main.inputs[0] ?? -1]?.type).toBe(io)
      expect(main?.tensors[main.outputs[0] ?? -1]?.type).toBe(io)
      expect(model.signatures[0]?.inputs).toEqual([{ name: 'x', tensor: main?.inputs[0] }])
      expect(model.signatures[0]?.outputs).toEqual([{ name: 'last/MatMul', tensor: main?.outputs[0] }])
    }
  })

  test('an output that is read on is both', () => {
    const { model } = quantize(
      build(between.slice(0, 1).concat([['RELU', ['first/MatMul'], ['y']]]), {
        constants: betweenConstants,
        outputs: ['first/MatMul', 'y'],
      }),
    )
    expect(written(model)).toContain('RELU int8 > int8')
    expect(written(model).filter(each => each.startsWith('DEQUANTIZE'))).toHaveLength(2)
  })

  test('an input that is an output at once stays as it is', () => {
    const { model } = quantize(build([['RELU', ['x'], ['y']]], { outputs: ['x', 'y'] }))
    const [main] = model.subgraphs
    expect(main?.outputs[0]).toBe(main?.inputs[0])
    expect(written(model)).toEqual([
      'QUANTIZE float32 > int8',
      'RELU int8 > int8',
      'DEQUANTIZE int8 > float32',
    ])
  })

  test('of 16 bits have biases of 64', () => {
    const { model } = quantize(build(between.slice(0, 1), { constants: betweenConstants }), { bits: 16 })
    expect(written(model)).toContain('FULLY_CONNECTED int16 int8 int64 > int16')
  })

  test('weights that two read are kept once, biases in each their own scale', () => {
    const { model } = quantize(
      build(
        [
          ['FULLY_CONNECTED', ['x', 'w', 'b'], ['p']],
          ['FULLY_CONNECTED', ['y', 'w', 'b'], ['q']],
        ],
        { constants: betweenConstants },
      ),
      {},
      { y: { min: -9, max: 9 } },
    )
    const tensors = model.subgraphs[0]?.tensors ?? []
    expect(tensors.filter(tensor => tensor.data && tensor.type === 'int8')).toHaveLength(1)
    expect(tensors.filter(tensor => tensor.data && tensor.type === 'int32')).toHaveLength(2)
  })

  test('one scale for a dense kernel, where that is wanted, and for no other', () => {
    const conv = { values: Array.from({ length: 6 }, (_, i) => i - 2), shape: [3, 1, 1, 2] }
    const built = build(
      [
        ['FULLY_CONNECTED', ['x', 'w', ''], ['p']],
        ['CONV_2D', ['y', 'k', ''], ['q']],
      ],
      { constants: { w: dense, k: conv } },
    )
    const scales = (perTensorDense: boolean) =>
      quantize(built, { perTensorDense }).model.subgraphs[0]?.tensors.flatMap(({ data, quantization }) =>
        data ? [quantization?.scale.length] : [],
      )
    expect(scales(false)).toEqual([3, 3])
    expect(scales(true)).toEqual([1, 3])
  })
})

describe('constants beside activations', () => {
  test('are activations that never change', () => {
    const { model } = quantize(
      build([['ADD', ['x', 'c'], ['y']]], { constants: { c: { values: [-3, 0, 1, 2] } } }),
    )
    const constant = model.subgraphs[0]?.tensors.find(tensor => tensor.data)
    expect(constant?.type).toBe('int8')
    expect(constant?.quantization?.scale[0]).toBeCloseTo(5 / 255, 7)
    expect([...new Int8Array(constant?.data?.slice().buffer ?? new ArrayBuffer())]).toEqual([
      -128, 25, 76, 127,
    ])
  })

  test('are written in the parameters of each join', () => {
    const { model } = quantize(
      build(
        [
          ['MAXIMUM', ['x', 'c'], ['p']],
          ['MAXIMUM', ['y', 'c'], ['q']],
        ],
        { constants: { c: { values: [0.5] } } },
      ),
      {},
      { q: { min: -9, max: 9 } },
    )
    const held = model.subgraphs[0]?.tensors.filter(tensor => tensor.data) ?? []
    expect(held.map(tensor => tensor.quantization?.scale[0])).toEqual([
      Math.fround(2 / 255),
      Math.fround(18 / 255),
    ])
  })
})

describe('layers that stay float as asked', () => {
  const precision: Precision = {
    quantize: 'int8',
    io: 'float32',
    perTensorDense: false,
    keepFloat: [],
    minElements: 1024,
  }
  const built = build(
    [
      ['RELU', ['x'], ['net/a/Relu']],
      ['EXP', ['net/a/Relu'], ['net/ab/Exp']],
      ['RELU', ['net/ab/Exp'], ['net/b/Relu;net/b/Add']],
    ],
    {},
  )
  const ranges = new Map(built.model.subgraphs[0]?.tensors.map((_, i) => [i, unit]))
  const floats = (keepFloat: string[]) =>
    written(withPrecision(built.model, { ...precision, keepFloat }, ranges).model).filter(each =>
      /^(RELU|EXP) float32/.test(each),
    )

  test('are found by layer, node, scope and tensor, and their neighbors stay whole', () => {
    expect(floats([])).toEqual([])
    for (const name of ['a', 'net/a', 'net/a/Relu', 'net/b/Add', 'b'])
      expect(floats([name]), name).toEqual(['RELU float32 > float32'])
    expect(floats(['net'])).toHaveLength(3)
    expect(floats(['ab'])).toEqual(['EXP float32 > float32'])
  })

  test('are converted around', () => {
    expect(written(withPrecision(built.model, { ...precision, keepFloat: ['ab'] }, ranges).model)).toEqual([
      'QUANTIZE float32 > int8',
      'RELU int8 > int8',
      'DEQUANTIZE int8 > float32',
      'EXP float32 > float32',
      'QUANTIZE float32 > int8',
      'RELU int8 > int8',
      'DEQUANTIZE int8 > float32',
    ])
  })

  test('say so where no layer is called that', () => {
    expect(() => floats(['conv'])).toThrowError(/no layer or node named "conv"/)
    try {
      floats(['a', 'conv', 'c'])
      expect.unreachable()
    } catch (error) {
      expect(error).toBeInstanceOf(FailureError)
      expect((error as FailureError).failure).toMatchObject({ code: 'not-found' })
      expect((error as FailureError).message).toContain('"conv", "c"')
    }
  })

  test('all of them leave the model as it was', () => {
    const { model } = withPrecision(built.model, { ...precision, keepFloat: ['net'] }, ranges)
    expect(model).toEqual(built.model)
  })
})

describe('models that give nothing to quantize', () => {
  test('no graph, no operators, nothing but indices', () => {
    const empty: LiteModel = { description: '', metadata: [], signatures: [], subgraphs: [] }
    expect(quantizeActivations(empty, new Map(), options)).toEqual({ model: empty, kept: [] })
    const idle = build([], { outputs: ['x'] }).model
    expect(quantizeActivations(idle, new Map(), options).model).toEqual(idle)
    const whole = build([['ADD', ['x', 'x'], ['y']]], {
      tensors: { x: { type: 'int32' }, y: { type: 'int32' } },
    })
    expect(quantize(whole)).toEqual({ model: whole.model, kept: [] })
  })

  test('no ranges, or ranges that are none', () => {
    const built = build([['RELU', ['x'], ['net/y']]])
    const reason = 'the values of x were not seen while calibrating'
    expect(quantizeActivations(built.model, new Map(), options).kept).toEqual([{ layer: 'net', reason }])
    for (const range of [
      { min: Number.NaN, max: 1 },
      { min: 0, max: Number.POSITIVE_INFINITY },
      { min: 2, max: 1 },
    ])
      expect(quantize(built, {}, { x: range })).toEqual({
        model: built.model,
        kept: [{ layer: 'net', reason }],
      })
  })

  test.each([
    ['weights', { w: { values: [1, Number.NaN, 2, 3] } }, 'its weights are not all numbers'],
    ['weights', { w: { values: [1, Number.POSITIVE_INFINITY, 2, 3] } }, 'its weights are not all numbers'],
    ['biases', { b: { values: [Number.NaN] } }, 'its biases are not all numbers'],
    ['biases', { b: { values: [1, 2] } }, 'it has not one bias for each channel'],
    ['weights', { w: undefined }, 'FULLY_CONNECTED needs constant weights'],
    ['biases', { b: undefined }, 'FULLY_CONNECTED needs a constant bias'],
    ['weights', { w: { values: [1, 2, 3], shape: [1, 4] } }, 'FULLY_CONNECTED needs constant weights'],
  ])('%s that cannot be: %j', (_, odd, reason) => {
    const constants = Object.fromEntries(
      Object.entries({ w: { values: [1, 2, 3, 4] }, b: { values: [1] }, ...odd }).flatMap(([name, held]) =>
        held ? [[name, { shape: name === 'w' ? [1, 4] : [held.values.length], ...held }]] : [],
      ),
    )
    const built = build([['FULLY_CONNECTED', ['x', 'w', 'b'], ['net/y']]], { constants })
    const { model, kept } = quantize(built)
    expect(kept).toEqual([{ layer: 'net', reason }])
    expect(model).toEqual(built.model)
  })

  test('a constant that is no number beside an activation', () => {
    const built = build([['ADD', ['x', 'c'], ['net/y']]], { constants: { c: { values: [Number.NaN, 1] } } })
    expect(quantize(built).kept).toEqual([
      { layer: 'net', reason: 'the values of c were not seen while calibrating' },
    ])
  })

  test('a model that computes in whole numbers already, or in both', () => {
    const hybrid = build([['FULLY_CONNECTED', ['x', 'w', ''], ['net/y']]], {
      constants: { w: { values: [1, 2, 3, 4], shape: [1, 4] } },
      tensors: {
        w: { type: 'int8', data: new Uint8Array(4), quantization: { scale: [1], zeroPoint: [0], axis: 0 } },
      },
    })
    expect(quantize(hybrid)).toEqual({
      model: hybrid.model,
      kept: [{ layer: 'net', reason: 'FULLY_CONNECTED needs constant weights' }],
    })
    const converted = build(
      [
        ['QUANTIZE', ['x'], ['net/q']],
        ['DEQUANTIZE', ['net/q'], ['net/y']],
      ],
      { tensors: { 'net/q': { type: 'int8' } } },
    )
    expect(quantize(converted).model).toEqual(converted.model)
  })

  test('other graphs of the model are left alone', () => {
    const built = build(between, { constants: betweenConstants })
    const body = structuredClone(built.model.subgraphs[0])
    if (body) built.model.subgraphs.push(body)
    expect(quantize(built).model.subgraphs[1]).toEqual(body)
  })
})
